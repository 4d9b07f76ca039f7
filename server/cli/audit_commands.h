#pragma once

#include "server/cli/command.h"

namespace millrace {

// `millrace verify`: is the table what its log says?
void AddAuditCommands(Command* root);

}  // namespace millrace
