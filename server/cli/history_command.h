#pragma once

#include "server/cli/command.h"

namespace millrace {

// `millrace history`: every version of one item.
void AddHistoryCommand(Command* root);

}  // namespace millrace
