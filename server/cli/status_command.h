#pragma once

#include "server/cli/command.h"

namespace millrace {

// `millrace status`.
void AddStatusCommand(Command* root);

}  // namespace millrace
