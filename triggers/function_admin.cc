#include "triggers/function_admin.h"

#include <algorithm>
#include <utility>

#include "triggers/trigger_cells.h"
#include "triggers/trigger_specs.h"

namespace millrace {
namespace {

Status Stopped() {
  return Status(ErrorCode::kUnavailable, "The server is stopping.");
}

std::string_view NameOf(Worker::State state) {
  switch (state) {
    case Worker::State::kStarting:
      return "Starting";
    case Worker::State::kIdle:
      return "Idle";
    case Worker::State::kBusy:
      return "Busy";
    case Worker::State::kDying:
      return "Ending";
  }
  return "";
}

}  // namespace

FunctionAdmin::FunctionAdmin(Database* database, Spawner* spawner, const Clock* clock,
                             const TriggerOptions* options, Broker* broker, std::mutex* changes)
    : database_(database),
      spawner_(spawner),
      clock_(clock),
      options_(options),
      broker_(broker),
      changes_(changes) {}

Status FunctionAdmin::NotFound(std::string_view name) const {
  return Status(ErrorCode::kResourceNotFound,
                "Function not found: " + FunctionArn(options_->scope, FunctionNameOf(name)));
}

FunctionDescription FunctionAdmin::Describe(const FunctionRun& function) const {
  FunctionDescription description;
  description.spec = function.cell.spec;
  description.arn = FunctionArn(options_->scope, function.cell.spec.name);
  description.code_sha256 = function.cell.digest;
  description.last_modified_micros = function.cell.last_modified_micros;
  for (const auto& worker : function.workers) {
    description.processes.push_back(
        {worker->process->pid(), NameOf(worker->state), worker->digest});
  }
  description.ready_processes = function.CountReady();
  description.problem = function.problem;
  return description;
}

Status FunctionAdmin::CommitCell(const std::string& name, std::optional<uint64_t> expected_version,
                                 std::optional<std::string> value) const {
  CommitRequest request;
  request.cells.push_back({FunctionCellKey(name), expected_version, std::move(value)});
  return database_->CommitAndWait(std::move(request)).status;
}

Result<FunctionDescription> FunctionAdmin::Create(const FunctionSpec& spec) {
  RETURN_IF_ERROR(CheckFunctionSpec(spec));
  if (!options_->sandbox.ok()) {
    return Status(ErrorCode::kUnavailable,
                  "Handlers cannot be sandboxed here: " + options_->sandbox.message());
  }
  const std::lock_guard lock(*changes_);
  bool exists = false;
  if (!broker_->Call([&] { exists = broker_->FindFunction(spec.name) != nullptr; })) {
    return Stopped();
  }
  if (exists) {
    return Status(ErrorCode::kResourceConflict, "Function already exist: " + spec.name);
  }
  FunctionCell cell;
  cell.spec = spec;
  std::sort(cell.spec.environment.begin(), cell.spec.environment.end());
  ASSIGN_OR_RETURN(cell.digest, spawner_->Stage(spec.executable));
  cell.last_modified_micros = clock_->WallMicros();
  RETURN_IF_ERROR(CommitCell(spec.name, 0, EncodeFunctionCell(cell)));
  FunctionDescription description;
  const bool added = broker_->Call([&] {
    broker_->AddFunction(cell);
    description = Describe(*broker_->FindFunction(spec.name));
  });
  if (!added) return Stopped();
  return description;
}

Result<FunctionCell> FunctionAdmin::Find(std::string_view name) const {
  std::optional<FunctionCell> cell;
  const bool called = broker_->Call([&] {
    const FunctionRun* function = broker_->FindFunction(FunctionNameOf(name));
    if (function != nullptr) cell = function->cell;
  });
  if (!called) return Stopped();
  if (!cell) return NotFound(name);
  return std::move(*cell);
}

Result<FunctionDescription> FunctionAdmin::Update(FunctionCell cell) {
  RETURN_IF_ERROR(CheckFunctionSpec(cell.spec));
  const std::string name = cell.spec.name;
  cell.last_modified_micros = clock_->WallMicros();
  RETURN_IF_ERROR(CommitCell(name, std::nullopt, EncodeFunctionCell(cell)));
  FunctionDescription description;
  const bool updated = broker_->Call([&] {
    broker_->UpdateFunction(std::move(cell));
    description = Describe(*broker_->FindFunction(name));
  });
  if (!updated) return Stopped();
  return description;
}

Result<FunctionDescription> FunctionAdmin::UpdateCode(std::string_view name,
                                                      const std::string& executable) {
  const std::lock_guard lock(*changes_);
  ASSIGN_OR_RETURN(FunctionCell cell, Find(name));
  ASSIGN_OR_RETURN(cell.digest, spawner_->Stage(executable));
  cell.spec.executable = executable;
  return Update(std::move(cell));
}

Result<FunctionDescription> FunctionAdmin::UpdateConfiguration(std::string_view name,
                                                               const FunctionChange& change) {
  const std::lock_guard lock(*changes_);
  ASSIGN_OR_RETURN(FunctionCell cell, Find(name));
  FunctionSpec& spec = cell.spec;
  spec.timeout_seconds = change.timeout_seconds.value_or(spec.timeout_seconds);
  spec.memory_mb = change.memory_mb.value_or(spec.memory_mb);
  spec.description = change.description.value_or(spec.description);
  spec.processes = change.processes.value_or(spec.processes);
  if (change.environment) {
    spec.environment = *change.environment;
    std::sort(spec.environment.begin(), spec.environment.end());
  }
  return Update(std::move(cell));
}

Result<FunctionDescription> FunctionAdmin::Get(std::string_view name) const {
  std::optional<FunctionDescription> description;
  const bool called = broker_->Call([&] {
    const FunctionRun* function = broker_->FindFunction(FunctionNameOf(name));
    if (function != nullptr) description = Describe(*function);
  });
  if (!called) return Stopped();
  if (!description) return NotFound(name);
  return std::move(*description);
}

std::vector<FunctionDescription> FunctionAdmin::List() const {
  std::vector<FunctionDescription> list;
  broker_->Call([&] {
    for (const auto& [name, function] : broker_->functions()) list.push_back(Describe(*function));
  });
  return list;
}

Status FunctionAdmin::Delete(std::string_view name_or_arn) {
  const std::string name(FunctionNameOf(name_or_arn));
  const std::lock_guard lock(*changes_);
  bool found = false;
  std::string used_by;
  const bool called = broker_->Call([&] {
    found = broker_->FindFunction(name) != nullptr;
    for (const auto& [uuid, mapping] : broker_->mappings()) {
      const bool uses =
          mapping->cell.spec.function == name || mapping->definition().spec.function == name;
      if (uses) used_by = uuid;
    }
  });
  if (!called) return Stopped();
  if (!found) return NotFound(name);
  if (!used_by.empty()) {
    return Status(ErrorCode::kResourceConflict, "The function " + name +
                                                    " is used by the event source mapping " +
                                                    used_by + ": delete that one first.");
  }
  RETURN_IF_ERROR(CommitCell(name, std::nullopt, std::nullopt));
  return broker_->Call([&] { broker_->RemoveFunction(name); }) ? Status::Ok() : Stopped();
}

Result<LogPage> FunctionAdmin::Logs(std::string_view name, uint64_t from, size_t limit) const {
  if (broker_->logs().closed()) return Stopped();
  const std::shared_ptr<FunctionLog> log = broker_->logs().Find(FunctionNameOf(name));
  if (log == nullptr) return NotFound(name);
  return log->Read(from, limit);
}

FunctionLog::WaiterId FunctionAdmin::AwaitLogs(std::string_view name, uint64_t from,
                                               std::function<void()> wake) {
  const std::shared_ptr<FunctionLog> log = broker_->logs().Find(FunctionNameOf(name));
  if (log != nullptr) return log->Await(from, std::move(wake));
  wake();
  return 0;
}

void FunctionAdmin::CancelAwaitLogs(std::string_view name, FunctionLog::WaiterId waiter) {
  const std::shared_ptr<FunctionLog> log = broker_->logs().Find(FunctionNameOf(name));
  if (log != nullptr) log->Cancel(waiter);
}

}  // namespace millrace
