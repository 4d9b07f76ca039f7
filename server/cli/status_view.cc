#include "server/cli/status_view.h"

#include <algorithm>

#include "server/cli/counted.h"
#include "server/cli/function_commands.h"
#include "server/cli/mapping_text.h"
#include "server/cli/text.h"

namespace millrace {
namespace {

constexpr int64_t kSecondsPerDay = 86'400;

// "2 d 3 h", "14 min", "9 s"
std::string ElapsedText(int64_t seconds) {
  const auto two = [](int64_t first, const char* unit, int64_t second, const char* smaller) {
    const std::string text = std::to_string(first) + unit;
    return second == 0 ? text : text + " " + std::to_string(second) + smaller;
  };
  if (seconds >= kSecondsPerDay) {
    return two(seconds / kSecondsPerDay, " d", seconds % kSecondsPerDay / 3600, " h");
  }
  if (seconds >= 3600) return two(seconds / 3600, " h", seconds % 3600 / 60, " min");
  if (seconds >= 60) return two(seconds / 60, " min", seconds % 60, " s");
  return std::to_string(seconds) + " s";
}

std::string ProcessesText(JsonValue triggers) {
  const int64_t all = IntegerMember(triggers, "Processes");
  const int64_t crashes = IntegerMember(triggers, "ProcessCrashes");
  std::string text = Grouped(IntegerMember(triggers, "ReadyProcesses")) + " of " + Grouped(all) +
                     " ready, " + Grouped(IntegerMember(triggers, "Invocations")) + " calls";
  const int64_t failed = IntegerMember(triggers, "FailedInvocations");
  if (failed > 0) text += ", " + Grouped(failed) + " failed";
  if (crashes > 0) text += ", " + Grouped(crashes) + " crashed";
  return text;
}

void ReadLog(JsonValue log, ServerView::Rows* rows) {
  const int64_t last = IntegerMember(log, "LastLsn");
  rows->push_back({"log", last == 0 ? "empty"
                                    : SizeText(IntegerMember(log, "SizeBytes")) + " in " +
                                          Counted(IntegerMember(log, "SegmentCount"), "segment") +
                                          ", commits " + Grouped(IntegerMember(log, "FirstLsn")) +
                                          " to " + Grouped(last)});
  if (const int64_t kept = IntegerMember(log, "RetentionSeconds"); kept > 0) {
    rows->push_back({"retention", ElapsedText(kept) + ", longer while somebody has yet to read"});
  }
}

// What is between the outer braces of a reply, for an object that has the members of several.
std::string_view MembersOf(const std::string& reply) {
  const size_t begin = reply.find('{');
  const size_t end = reply.rfind('}');
  if (begin == reply.npos || end <= begin) return "";
  return std::string_view(reply).substr(begin + 1, end - begin - 1);
}

Status ReadServer(ApiClient* api, ServerView* view) {
  ASSIGN_OR_RETURN(const JsonValue root, api->Call("Millrace_20261121.Status", "{}"));
  view->json.append(MembersOf(api->reply_text()));
  view->server = {
      {"server", api->endpoint().host + ":" + std::to_string(api->endpoint().port)},
      {"version", StringMember(root, "Version")},
      {"region", StringMember(root, "Region")},
      {"durability", StringMember(root, "Durability")},
      {"uptime", ElapsedText(IntegerMember(root, "UptimeSeconds"))},
  };
  if (const std::optional<JsonValue> log = root.Find("Log")) ReadLog(*log, &view->server);
  if (const std::optional<JsonValue> triggers = root.Find("Triggers")) {
    const std::string problem = StringMember(*triggers, "SandboxProblem");
    view->server.push_back({"sandbox", !problem.empty()                        ? "NONE: " + problem
                                       : BooleanMember(*triggers, "Sandboxed") ? "yes"
                                                                               : "SWITCHED OFF"});
    view->server.push_back({"processes", ProcessesText(*triggers)});
  }
  return Status::Ok();
}

Status ReadTables(ApiClient* api, ServerView* view) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, AllTableNames(api));
  view->tables = {{"TABLE", "ITEMS", "SIZE", "STREAM"}};
  std::string all;
  JsonWriter json(&all);
  json.BeginArray();
  for (const std::string& name : names) {
    const Result<JsonValue> root =
        api->Call("DynamoDB_20120810.DescribeTable", BodyOf("TableName", name));
    if (root.status().Is(ErrorCode::kResourceNotFound)) continue;
    RETURN_IF_ERROR(root.status());
    const std::optional<JsonValue> table = root->Find("Table");
    if (!table) continue;
    json.Raw(api->reply_text());
    const std::optional<JsonValue> stream = table->Find("StreamSpecification");
    view->tables.push_back({name, Grouped(IntegerMember(*table, "ItemCount")),
                            SizeText(IntegerMember(*table, "TableSizeBytes")),
                            stream ? StringMember(*stream, "StreamViewType") : "off"});
  }
  json.EndArray();
  view->json += ",\"Tables\":" + all;
  return Status::Ok();
}

