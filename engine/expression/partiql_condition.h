#pragma once

#include "engine/base/status.h"
#include "engine/expression/ast.h"
#include "engine/expression/partiql_cursor.h"

namespace millrace::expr {

// Parses the condition at the cursor into `ast`'s nodes, up to a token that cannot go on from it:
//
//   condition := operand ("="|"<>"|"!="|"<"|"<="|">"|">=") operand
//              | operand BETWEEN operand AND operand
//              | operand IN ("["|"(") operand {"," operand} ("]"|")")
//              | (path | scalar literal) IS [NOT] type
//              | call | "(" condition ")" | NOT condition
//              | condition AND condition | condition OR condition
//   operand   := path | literal | "?" | call | "(" operand ")" | condition
//   call      := name "(" [operand {"," operand}] ")"
//
// From the loosest: OR, AND, NOT; equality, IN and IS; order and BETWEEN. What binds alike is read
// from the left, as by PartiQL's reference parser, and what a condition answers is a BOOL: a = 1 =
// true is (a = 1) = true. That DynamoDB runs such conditions is not confirmed; nothing in its texts
// for statements refuses them.
//
// The same nodes as condition_parser.h makes; what an operand's type or number makes wrong is left
// to ResolveNodes. Constant stack.
Status ParseSqlCondition(SqlCursor* cursor, Ast* ast);

// An operand, alone or as the right side of SET: path, literal or parameter. Appends one leaf.
Status ParseSqlLeaf(SqlCursor* cursor, Ast* ast);

}  // namespace millrace::expr
