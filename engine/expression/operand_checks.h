#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/expression/ast.h"

namespace millrace::expr {

std::string_view OperatorText(Operator op);

// Checks one node that takes operands; they are nodes, resolved before it, in order. `operands` are
// their indexes in ast.nodes. Errors: the texts of DynamoDB, prefixed for `parameter`.
Status CheckOperands(std::string_view parameter, const Node& node, const uint32_t* operands,
                     const Ast& ast);

}  // namespace millrace::expr
