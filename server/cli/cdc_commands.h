#pragma once

#include "server/cli/command.h"

namespace millrace {

// `millrace cdc ...`: pipelines that write a table's changes to files.
void AddCdcCommands(Command* root);

}  // namespace millrace
