#pragma once

#include "server/cli/command.h"

namespace millrace {

// `millrace serve`.
void AddServeCommand(Command* root);

}  // namespace millrace
