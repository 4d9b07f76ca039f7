#pragma once

#include "server/cli/command.h"

namespace millrace {

// `millrace mapping ...`: event source mappings.
void AddMappingCommands(Command* root);

}  // namespace millrace
