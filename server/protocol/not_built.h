#pragma once

#include <string_view>

#include "engine/base/status.h"
#include "server/protocol/operation.h"

namespace millrace {

// The refusal of what AWS has and Millrace doesn't: a whole operation, or one thing (`what`) of it.
Status NotBuilt(const Operation& operation);
Status NotBuilt(const Operation& operation, std::string_view what);

}  // namespace millrace
