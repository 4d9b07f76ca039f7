#pragma once

#include <string>
#include <string_view>

#include "server/cli/context.h"

namespace millrace {

// Asks the server, and prints `line`; with --json, its reply.
Status AskAndSay(const CommandContext& context, std::string_view target, std::string_view body,
                 const std::string& line);

}  // namespace millrace
