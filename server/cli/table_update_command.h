#pragma once

#include <string>

#include "server/cli/command.h"
#include "server/cli/context.h"

namespace millrace {

// Adds `update` to the group `table`.
void AddTableUpdateCommand(Command* table);

// Waits until the table and all its indexes are ACTIVE. Requires Catch(). Errors: Call's; an
// interrupt, which says that the table is not ready.
Status AwaitActive(const CommandContext& context, const std::string& table);

// "TimeToLiveSpecification" and so on: the body of UpdateTimeToLive.
std::string TimeToLiveBody(const std::string& table, const std::string& attribute, bool enabled);

}  // namespace millrace
