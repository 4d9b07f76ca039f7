#pragma once

#include <optional>

#include "engine/expression/ast.h"
#include "engine/model/value.h"

namespace millrace::expr {

// Runs the resolved nodes of a condition on an item's attributes; null: there is no item. Operands
// are views into the item and the placeholders; AND and OR jump over what cannot change the result.
// What an operand's type cannot answer is false, as is a comparison with an attribute that is not
// there; only <> holds for it.
bool RunCondition(const Ast& ast, std::optional<MapView> item);

}  // namespace millrace::expr
