#pragma once

#include "server/cli/command.h"

namespace millrace {

// `millrace replay`
void AddReplayCommand(Command* root);

}  // namespace millrace
