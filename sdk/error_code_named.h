#pragma once

#include <string_view>

#include "engine/base/status.h"

namespace millrace {

// The code that has this name on the wire; kInternal for a name that isn't known.
ErrorCode ErrorCodeNamed(std::string_view name);

}  // namespace millrace
