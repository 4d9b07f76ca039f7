#pragma once

#include "server/cli/command.h"

namespace millrace {

// `millrace rebuild`: a new table out of another one's log.
void AddRebuildCommand(Command* root);

}  // namespace millrace
