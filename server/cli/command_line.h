#pragma once

#include <string>

#include "server/cli/command.h"

namespace millrace {

// The options of every command that asks a server. --endpoint and --region start from the
// environment: MILLRACE_ENDPOINT; AWS_REGION or AWS_DEFAULT_REGION.
struct CommonOptions {
  std::string endpoint;
  std::string region;
  bool json = false;

  static CommonOptions FromEnvironment();
};
void AddCommonOptions(Command* common, CommonOptions* options);

// What was typed, against the tree: either a command to run, its targets assigned; or a text to
// print (help, a version, or what was not understood) and the exit code.
struct ParsedLine {
  const Command* command = nullptr;
  std::string text;
  int exit_code = 0;
  std::string wrong = {};  // what was not understood, without the usage that `text` adds
};
ParsedLine ParseCommandLine(const Command& root, const Command& common, int argc,
                            const char* const* argv);

}  // namespace millrace
