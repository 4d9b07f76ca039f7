#pragma once

#include <string_view>

#include "engine/base/status.h"
#include "engine/expression/ast.h"

namespace millrace::expr {

// Parses UpdateExpression into `parsed`'s actions and their nodes:
//
//   update     := section {section}
//   section    := SET path "=" value {"," path "=" value}
//               | REMOVE path {"," path}
//               | ADD path :value {"," path :value}
//               | DELETE path :value {"," path :value}
//   value      := operand | arithmetic
//   arithmetic := operand ("+" | "-") operand | "(" arithmetic ")"
//   operand    := path | :value | call | "(" operand ")"
//   call       := name "(" operand {"," operand} ")"
//
// Checks what the text alone shows. Constant stack.
Status ParseUpdateText(std::string_view parameter, ParsedText* parsed);

}  // namespace millrace::expr
