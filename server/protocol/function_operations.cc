#include "server/protocol/function_operations.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "server/protocol/call.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/trigger_json.h"
#include "triggers/trigger_service.h"

namespace millrace {
namespace {

// Lengths, ranges and patterns are checked by the trigger service, with Lambda's texts: here only
// types and what must be there.
constexpr Shape kInteger = PlainOf(ShapeKind::kInteger);
constexpr Member kCodeMembers[] = {{"Path", &kAnyText, Presence::kRequired}};
constexpr Shape kCode = StructureOf("FunctionCode", kCodeMembers);
constexpr Shape kVariables = MapOf(&kAnyText);
constexpr Member kEnvironmentMembers[] = {{"Variables", &kVariables}};
constexpr Shape kEnvironment = StructureOf("Environment", kEnvironmentMembers);

constexpr Member kCreateMembers[] = {
    {"FunctionName", &kAnyText, Presence::kRequired},
    {"Code", &kCode, Presence::kRequired},
    {"Description", &kAnyText},
    {"Timeout", &kInteger},
    {"MemorySize", &kInteger},
    {"Environment", &kEnvironment},
};
constexpr Member kNameMembers[] = {{"FunctionName", &kAnyText, Presence::kRequired}};

constexpr size_t kLogLinesMax = 10'000;
constexpr Shape kLogLimit = NumberOf(ShapeKind::kInteger, 1, kLogLinesMax);
constexpr Shape kCursor = NumberOf(ShapeKind::kLong, 0);
constexpr Shape kWaitSeconds = NumberOf(ShapeKind::kInteger, 0, 20);
constexpr Member kLogsMembers[] = {
    {"FunctionName", &kAnyText, Presence::kRequired},
    {"Cursor", &kCursor},
    {"Limit", &kLogLimit},
    {"WaitSeconds", &kWaitSeconds},
};

// A reader of logs for whom there is nothing yet. On its connection's thread.
struct LogWait {
  ReplySlot reply;
  const TriggerService* triggers;
  std::string function;
  uint64_t cursor;
  size_t limit;
  bool replied = false;
};

void ReplyLogs(LogWait* wait) {
  if (wait->replied) return;
  wait->replied = true;
  const Result<LogPage> page = wait->triggers->Logs(wait->function, wait->cursor, wait->limit);
  if (!page.ok()) return wait->reply.Send(page.status());
  JsonWriter reply(wait->reply.body());
  WriteLogPage(*page, &reply);
  wait->reply.Send(Status::Ok());
}

// Whichever comes first, a line or the end of the time, sends the reply.
void WaitForLogs(Call* call, std::string_view function, uint64_t cursor, size_t limit,
                 std::chrono::seconds time) {
  TriggerService* const triggers = call->services.triggers;
  IoExecutor* const thread = call->exchange->io_thread();
  const auto wait = std::make_shared<LogWait>(
      LogWait{call->TakeReply(), triggers, std::string(function), cursor, limit});
  thread->PostAfter(time, [wait] { ReplyLogs(wait.get()); });
  triggers->NotifyLogs(wait->function, cursor,
                       [wait, thread] { thread->Post([wait] { ReplyLogs(wait.get()); }); });
}

Result<FunctionSpec> ReadFunctionSpec(const Members& input) {
  FunctionSpec spec;
  spec.name = input.Text("FunctionName");
  spec.executable = input.Structure("Code")->Text("Path");
  spec.description = input.Text("Description");
  ASSIGN_OR_RETURN(spec.timeout_seconds, ReadUnsigned(input, "Timeout", kFunctionTimeoutDefault));
  ASSIGN_OR_RETURN(spec.memory_mb, ReadUnsigned(input, "MemorySize", kFunctionMemoryDefault));
  const auto environment = input.Structure("Environment");
  const auto variables = environment ? environment->Find("Variables") : std::nullopt;
  if (variables) {
    RETURN_IF_ERROR(variables->ForEachMember([&spec](std::string_view name, JsonValue value) {
      spec.environment.emplace_back(name, value.string());
      return Status::Ok();
    }));
    std::sort(spec.environment.begin(), spec.environment.end());
  }
  return spec;
}

}  // namespace

const Shape kCreateFunctionInput = StructureOf("CreateFunctionRequest", kCreateMembers);
const Shape kGetFunctionInput = StructureOf("GetFunctionRequest", kNameMembers);
const Shape kListFunctionsInput = EmptyStructure("ListFunctionsRequest");
const Shape kDeleteFunctionInput = StructureOf("DeleteFunctionRequest", kNameMembers);
const Shape kGetFunctionLogsInput = StructureOf("GetFunctionLogsRequest", kLogsMembers);

Status CreateFunction(Call* call) {
  ASSIGN_OR_RETURN(const FunctionSpec spec, ReadFunctionSpec(call->input));
  ASSIGN_OR_RETURN(const FunctionDescription function,
                   call->services.triggers->CreateFunction(spec));
  JsonWriter reply = call->Reply();
  WriteFunction(function, &reply);
  return Status::Ok();
}

Status GetFunction(Call* call) {
  ASSIGN_OR_RETURN(const FunctionDescription function,
                   call->services.triggers->GetFunction(call->input.Text("FunctionName")));
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("Configuration");
  WriteFunction(function, &reply);
  reply.Key("Code");
  reply.BeginObject();
  reply.Key("Path");
  reply.String(function.spec.executable);
  reply.EndObject();
  reply.EndObject();
  return Status::Ok();
}

Status ListFunctions(Call* call) {
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("Functions");
  reply.BeginArray();
  for (const FunctionDescription& function : call->services.triggers->ListFunctions()) {
    WriteFunction(function, &reply);
  }
  reply.EndArray();
  reply.EndObject();
  return Status::Ok();
}

Status DeleteFunction(Call* call) {
  RETURN_IF_ERROR(call->services.triggers->DeleteFunction(call->input.Text("FunctionName")));
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.EndObject();
  return Status::Ok();
}

Status GetFunctionLogs(Call* call) {
  const Members& input = call->input;
  const auto cursor = static_cast<uint64_t>(input.Integer("Cursor").value_or(0));
  const auto limit = static_cast<size_t>(input.Integer("Limit").value_or(1000));
  ASSIGN_OR_RETURN(const LogPage page,
                   call->services.triggers->Logs(input.Text("FunctionName"), cursor, limit));
  const std::chrono::seconds time(input.Integer("WaitSeconds").value_or(0));
  if (page.lines.empty() && time.count() > 0) {
    WaitForLogs(call, input.Text("FunctionName"), cursor, limit, time);
    return Status::Ok();
  }
  JsonWriter reply = call->Reply();
  WriteLogPage(page, &reply);
  return Status::Ok();
}

}  // namespace millrace
