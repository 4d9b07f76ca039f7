#pragma once

#include <string_view>

#include "engine/base/status.h"
#include "engine/expression/ast.h"

namespace millrace::expr {

// Parses ConditionExpression, FilterExpression and KeyConditionExpression into `parsed`'s nodes:
//
//   condition := operand comparator operand
//              | operand BETWEEN operand AND operand
//              | operand IN "(" operand {"," operand} ")"
//              | call | "(" condition ")" | NOT condition
//              | condition AND condition | condition OR condition
//   operand   := path | :value | call | "(" operand ")"
//   call      := name "(" operand {"," operand} ")"
//
// NOT binds tighter than AND, AND tighter than OR. Checks what the text alone shows: syntax,
// redundant parentheses, reserved words, functions and where they stand, limits. Constant stack:
// what is open is kept in an explicit stack.
Status ParseConditionText(std::string_view parameter, ParsedText* parsed);

}  // namespace millrace::expr
