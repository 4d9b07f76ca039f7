#pragma once

#include "server/cli/command.h"

namespace millrace {

// `millrace history` and `millrace verify`: what the log says.
void AddAuditCommands(Command* root);

}  // namespace millrace
