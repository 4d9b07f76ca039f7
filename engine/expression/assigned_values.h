#pragma once

#include "engine/expression/expression.h"
#include "engine/model/value.h"

namespace millrace {

// The map of what an update's own values say of top-level attributes, whatever the item is: "SET
// NAME = :value", and nothing that is worked out.
Value AssignedValues(const UpdateExpression& update);

}  // namespace millrace
