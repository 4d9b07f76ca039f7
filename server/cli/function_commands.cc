#include "server/cli/function_commands.h"

#include <cstdio>
#include <filesystem>

#include "server/cli/ask.h"
#include "server/cli/text.h"

namespace millrace {
namespace {

constexpr int64_t kFollowWaitSeconds = 20;

struct CreateFunctionLine {
  std::string name;
  std::string path;  // of the executable; made absolute
  std::string description;
  std::optional<int64_t> timeout_seconds;
  std::optional<int64_t> memory_mb;
  std::vector<std::string> environment;  // NAME=VALUE
};

struct NameLine {
  std::string name;
  bool follow = false;
};

Result<std::string> FunctionBody(const CreateFunctionLine& command) {
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

Status CreateFunction(const CommandContext& context, const CreateFunctionLine& command) {
  ASSIGN_OR_RETURN(const std::string body, FunctionBody(command));
  return AskAndSay(context, "Millrace_20261121.CreateFunction", body,
                   "Made the function " + command.name +
                       ". It runs once a mapping gives it records: millrace mapping create " +
                       command.name + " TABLE");
}

Status ListFunctions(const CommandContext& context) {
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

Status DeleteFunction(const CommandContext& context, const std::string& name) {
  return AskAndSay(context, "Millrace_20261121.DeleteFunction", BodyOf("FunctionName", name),
                   "Deleted the function " + name + ".");
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

void AddCreateFunction(Command* function) {
  const auto line = std::make_shared<CreateFunctionLine>();
  Command& create = function->Add(
      {"create",
       "Make a function of an executable built with the SDK",
       "The executable is copied: building it anew changes nothing for a function that exists.",
       {"millrace function create hello build/hello",
        "millrace function create hello build/hello --timeout 10 --env LEVEL=debug"},
       "millrace mapping create NAME TABLE calls it for every change of a table."});
  create.Argument("name", &line->name, "Its name");
  create.Argument("path", &line->path, "The executable").Kind(ValueKind::kFile);
  create.Option("--timeout", &line->timeout_seconds, "SECONDS", "Seconds that one call may take");
  create.Option("--memory", &line->memory_mb, "MB", "Memory that it may use");
  create.Option("--env", &line->environment, "NAME=VALUE", "A variable of its environment");
  create.Option("--description", &line->description, "TEXT", "For people");
  create.Run([line](const CommandContext& context) { return CreateFunction(context, *line); });
}

}  // namespace

void AddFunctionCommands(Command* root) {
  Command& function = root->Add({"function", "Functions: handlers that are called for changes"});
  AddCreateFunction(&function);
  function
      .Add({"list",
            "All functions",
            "",
            {"millrace function list"},
            "millrace logs NAME shows what a function printed."})
      .Run(ListFunctions);
  const auto line = std::make_shared<NameLine>();
  Command& remove =
      function.Add({"delete",
                    "Delete a function that no mapping uses",
                    "",
                    {"millrace function delete hello"},
                    "A function that is in use: millrace mapping list, then mapping delete."});
  remove.Argument("name", &line->name, "The function").Kind(ValueKind::kFunction);
  remove.Run([line](const CommandContext& context) { return DeleteFunction(context, line->name); });

  Command& logs = root->Add({"logs",
                             "What a function printed",
                             "What is still kept of the stdout and stderr of its processes.",
                             {"millrace logs hello", "millrace logs hello --follow"},
                             "millrace mapping list shows how far the function is."});
  logs.Argument("name", &line->name, "The function").Kind(ValueKind::kFunction);
  logs.Flag("--follow,-f", &line->follow, "Go on as it prints more, until Ctrl-C");
  logs.Run([line](const CommandContext& context) {
    return ShowLogs(context, line->name, line->follow);
  });
}

}  // namespace millrace
