#pragma once

#include <string>

#include "engine/json/json.h"
#include "server/cli/command.h"

namespace millrace {

// "Successful", or "Failed: " and why no process of the function becomes ready.
std::string LastUpdateText(JsonValue function);

// `millrace function ...` and `millrace logs`.
void AddFunctionCommands(Command* root);

}  // namespace millrace
