#pragma once

#include "server/cli/command.h"

namespace millrace {

// `millrace completion SHELL`.
void AddCompletionCommand(Command* root);

}  // namespace millrace
