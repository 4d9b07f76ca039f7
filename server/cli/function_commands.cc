#include "server/cli/function_commands.h"

#include <cstdio>
#include <filesystem>

#include "server/cli/ask.h"
#include "server/cli/record_text.h"
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
  std::optional<int64_t> processes;
};

// What is absent stays as it is.
struct UpdateFunctionLine {
  std::string name;
  std::string path;
  std::optional<std::string> description;
  std::optional<int64_t> timeout_seconds;
  std::optional<int64_t> memory_mb;
  std::vector<std::string> environment;  // NAME=VALUE: all of it
  bool no_environment = false;
  std::optional<int64_t> processes;
};

struct NameLine {
  std::string name;
  bool follow = false;
};

Result<std::string> ExecutablePath(const std::string& given) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::absolute(given, error);
  if (error || !std::filesystem::exists(path)) {
    return Status(ErrorCode::kInvalidParameterValue,
                  "there is no file " + given + ": build the handler first");
  }
  return path.lexically_normal().string();
}

Status CheckVariable(const std::string& pair) {
  const size_t equals = pair.find('=');
  if (equals != pair.npos && equals != 0) return Status::Ok();
  return Status(ErrorCode::kInvalidParameterValue, "'" + pair + "' is not NAME=VALUE");
}

void WriteEnvironment(const std::vector<std::string>& environment, JsonWriter* writer) {
  writer->Key("Environment");
  writer->BeginObject();
  writer->Key("Variables");
  writer->BeginObject();
  for (const std::string& pair : environment) {
    const size_t equals = pair.find('=');
    writer->Key(pair.substr(0, equals));
    writer->String(pair.substr(equals + 1));
  }
  writer->EndObject();
  writer->EndObject();
}

Result<std::string> FunctionBody(const CreateFunctionLine& command) {
  ASSIGN_OR_RETURN(const std::string path, ExecutablePath(command.path));
  std::string body;
  JsonWriter writer(&body);
  writer.BeginObject();
  WriteText("FunctionName", command.name, &writer);
  writer.Key("Code");
  writer.BeginObject();
  WriteText("Path", path, &writer);
  writer.EndObject();
  WriteText("Description", command.description, &writer);
  WriteOptional("Timeout", command.timeout_seconds, &writer);
  WriteOptional("MemorySize", command.memory_mb, &writer);
  WriteOptional("Processes", command.processes, &writer);
  WriteEnvironment(command.environment, &writer);
  writer.EndObject();
  return body;
}

Result<std::string> CodeBody(const UpdateFunctionLine& command) {
  ASSIGN_OR_RETURN(const std::string path, ExecutablePath(command.path));
  std::string body;
  JsonWriter writer(&body);
  writer.BeginObject();
  WriteText("FunctionName", command.name, &writer);
  WriteText("Path", path, &writer);
  writer.EndObject();
  return body;
}

bool ChangesConfiguration(const UpdateFunctionLine& command) {
  return command.description || command.timeout_seconds || command.memory_mb || command.processes ||
         command.no_environment || !command.environment.empty();
}

std::string ConfigurationBody(const UpdateFunctionLine& command) {
  std::string body;
  JsonWriter writer(&body);
  writer.BeginObject();
  WriteText("FunctionName", command.name, &writer);
  if (command.description) {
    writer.Key("Description");
    writer.String(*command.description);
  }
  WriteOptional("Timeout", command.timeout_seconds, &writer);
  WriteOptional("MemorySize", command.memory_mb, &writer);
  WriteOptional("Processes", command.processes, &writer);
  if (command.no_environment || !command.environment.empty()) {
    WriteEnvironment(command.environment, &writer);
  }
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
      {"FUNCTION", "TIMEOUT", "MEMORY", "PROCESSES", "CODE SHA-256", "LAST UPDATE"}};
  RETURN_IF_ERROR(root.Find("Functions")->ForEachElement([&rows](JsonValue function) {
    rows.push_back(
        {StringMember(function, "FunctionName"), Grouped(IntegerMember(function, "Timeout")) + " s",
         Grouped(IntegerMember(function, "MemorySize")) + " MB",
         Grouped(IntegerMember(function, "ReadyProcesses")) + " of " +
             Grouped(IntegerMember(function, "Processes")),
         StringMember(function, "CodeSha256").substr(0, 16), Printable(LastUpdateText(function))});
    return Status::Ok();
  }));
  Print(rows.size() == 1 ? "There are no functions. Make one: millrace function create --help"
                         : Aligned(rows));
  return Status::Ok();
}

