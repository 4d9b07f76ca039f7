#pragma once

#include <string>
#include <vector>

#include "server/cli/command.h"

namespace millrace {

// What the shells' scripts call; not a command for people:
//   millrace __complete [WORD...]
// prints a line `candidate<TAB>what` for everything that the last word may become, names that the
// server knows too; then, where files fit, `:files` or `:directories`. A server that doesn't answer
// just has no names to offer.
inline constexpr const char* kCompleteCommand = "__complete";

int Complete(const Command& root, const Command& common, const std::vector<std::string>& words);

}  // namespace millrace
