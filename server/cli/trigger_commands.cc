#include "server/cli/trigger_commands.h"

#include <cstdio>
#include <filesystem>

#include "server/cli/text.h"

namespace millrace {
namespace {

constexpr int64_t kFollowWaitSeconds = 20;

void WriteOptional(std::string_view name, const std::optional<int64_t>& value, JsonWriter* writer) {
  if (!value) return;
  writer->Key(name);
  writer->Integer(*value);
}

void WriteText(std::string_view name, const std::string& value, JsonWriter* writer) {
  if (value.empty()) return;
  writer->Key(name);
  writer->String(value);
}

std::string OneMember(std::string_view name, const std::string& value) {
  std::string body;
  JsonWriter writer(&body);
  writer.BeginObject();
  WriteText(name, value, &writer);
  writer.EndObject();
  return body;
}

Result<std::string> FunctionBody(const CreateFunctionCommand& command) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::absolute(command.path, error);
  if (error || !std::filesystem::exists(path)) {
    return Status(ErrorCode::kInvalidParameterValue,
                  "there is no file " + command.path + ": build the handler first");
  }
  std::string body;
  JsonWriter writer(&body);
  writer.BeginObject();
  WriteText("FunctionName", command.name, &writer);
  writer.Key("Code");
  writer.BeginObject();
  WriteText("Path", path.string(), &writer);
  writer.EndObject();
  WriteText("Description", command.description, &writer);
  WriteOptional("Timeout", command.timeout_seconds, &writer);
  WriteOptional("MemorySize", command.memory_mb, &writer);
  writer.Key("Environment");
  writer.BeginObject();
  writer.Key("Variables");
  writer.BeginObject();
  for (const std::string& pair : command.environment) {
    const size_t equals = pair.find('=');
    if (equals == pair.npos || equals == 0) {
      return Status(ErrorCode::kInvalidParameterValue, "'" + pair + "' is not NAME=VALUE");
    }
    writer.Key(pair.substr(0, equals));
    writer.String(pair.substr(equals + 1));
  }
  writer.EndObject();
  writer.EndObject();
  writer.EndObject();
  return body;
}

std::string MappingBody(const CreateMappingCommand& command) {
  std::string body;
  JsonWriter writer(&body);
  writer.BeginObject();
  WriteText("FunctionName", command.function, &writer);
  WriteText("EventSourceArn", command.source, &writer);
  WriteText("StartingPosition", command.starting_position, &writer);
  WriteOptional("BatchSize", command.batch_size, &writer);
  WriteOptional("MaximumRetryAttempts", command.maximum_retry_attempts, &writer);
  if (!command.dead_letter_table.empty()) {
    writer.Key("DestinationConfig");
    writer.BeginObject();
    writer.Key("OnFailure");
    writer.BeginObject();
    WriteText("Destination", command.dead_letter_table, &writer);
    writer.EndObject();
    writer.EndObject();
  }
  writer.EndObject();
  return body;
}

// The last part of an ARN.
std::string LastPart(const std::string& arn) {
  const size_t colon = arn.rfind(':');
  return colon == arn.npos ? arn : arn.substr(colon + 1);
}

int64_t TotalLag(JsonValue mapping) {
  int64_t lag = 0;
  const std::optional<JsonValue> shards = mapping.Find("Shards");
  if (!shards) return 0;
  const Status done = shards->ForEachElement([&lag](JsonValue shard) {
    lag += IntegerMember(shard, "LagRecords");
    return Status::Ok();
  });
  MILLRACE_CHECK(done.ok());
  return lag;
}

// Asks, and shows the reply or a line of our own.
Status AskAndSay(const CommandContext& context, std::string_view target, std::string_view body,
                 const std::string& line) {
  RETURN_IF_ERROR(context.api->Call(target, body).status());
  Print(context.json ? context.api->reply_text() : line);
  return Status::Ok();
}

void PrintLine(JsonValue line) {
  const std::optional<JsonValue> time = line.Find("Timestamp");
  Print(TimeText(time ? time->number() : 0) + "  " + StringMember(line, "Message"));
}

std::string LogsBody(const std::string& function, int64_t cursor, bool wait) {
  std::string body;
  JsonWriter writer(&body);
  writer.BeginObject();
  WriteText("FunctionName", function, &writer);
  writer.Key("Cursor");
  writer.Integer(cursor);
  if (wait) {
    writer.Key("WaitSeconds");
    writer.Integer(kFollowWaitSeconds);
  }
  writer.EndObject();
  return body;
}

}  // namespace

