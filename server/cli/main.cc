#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "server/cli/all_commands.h"
#include "server/cli/command_line.h"
#include "server/cli/complete.h"
#include "server/cli/run_command.h"

// The program `millrace`.
namespace millrace {
namespace {

int Main(int argc, char** argv) {
  Command root(RootText());
  AddAllCommands(&root);
  CommonOptions options = CommonOptions::FromEnvironment();
  Command common({"common", "Options of every command that asks a server"});
  AddCommonOptions(&common, &options);
  if (argc >= 2 && std::strcmp(argv[1], kCompleteCommand) == 0) {
    return Complete(root, common, {argv + 2, argv + argc});
  }
  const ParsedLine line = ParseCommandLine(root, common, argc, argv);
  if (line.command != nullptr) return RunCommand(*line.command, options);
  const bool json = std::find(argv, argv + argc, std::string_view("--json")) != argv + argc;
  if (json && !line.wrong.empty()) {
    Complain(line.wrong, line.exit_code, json);
    return line.exit_code;
  }
  std::fputs(line.text.c_str(), line.exit_code == 0 ? stdout : stderr);
  return line.exit_code;
}

}  // namespace
}  // namespace millrace

int main(int argc, char** argv) {
  return millrace::Main(argc, argv);
}
