#pragma once

#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/expression/ast.h"
#include "engine/expression/partiql.h"
#include "engine/expression/partiql_cursor.h"

namespace millrace::expr {

struct OrderTerm {
  std::string_view name;
  bool descending = false;
};

// A statement as parsed, with its parameters in place; everything in it points into `source`.
struct ParsedStatement {
  StatementText source;
  StatementKind kind = StatementKind::kSelect;
  std::string table;
  std::optional<std::string> index;
  bool whole_items = false;                          // SELECT *
  Ast projection{std::pmr::get_default_resource()};  // its paths, in the order of the text
  Status call_refused;                               // a function in the select list, the first
  bool has_where = false;
  Ast where{std::pmr::get_default_resource()};
  std::vector<OrderTerm> order;
  std::string item;                              // INSERT: canonical bytes of a map
  Ast update{std::pmr::get_default_resource()};  // its actions
  Returning returning = Returning::kNothing;
};

// Parses `statement->source`, whose text and parameters are set:
//
//   statement := (select | insert | update | delete | EXISTS "(" select ")") [";"]
//   select    := SELECT ("*" | path {"," path}) FROM source [WHERE condition]
//                [ORDER BY name [ASC|DESC] {"," name [ASC|DESC]}]
//   insert    := INSERT INTO source VALUE ("{" ['name' ":" value {"," 'name' ":" value}] "}" | "?")
//   update    := UPDATE source changes [WHERE condition] [returning]
//              | FROM source [WHERE condition] changes [returning]
//   delete    := DELETE FROM source [WHERE condition] [returning]
//   source    := name ["." name]
//   value     := literal | "?"
//   returning := RETURNING (ALL|MODIFIED) (OLD|NEW) "*"
Status ParseStatement(ParsedStatement* statement);

// changes := (SET path "=" change {"," path "=" change} | REMOVE path {"," path})...
// change  := term {("+"|"-") term} | SET_ADD(path, set) | SET_DELETE(path, set)
// term    := operand | LIST_APPEND(operand, operand) | "(" term {("+"|"-") term} ")"
// into `ast`'s actions.
Status ParseSqlChanges(SqlCursor* cursor, Ast* ast);

}  // namespace millrace::expr