Status DescribeFunction(const CommandContext& context, const std::string& name) {
  ASSIGN_OR_RETURN(const JsonValue root, context.api->Call("Millrace_20261121.GetFunction",
                                                           BodyOf("FunctionName", name)));
  if (context.json) {
    Print(context.api->reply_text());
    return Status::Ok();
  }
  const JsonValue function = *root.Find("Configuration");
  std::vector<std::vector<std::string>> rows = {
      {"function", StringMember(function, "FunctionName")},
      {"arn", StringMember(function, "FunctionArn")},
      {"code", StringMember(function, "CodeSha256")},
      {"from", StringMember(*root.Find("Code"), "Path")},
      {"timeout", Grouped(IntegerMember(function, "Timeout")) + " s"},
      {"memory", Grouped(IntegerMember(function, "MemorySize")) + " MB"},
      {"processes", Grouped(IntegerMember(function, "ReadyProcesses")) + " ready, at most " +
                        Grouped(IntegerMember(function, "Processes"))},
      {"last update", Printable(LastUpdateText(function))}};
  const std::string description = StringMember(function, "Description");
  if (!description.empty()) {
    rows.insert(rows.begin() + 2, {"description", Printable(description)});
  }
  RETURN_IF_ERROR(function.Find("RunningProcesses")->ForEachElement([&rows](JsonValue process) {
    rows.push_back({"  process " + std::to_string(IntegerMember(process, "Pid")),
                    StringMember(process, "State") + ", code " +
                        StringMember(process, "CodeSha256").substr(0, 12)});
    return Status::Ok();
  }));
  const auto environment = function.Find("Environment");
  if (environment) {
    RETURN_IF_ERROR(environment->Find("Variables")
                        ->ForEachMember([&rows](std::string_view variable, JsonValue value) {
                          rows.push_back({"  " + std::string(variable), Printable(value.string())});
                          return Status::Ok();
                        }));
  }
  Print(Aligned(rows));
  if (StringMember(function, "LastUpdateStatus") == "Failed") {
    Print(
        "\nNothing is processed until a process is ready; it is tried again and again. What they "
        "print: millrace logs " +
        name + "\nOther code: millrace function update " + name + " --code PATH");
  }
  return Status::Ok();
}

Status UpdateFunction(const CommandContext& context, const UpdateFunctionLine& command) {
  if (command.path.empty() && !ChangesConfiguration(command)) {
    return Status(ErrorCode::kInvalidParameterValue,
                  "nothing to change: give --code PATH, --timeout, --memory, --processes, --env, "
                  "--no-env or --description");
  }
  std::string said = "Updated the function " + command.name + ".";
  if (!command.path.empty()) {
    ASSIGN_OR_RETURN(const std::string body, CodeBody(command));
    ASSIGN_OR_RETURN(const JsonValue root,
                     context.api->Call("Millrace_20261121.UpdateFunctionCode", body));
    said += " Its next calls run the code " + StringMember(root, "CodeSha256").substr(0, 12) + ".";
  }
  if (ChangesConfiguration(command)) {
    const Status changed =
        context.api
            ->Call("Millrace_20261121.UpdateFunctionConfiguration", ConfigurationBody(command))
            .status();
    if (!changed.ok() && !command.path.empty()) {
      return Status(changed.code(),
                    changed.message() + "\nThe code was updated before that, and stays.");
    }
    RETURN_IF_ERROR(changed);
  }
  Print(context.json ? context.api->reply_text() : said);
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
  create.Option("--processes", &line->processes, "N", "Processes that may run at once, 1 to 64");
  create.Option("--env", &line->environment, "NAME=VALUE", "A variable of its environment")
      .Check(CheckVariable);
  create.Option("--description", &line->description, "TEXT", "For people");
  create.Run([line](const CommandContext& context) { return CreateFunction(context, *line); });
}

void AddDescribeFunction(Command* function) {
  const auto line = std::make_shared<NameLine>();
  Command& describe = function->Add({"describe",
                                     "What a function is, and its processes",
                                     "",
                                     {"millrace function describe hello"},
                                     "millrace function update changes it."});
  describe.Argument("name", &line->name, "The function").Kind(ValueKind::kFunction);
  describe.Run(
      [line](const CommandContext& context) { return DescribeFunction(context, line->name); });
}

void AddUpdateFunction(Command* function) {
  const auto line = std::make_shared<UpdateFunctionLine>();
  Command& update = function->Add(
      {"update",
       "Give a function new code or another configuration",
       "What isn't given stays as it is. Idle processes are replaced at once, busy ones after the "
       "call at hand: no record is lost, and none comes out of order.",
       {"millrace function update hello --code build/hello",
        "millrace function update hello --processes 4 --timeout 30"},
       "millrace function describe NAME shows which code each process runs."});
  update.Argument("name", &line->name, "The function").Kind(ValueKind::kFunction);
  update.Option("--code", &line->path, "PATH", "The new executable; it is copied")
      .Kind(ValueKind::kFile);
  update.Option("--timeout", &line->timeout_seconds, "SECONDS", "Seconds that one call may take");
  update.Option("--memory", &line->memory_mb, "MB", "Memory that it may use");
  update.Option("--processes", &line->processes, "N", "Processes that may run at once, 1 to 64");
  update
      .Option("--env", &line->environment, "NAME=VALUE",
              "A variable; those given replace its whole environment")
      .Check(CheckVariable);
  update.Flag("--no-env", &line->no_environment, "An empty environment");
  update.Option("--description", &line->description, "TEXT", "For people");
  update.Run([line](const CommandContext& context) { return UpdateFunction(context, *line); });
}

}  // namespace

std::string LastUpdateText(JsonValue function) {
  const std::string reason = StringMember(function, "LastUpdateStatusReason");
  return StringMember(function, "LastUpdateStatus") + (reason.empty() ? "" : ": " + reason);
}

void AddFunctionCommands(Command* root) {
  Command& function = root->Add({"function", "Functions: handlers that are called for changes"});
  AddCreateFunction(&function);
  AddDescribeFunction(&function);
  AddUpdateFunction(&function);
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
