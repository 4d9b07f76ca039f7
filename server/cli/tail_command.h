#pragma once

#include "server/cli/command.h"

namespace millrace {

// `millrace tail`: the changes of a table as they come.
void AddTailCommand(Command* root);

}  // namespace millrace
