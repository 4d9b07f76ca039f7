#pragma once

#include "engine/base/clock.h"
#include "server/cli/api_client.h"
#include "server/cli/interrupt.h"
#include "server/cli/terminal.h"

namespace millrace {

// What a command that asks a server is given.
struct CommandContext {
  ApiClient* api = nullptr;
  bool json = false;  // for machines: the server's replies as they are, one to a line
  Terminal terminal;
  Interrupts* interrupts = nullptr;
  const Clock* clock = nullptr;
  Endpoint endpoint;  // for a client of one's own
  std::string region;
};

}  // namespace millrace
