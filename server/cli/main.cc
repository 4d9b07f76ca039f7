#include <cstdio>

#include "server/cli/audit_commands.h"
#include "server/cli/command_line.h"
#include "server/cli/function_commands.h"
#include "server/cli/mapping_commands.h"
#include "server/cli/run_command.h"
#include "server/cli/serve_command.h"
#include "server/cli/status_command.h"
#include "server/cli/table_commands.h"

// The command line `millrace`. A group of commands is a file of its own; here is the list of them.
namespace millrace {
namespace {

void AddCommands(Command* root) {
  AddServeCommand(root);
  AddStatusCommand(root);
  AddTableCommands(root);
  AddAuditCommands(root);
  AddFunctionCommands(root);
  AddMappingCommands(root);
}

int Main(int argc, char** argv) {
  Command root({"millrace",
                "Tables with the DynamoDB API, a change log, and handlers for every change",
                "",
                {"millrace serve --data ./data", "millrace status"},
                "millrace COMMAND --help explains a command, with examples."});
  AddCommands(&root);
  CommonOptions options = CommonOptions::FromEnvironment();
  Command common({"common", "Options of every command that asks a server"});
  AddCommonOptions(&common, &options);
  const ParsedLine line = ParseCommandLine(root, common, argc, argv);
  if (line.command != nullptr) return RunCommand(*line.command, options);
  std::fputs(line.text.c_str(), line.exit_code == 0 ? stdout : stderr);
  return line.exit_code;
}

}  // namespace
}  // namespace millrace

int main(int argc, char** argv) {
  return millrace::Main(argc, argv);
}
