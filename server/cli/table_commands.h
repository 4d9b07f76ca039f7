#pragma once

#include "server/cli/command.h"

namespace millrace {

// `millrace table ...`.
void AddTableCommands(Command* root);

}  // namespace millrace
