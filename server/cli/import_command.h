#pragma once

#include "server/cli/command.h"

namespace millrace {

// `millrace import`: files into a table. See connectors/import/importer.h.
void AddImportCommand(Command* root);

}  // namespace millrace
