#pragma once

#include "server/cli/command.h"

namespace millrace {

// Fills the tree of `millrace`. A group of commands is a file of its own; all_commands.cc lists
// them.
void AddAllCommands(Command* root);

// What the root of the tree says of itself.
CommandText RootText();

}  // namespace millrace
