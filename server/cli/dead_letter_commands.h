#pragma once

#include "server/cli/command.h"

namespace millrace {

// `millrace dead-letters ...`
void AddDeadLetterCommands(Command* root);

}  // namespace millrace
