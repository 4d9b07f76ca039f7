#include "server/cli/all_commands.h"

#include "server/cli/audit_commands.h"
#include "server/cli/cdc_commands.h"
#include "server/cli/completion_command.h"
#include "server/cli/dead_letter_commands.h"
#include "server/cli/function_commands.h"
#include "server/cli/history_command.h"
#include "server/cli/import_command.h"
#include "server/cli/mapping_commands.h"
#include "server/cli/rebuild_command.h"
#include "server/cli/replay_command.h"
#include "server/cli/serve_command.h"
#include "server/cli/status_command.h"
#include "server/cli/table_commands.h"
#include "server/cli/tail_command.h"

namespace millrace {

CommandText RootText() {
  return {"millrace",
          "Tables with the DynamoDB API, a change log, and handlers for every change",
          "",
          {"millrace serve --data ./data", "millrace status"},
          "millrace COMMAND --help explains a command, with examples."};
}

// In the order of the help.
void AddAllCommands(Command* root) {
  AddServeCommand(root);
  AddStatusCommand(root);
  AddTableCommands(root);
  AddImportCommand(root);
  AddTailCommand(root);
  AddHistoryCommand(root);
  AddRebuildCommand(root);
  AddAuditCommands(root);
  AddFunctionCommands(root);
  AddMappingCommands(root);
  AddDeadLetterCommands(root);
  AddReplayCommand(root);
  AddCdcCommands(root);
  AddCompletionCommand(root);
}

}  // namespace millrace
