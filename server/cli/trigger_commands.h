#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "server/cli/commands.h"

// Functions, event source mappings and logs on the command line.
namespace millrace {

struct CreateFunctionCommand {
  std::string name;
  std::string path;  // of the executable; made absolute
  std::string description;
  std::optional<int64_t> timeout_seconds;
  std::optional<int64_t> memory_mb;
  std::vector<std::string> environment;  // NAME=VALUE
};
Status CreateFunctionOf(const CommandContext& context, const CreateFunctionCommand& command);
Status ListFunctionsOf(const CommandContext& context);
Status DeleteFunctionOf(const CommandContext& context, const std::string& name);

struct CreateMappingCommand {
  std::string function;
  std::string source;  // a table's name or a stream's ARN
  std::string starting_position = "LATEST";
  std::string dead_letter_table;
  std::optional<int64_t> batch_size;
  std::optional<int64_t> maximum_retry_attempts;
};
Status CreateMappingOf(const CommandContext& context, const CreateMappingCommand& command);
Status ListMappingsOf(const CommandContext& context);
Status DeleteMappingOf(const CommandContext& context, const std::string& uuid);

// What is kept of a function's output; with `follow`, and all that comes, until interrupted.
Status ShowLogs(const CommandContext& context, const std::string& function, bool follow);

}  // namespace millrace
