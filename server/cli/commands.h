#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "server/cli/api_client.h"

// What the command line does, one function a command. Each prints its result on stdout, as text for
// people or, with `json`, as the server's reply. Errors are for the caller to print.
namespace millrace {

struct CommandContext {
  ApiClient* api = nullptr;
  bool json = false;
};

Status ShowStatus(const CommandContext& context);
Status ListTablesCommand(const CommandContext& context);

struct HistoryCommand {
  std::string table;
  // The key's values, partition key first; or one JSON object as the API takes it.
  std::vector<std::string> key;
};
Status ShowHistory(const CommandContext& context, const HistoryCommand& command);

// Error: kInvalidParameterValue when the table differs from its log.
Status VerifyTableCommand(const CommandContext& context, const std::string& table);

}  // namespace millrace
