#pragma once

#include <string>

#include "server/cli/command.h"
#include "server/cli/command_line.h"

namespace millrace {

// Runs what was parsed against the server that `common` names; says on stderr what went wrong and
// what to do about it (with --json, as one JSON object). Returns the exit code.
int RunCommand(const Command& command, const CommonOptions& common);

// On stderr.
void Complain(const std::string& text, int exit_code, bool json);

}  // namespace millrace
