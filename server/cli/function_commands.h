#pragma once

#include "server/cli/command.h"

namespace millrace {

// `millrace function ...` and `millrace logs`.
void AddFunctionCommands(Command* root);

}  // namespace millrace
