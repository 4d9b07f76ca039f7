#pragma once

#include <string>

#include "engine/base/status.h"
#include "engine/expression/ast.h"
#include "engine/model/value.h"

namespace millrace::expr {

// The map `item` after the resolved actions, as canonical bytes. Every operand reads `item`.
// DynamoDB's order of errors when there are several: a path through something of the wrong kind; an
// operand of the wrong type; then, from the last section to the first, a path with no place to
// write to and an operand that is not there; numbers out of range.
Result<std::string> ApplyActions(const Ast& ast, ValueView item);

}  // namespace millrace::expr