// A listing of the server's, a row an element.
Status ReadList(ApiClient* api, std::string_view target, std::string_view list, std::string* json,
                ServerView::Rows* rows,
                const std::function<std::vector<std::string>(JsonValue)>& row_of) {
  const Result<JsonValue> reply = api->Call(target, "{}");
  // A server of an earlier version hasn't got everything.
  if (reply.status().Is(ErrorCode::kUnknownOperation)) return Status::Ok();
  RETURN_IF_ERROR(reply.status());
  const JsonValue root = *reply;
  json->append(",").append(MembersOf(api->reply_text()));
  const std::optional<JsonValue> elements = root.Find(list);
  if (!elements || !elements->Is(JsonKind::kArray)) return Status::Ok();
  return elements->ForEachElement([&](JsonValue element) {
    rows->push_back(row_of(element));
    return Status::Ok();
  });
}

std::vector<std::string> FunctionRow(JsonValue function) {
  return {StringMember(function, "FunctionName"), StringMember(function, "State"),
          Grouped(IntegerMember(function, "ReadyProcesses")) + " of " +
              Grouped(IntegerMember(function, "Processes")),
          Grouped(IntegerMember(function, "Timeout")) + " s", OneLine(LastUpdateText(function))};
}

std::vector<std::string> MappingRow(JsonValue mapping) {
  const MappingLag lag = LagOf(mapping);
  return {
      StringMember(mapping, "TableName") + " > " + ArnName(StringMember(mapping, "FunctionArn")),
      StringMember(mapping, "State"),
      Grouped(IntegerMember(mapping, "RecordsProcessed")),
      Grouped(lag.records),
      lag.records == 0 ? "-" : ElapsedText(lag.milliseconds / 1000),
      Grouped(IntegerMember(mapping, "DeadLetters")),
      StringMember(mapping, "UUID"),
      OneLine(StringMember(mapping, "LastProcessingResult"))};
}

std::vector<std::string> PipelineRow(JsonValue pipeline) {
  const std::optional<JsonValue> lag = pipeline.Find("Lag");
  const int64_t waiting = lag ? IntegerMember(*lag, "Records") : 0;
  const int64_t behind = lag ? IntegerMember(*lag, "Milliseconds") / 1000 : 0;
  return {StringMember(pipeline, "PipelineName"),
          StringMember(pipeline, "TableName"),
          StringMember(pipeline, "State"),
          Grouped(IntegerMember(pipeline, "Files")),
          Grouped(IntegerMember(pipeline, "Records")),
          Grouped(waiting),
          waiting == 0 ? "-" : ElapsedText(behind),
          StringMember(pipeline, "Directory")};
}

// States stand out: what runs, what waits for somebody, what fails.
std::string PaintedCell(const std::string& cell, const Terminal& terminal) {
  struct Row {
    std::string_view begins;
    Colour colour;
  };
  constexpr Row kRows[] = {
      {"Enabled", Colour::kGreen},   {"RUNNING", Colour::kGreen}, {"Active", Colour::kGreen},
      {"Disabled", Colour::kYellow}, {"PAUSED", Colour::kYellow}, {"PROBLEM", Colour::kRed},
      {"FAILED", Colour::kRed},      {"Failed", Colour::kRed},
  };
  for (const Row& row : kRows) {
    if (cell.compare(0, row.begins.size(), row.begins) == 0)
      return terminal.Paint(row.colour, cell);
  }
  return cell;
}

std::string Section(const ServerView::Rows& rows, const Terminal& terminal) {
  if (rows.size() <= 1) return "";
  ServerView::Rows painted = rows;
  for (std::string& cell : painted[0]) cell = terminal.Bold(cell);
  for (size_t i = 1; i < painted.size(); ++i) {
    // Not the first column: a table may have any name.
    for (size_t j = 1; j < painted[i].size(); ++j) {
      painted[i][j] = PaintedCell(painted[i][j], terminal);
    }
  }
  return "\n\n" + Aligned(painted);
}

}  // namespace

Result<ServerView> AskForView(ApiClient* api) {
  ServerView view;
  view.json = "{";
  RETURN_IF_ERROR(ReadServer(api, &view));
  RETURN_IF_ERROR(ReadTables(api, &view));
  view.functions = {{"FUNCTION", "STATE", "PROCESSES", "TIMEOUT", "LAST UPDATE"}};
  RETURN_IF_ERROR(ReadList(api, "Millrace_20261121.ListFunctions", "Functions", &view.json,
                           &view.functions, FunctionRow));
  view.mappings = {{"MAPPING", "STATE", "PROCESSED", "WAITING", "BEHIND", "DEAD LETTERS", "UUID",
                    "LAST RESULT"}};
  RETURN_IF_ERROR(ReadList(api, "Millrace_20261121.ListEventSourceMappings", "EventSourceMappings",
                           &view.json, &view.mappings, MappingRow));
  view.pipelines = {
      {"PIPELINE", "TABLE", "STATE", "FILES", "RECORDS", "WAITING", "BEHIND", "DIRECTORY"}};
  RETURN_IF_ERROR(ReadList(api, "Millrace_20261121.ListPipelines", "Pipelines", &view.json,
                           &view.pipelines, PipelineRow));
  view.json += "}";
  return view;
}

std::string TextOf(const ServerView& view, const Terminal& terminal) {
  std::string text = Aligned(view.server);
  if (view.tables.size() == 1) text += "\n\nThere are no tables: millrace table create --help";
  text += Section(view.tables, terminal) + Section(view.functions, terminal) +
          Section(view.mappings, terminal) + Section(view.pipelines, terminal);
  return text;
}

}  // namespace millrace
