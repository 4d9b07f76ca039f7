#pragma once

#include <string>
#include <vector>

#include "server/cli/api_client.h"
#include "server/cli/terminal.h"

namespace millrace {

// What `millrace status` shows, read from several replies. They are moments apart: counts of two
// sections need not fit each other while writes go on.
struct ServerView {
  using Rows = std::vector<std::vector<std::string>>;

  Rows server;  // name, value
  Rows tables;  // each section begins with its heading
  Rows functions;
  Rows mappings;
  Rows pipelines;
  std::string json;  // one object with the members of Status, "Tables", "Functions", ...
};

// Errors: Call's. A table that is deleted meanwhile is left out.
Result<ServerView> AskForView(ApiClient* api);

std::string TextOf(const ServerView& view, const Terminal& terminal);

}  // namespace millrace
