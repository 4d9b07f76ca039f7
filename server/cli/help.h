#pragma once

#include <string>

#include "server/cli/command.h"

namespace millrace {

// What `--help` prints: what the command does, how it is called, its options, examples, what to do
// next. `common` are the options of every command that asks a server.
std::string HelpOf(const Command& command, const Command& common);

// "usage: millrace history TABLE KEY... [options]"
std::string UsageOf(const Command& command);

}  // namespace millrace
