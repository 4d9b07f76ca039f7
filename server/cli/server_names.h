#pragma once

#include <string>
#include <vector>

#include "server/cli/api_client.h"
#include "server/cli/command.h"

namespace millrace {

// The names that the server has of a kind; none of kinds that it doesn't name. Errors: Call's.
Result<std::vector<std::string>> NamesOf(ValueKind kind, ApiClient* api);

}  // namespace millrace
