#include "server/protocol/function_operations.h"

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "engine/base/throttled.h"
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
    {"Processes", &kInteger},
    {"Publish", &kAnyBoolean, Presence::kNotBuilt},
    {"Tags", &kVariables, Presence::kNotBuilt},
};
constexpr Member kUpdateCodeMembers[] = {
    {"FunctionName", &kAnyText, Presence::kRequired},
    {"Path", &kAnyText, Presence::kRequired},
    {"DryRun", &kAnyBoolean, Presence::kNotBuilt},
    {"Publish", &kAnyBoolean, Presence::kNotBuilt},
    {"RevisionId", &kAnyText, Presence::kNotBuilt},
};
constexpr Member kUpdateConfigurationMembers[] = {
    {"FunctionName", &kAnyText, Presence::kRequired},
    {"Description", &kAnyText},
    {"Timeout", &kInteger},
    {"MemorySize", &kInteger},
    {"Environment", &kEnvironment},
    {"Processes", &kInteger},
    {"RevisionId", &kAnyText, Presence::kNotBuilt},
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

// A reader of logs for whom there is nothing yet. Whichever comes first, a line or the end of the
// time, claims it and has the pool reply.
struct LogWait {
  LogWait(Call* call, std::string_view name, uint64_t from, size_t lines)
      : reply(call->TakeReply()),
        triggers(call->services.triggers),
        pool(call->pool),
        function(name),
        cursor(from),
        limit(lines) {}

  const ReplySlot reply;
  TriggerService* const triggers;
  WorkerPool* const pool;
  const std::string function;
  const uint64_t cursor;
  const size_t limit;
  std::atomic<bool> claimed{false};
  std::atomic<uint64_t> waiter{0};
};

void ReplyLogs(const LogWait& wait) {
  const Result<LogPage> page = wait.triggers->Logs(wait.function, wait.cursor, wait.limit);
  if (!page.ok()) return wait.reply.Send(page.status());
  JsonWriter reply(wait.reply.body());
  WriteLogPage(*page, &reply);
  wait.reply.Send(Status::Ok());
}

// On the trigger thread, or on the connection's.
void EndWait(const std::shared_ptr<LogWait>& wait) {
  if (wait->claimed.exchange(true)) return;
  if (wait->pool->Submit([wait](WorkerContext*) { ReplyLogs(*wait); })) return;
  wait->reply.Send(Throttled());
}

void WaitForLogs(Call* call, std::string_view function, uint64_t cursor, size_t limit,
                 std::chrono::seconds time) {
  IoExecutor* const thread = call->exchange->io_thread();
  const auto wait = std::make_shared<LogWait>(call, function, cursor, limit);
  wait->waiter = wait->triggers->AwaitLogs(wait->function, cursor, [wait] { EndWait(wait); });
  thread->PostAfter(time, [wait] {
    wait->triggers->CancelAwaitLogs(wait->function, wait->waiter);
    EndWait(wait);
  });
}

Result<EnvironmentVariables> ReadEnvironment(const Members& environment) {
  std::map<std::string, std::string> read;  // the last of a name counts
  const auto variables = environment.Find("Variables");
  if (!variables) return EnvironmentVariables();
  RETURN_IF_ERROR(variables->ForEachMember([&read](std::string_view name, JsonValue value) {
    read.insert_or_assign(std::string(name), std::string(value.string()));
    return Status::Ok();
  }));
  return EnvironmentVariables(read.begin(), read.end());
}

Result<FunctionSpec> ReadFunctionSpec(const Members& input) {
  FunctionSpec spec;
  spec.name = input.Text("FunctionName");
  spec.executable = input.Structure("Code")->Text("Path");
  spec.description = input.Text("Description");
  ASSIGN_OR_RETURN(spec.timeout_seconds, ReadUnsigned(input, "Timeout", kFunctionTimeoutDefault));
  ASSIGN_OR_RETURN(spec.memory_mb,
                   ReadUnsigned(input, "MemorySize", kFunctionMemoryDefault, kFunctionMemoryMin));
  ASSIGN_OR_RETURN(spec.processes, ReadUnsigned(input, "Processes", 1));
  if (const auto environment = input.Structure("Environment")) {
    ASSIGN_OR_RETURN(spec.environment, ReadEnvironment(*environment));
  }
  return spec;
}

Result<std::optional<uint32_t>> ReadChange(const Members& input, std::string_view name,
                                           uint32_t least = 1) {
  if (!input.Has(name)) return std::optional<uint32_t>();
  ASSIGN_OR_RETURN(const uint32_t value, ReadUnsigned(input, name, 0, least));
  return std::optional<uint32_t>(value);
}

Result<FunctionChange> ReadFunctionChange(const Members& input) {
  FunctionChange change;
  ASSIGN_OR_RETURN(change.timeout_seconds, ReadChange(input, "Timeout"));
  ASSIGN_OR_RETURN(change.memory_mb, ReadChange(input, "MemorySize", kFunctionMemoryMin));
  ASSIGN_OR_RETURN(change.processes, ReadChange(input, "Processes"));
  change.description = input.String("Description");
  if (const auto environment = input.Structure("Environment")) {
    ASSIGN_OR_RETURN(change.environment, ReadEnvironment(*environment));
  }
  return change;
}

Status ReplyFunction(Call* call, const Result<FunctionDescription>& function) {
  RETURN_IF_ERROR(function.status());
  JsonWriter reply = call->Reply();
  WriteFunction(*function, &reply);
  return Status::Ok();
}

}  // namespace

const Shape kCreateFunctionInput = StructureOf("CreateFunctionRequest", kCreateMembers);
const Shape kUpdateFunctionCodeInput = StructureOf("UpdateFunctionCodeRequest", kUpdateCodeMembers);
const Shape kUpdateFunctionConfigurationInput =
    StructureOf("UpdateFunctionConfigurationRequest", kUpdateConfigurationMembers);
const Shape kGetFunctionInput = StructureOf("GetFunctionRequest", kNameMembers);
const Shape kListFunctionsInput = EmptyStructure("ListFunctionsRequest");
const Shape kDeleteFunctionInput = StructureOf("DeleteFunctionRequest", kNameMembers);
const Shape kGetFunctionLogsInput = StructureOf("GetFunctionLogsRequest", kLogsMembers);

Status CreateFunction(Call* call) {
  ASSIGN_OR_RETURN(const FunctionSpec spec, ReadFunctionSpec(call->input));
  return ReplyFunction(call, call->services.triggers->CreateFunction(spec));
}

Status UpdateFunctionCode(Call* call) {
  const Members& input = call->input;
  return ReplyFunction(call, call->services.triggers->UpdateFunctionCode(
                                 input.Text("FunctionName"), std::string(input.Text("Path"))));
}

Status UpdateFunctionConfiguration(Call* call) {
  ASSIGN_OR_RETURN(const FunctionChange change, ReadFunctionChange(call->input));
  return ReplyFunction(call, call->services.triggers->UpdateFunctionConfiguration(
                                 call->input.Text("FunctionName"), change));
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