Status CreateFunctionOf(const CommandContext& context, const CreateFunctionCommand& command) {
  ASSIGN_OR_RETURN(const std::string body, FunctionBody(command));
  return AskAndSay(context, "Millrace_20261121.CreateFunction", body,
                   "Made the function " + command.name +
                       ". It runs once a mapping gives it records: millrace mapping create " +
                       command.name + " TABLE");
}

Status ListFunctionsOf(const CommandContext& context) {
  ASSIGN_OR_RETURN(const JsonValue root,
                   context.api->Call("Millrace_20261121.ListFunctions", "{}"));
  if (context.json) {
    Print(context.api->reply_text());
    return Status::Ok();
  }
  std::vector<std::vector<std::string>> rows = {
      {"FUNCTION", "TIMEOUT", "PROCESSES", "CODE SHA-256"}};
  RETURN_IF_ERROR(root.Find("Functions")->ForEachElement([&rows](JsonValue function) {
    rows.push_back({StringMember(function, "FunctionName"),
                    Grouped(IntegerMember(function, "Timeout")) + " s",
                    Grouped(IntegerMember(function, "ReadyProcesses")),
                    StringMember(function, "CodeSha256").substr(0, 16)});
    return Status::Ok();
  }));
  Print(rows.size() == 1 ? "There are no functions." : Aligned(rows));
  return Status::Ok();
}

Status DeleteFunctionOf(const CommandContext& context, const std::string& name) {
  return AskAndSay(context, "Millrace_20261121.DeleteFunction", OneMember("FunctionName", name),
                   "Deleted the function " + name + ".");
}

Status CreateMappingOf(const CommandContext& context, const CreateMappingCommand& command) {
  ASSIGN_OR_RETURN(
      const JsonValue root,
      context.api->Call("Millrace_20261121.CreateEventSourceMapping", MappingBody(command)));
  Print(context.json
            ? context.api->reply_text()
            : "Records of " + StringMember(root, "TableName") + " go to " + command.function +
                  " from now on: mapping " + StringMember(root, "UUID"));
  return Status::Ok();
}

Status ListMappingsOf(const CommandContext& context) {
  ASSIGN_OR_RETURN(const JsonValue root,
                   context.api->Call("Millrace_20261121.ListEventSourceMappings", "{}"));
  if (context.json) {
    Print(context.api->reply_text());
    return Status::Ok();
  }
  std::vector<std::vector<std::string>> rows = {{"MAPPING", "FUNCTION", "TABLE", "STATE",
                                                 "PROCESSED", "WAITING", "DEAD LETTERS",
                                                 "LAST RESULT"}};
  RETURN_IF_ERROR(root.Find("EventSourceMappings")->ForEachElement([&rows](JsonValue mapping) {
    rows.push_back({StringMember(mapping, "UUID"), LastPart(StringMember(mapping, "FunctionArn")),
                    StringMember(mapping, "TableName"), StringMember(mapping, "State"),
                    Grouped(IntegerMember(mapping, "RecordsProcessed")), Grouped(TotalLag(mapping)),
                    Grouped(IntegerMember(mapping, "DeadLetters")),
                    StringMember(mapping, "LastProcessingResult")});
    return Status::Ok();
  }));
  Print(rows.size() == 1 ? "There are no mappings." : Aligned(rows));
  return Status::Ok();
}

Status DeleteMappingOf(const CommandContext& context, const std::string& uuid) {
  return AskAndSay(context, "Millrace_20261121.DeleteEventSourceMapping", OneMember("UUID", uuid),
                   "Deleted the mapping " + uuid + ".");
}

Status ShowLogs(const CommandContext& context, const std::string& function, bool follow) {
  int64_t cursor = 0;
  bool more = true;
  for (bool caught_up = false; more;) {
    ASSIGN_OR_RETURN(const JsonValue root,
                     context.api->Call("Millrace_20261121.GetFunctionLogs",
                                       LogsBody(function, cursor, follow && caught_up)));
    if (const int64_t skipped = IntegerMember(root, "SkippedLines"); skipped > 0 && !context.json) {
      Print("... " + Grouped(skipped) + " lines are no longer kept ...");
    }
    size_t lines = 0;
    RETURN_IF_ERROR(root.Find("Lines")->ForEachElement([&](JsonValue line) {
      ++lines;
      if (!context.json) PrintLine(line);
      return Status::Ok();
    }));
    if (context.json && lines > 0) Print(context.api->reply_text());
    std::fflush(stdout);
    cursor = IntegerMember(root, "NextCursor");
    caught_up = lines == 0;
    more = follow || !caught_up;
  }
  return Status::Ok();
}

}  // namespace millrace
