#include "triggers/trigger_service.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "engine/base/random.h"
#include "streams/stream_window.h"
#include "triggers/broker.h"
#include "triggers/dead_letters.h"
#include "triggers/function_admin.h"
#include "triggers/handler_jobs.h"
#include "triggers/trigger_load.h"
#include "triggers/trigger_specs.h"

namespace millrace {
namespace {

Status Stopped() {
  return Status(ErrorCode::kUnavailable, "The server is stopping.");
}

Status NoSandbox(const Status& sandbox) {
  return Status(ErrorCode::kUnavailable, "Handlers cannot be sandboxed here: " + sandbox.message());
}

class TriggerServiceImpl final : public TriggerService {
 public:
  TriggerServiceImpl(Database* database, Spawner* spawner, const Clock* clock,
                     const TriggerOptions& options)
      : database_(database),
        clock_(clock),
        options_(options),
        broker_(database, spawner, clock, options),
        functions_(database, spawner, clock, &options_, &broker_, &admin_mutex_),
        jobs_(database, spawner, clock, &options_, &broker_) {}

  Status LoadAndStart() {
    RETURN_IF_ERROR(LoadTriggers(database_, options_, &broker_));
    broker_.Start();
    return Status::Ok();
  }

  void Stop() override {
    jobs_.Stop();
    broker_.Stop();
  }
  HandlerJobs* jobs() override { return &jobs_; }

  Result<FunctionDescription> CreateFunction(const FunctionSpec& spec) override {
    return functions_.Create(spec);
  }
  Result<FunctionDescription> UpdateFunctionCode(std::string_view name,
                                                 const std::string& executable) override {
    return functions_.UpdateCode(name, executable);
  }
  Result<FunctionDescription> UpdateFunctionConfiguration(std::string_view name,
                                                          const FunctionChange& change) override {
    return functions_.UpdateConfiguration(name, change);
  }
  Result<FunctionDescription> GetFunction(std::string_view name) const override {
    return functions_.Get(name);
  }
  std::vector<FunctionDescription> ListFunctions() const override { return functions_.List(); }
  Status DeleteFunction(std::string_view name) override { return functions_.Delete(name); }
  Result<MappingDescription> CreateEventSourceMapping(const MappingSpec& spec) override;
  Result<MappingDescription> GetEventSourceMapping(std::string_view uuid) const override;
  std::vector<MappingDescription> ListEventSourceMappings(
      std::string_view function, std::string_view event_source) const override;
  Result<MappingDescription> UpdateEventSourceMapping(const MappingUpdate& update) override;
  Result<MappingDescription> DeleteEventSourceMapping(std::string_view uuid) override;
  Result<LogPage> Logs(std::string_view function, uint64_t from, size_t limit) const override {
    return functions_.Logs(function, from, limit);
  }
  uint64_t AwaitLogs(std::string_view function, uint64_t from,
                     std::function<void()> wake) override {
    return functions_.AwaitLogs(function, from, std::move(wake));
  }
  void CancelAwaitLogs(std::string_view function, uint64_t waiter) override {
    functions_.CancelAwaitLogs(function, waiter);
  }
  TriggerStatus GetStatus() const override;
  Lsn OldestNeeded() const override;

 private:
  std::string ResultOf(const MappingRun& mapping) const;
  MappingDescription Describe(const MappingRun& mapping) const;
  ShardProgress ProgressOf(const ShardRun& shard) const;
  Result<MappingCell> ResolveMapping(const MappingSpec& spec) const;
  Status CheckMappingIsNew(const MappingCell& cell) const;
  Status ResolveDeadLetterTable(MappingCell* cell) const;
  Status EnsureDeadLetterTable(const MappingCell& cell);
  Result<Lsn> StartOf(const MappingCell& cell) const;
  Status CommitCells(std::vector<CellChange> cells) const;

  Database* database_;
  const Clock* clock_;
  TriggerOptions options_;
  std::mutex admin_mutex_;  // one change of the definitions at a time
  mutable Broker broker_;
  FunctionAdmin functions_;
  HandlerJobs jobs_;
};

// Why nothing is processed, if no process of the function comes as far.
std::string TriggerServiceImpl::ResultOf(const MappingRun& mapping) const {
  const FunctionRun* function = broker_.FindFunction(mapping.definition().spec.function);
  if (function == nullptr || function->problem.message.empty() || !mapping.cell.spec.enabled) {
    return mapping.last_result;
  }
  return "PROBLEM: function " + function->cell.spec.name + ": " + function->problem.message;
}

MappingDescription TriggerServiceImpl::Describe(const MappingRun& mapping) const {
  const MappingCell& cell = mapping.definition();
  MappingDescription description;
  description.spec = cell.spec;
  description.uuid = cell.uuid;
  description.function_arn = FunctionArn(options_.scope, cell.spec.function);
  description.event_source_arn = cell.spec.event_source;
  description.table_name = cell.table_name;
  description.state = mapping.state();
  description.state_transition_reason = mapping.state_reason;
  description.last_processing_result = ResultOf(mapping);
  description.last_modified_micros = cell.last_modified_micros;
  for (const ShardRun& shard : mapping.shards) {
    description.records_finished += shard.machine.checkpoint().records_finished;
    description.dead_letters += shard.machine.checkpoint().dead_letters;
    description.discarded += shard.machine.checkpoint().discarded;
    description.shards.push_back(ProgressOf(shard));
  }
  return description;
}

ShardProgress TriggerServiceImpl::ProgressOf(const ShardRun& shard) const {
  ShardProgress progress;
  progress.shard_id = shard.shard_id;
  progress.checkpoint = shard.machine.checkpoint().low;
  progress.ended = shard.ended();
  const Lsn applied = database_->applied_lsn();
  if (!progress.ended && shard.position() <= applied) {
    progress.lag_commits = applied.value() + 1 - shard.position().value();
  }
  progress.lag_records = shard.machine.held_records();
  if (const std::optional<int64_t> oldest = shard.OldestTime(applied)) {
    const int64_t age = std::max<int64_t>(0, clock_->WallMicros() - *oldest);
    progress.lag_micros = age;
    progress.time_to_trim_micros = std::max<int64_t>(0, kStreamRetentionMicros - age);
  }
  progress.gaps = shard.machine.gaps();
  progress.attempt = shard.machine.worst_attempt();
  return progress;
}

Status TriggerServiceImpl::CommitCells(std::vector<CellChange> cells) const {
  CommitRequest request;
  request.cells = std::move(cells);
  return database_->CommitAndWait(std::move(request)).status;
}

// Names made definite: the function's name, the stream's ARN, the table's id.
Result<MappingCell> TriggerServiceImpl::ResolveMapping(const MappingSpec& spec) const {
  MappingCell cell;
  cell.uuid = NewUuid();
  cell.spec = spec;
  cell.spec.function = std::string(FunctionNameOf(spec.function));
  const std::optional<ParsedStreamArn> arn = ParseStreamArn(spec.event_source);
  const TableRef table =
      database_->FindTable(arn ? arn->table_name : std::string_view(spec.event_source));
  if (table == nullptr && !arn) {
    return Status(ErrorCode::kResourceNotFound,
                  "Requested resource not found: Table: " + spec.event_source + " not found");
  }
  const StreamWindow* window = nullptr;
  if (table != nullptr) window = arn ? table->FindStream(arn->label) : table->OpenStream();
  if (window == nullptr && arn) {
    return Status(ErrorCode::kInvalidParameterValue, "Stream not found: " + spec.event_source);
  }
  if (window == nullptr) {
    return Status(ErrorCode::kInvalidParameterValue,
                  "The table " + spec.event_source +
                      " has no stream: turn one on with UpdateTable and StreamSpecification.");
  }
  cell.table = table->id;
  cell.table_name = table->spec.name;
  cell.stream_label = window->label;
  cell.spec.event_source = StreamArn(options_.scope, table->spec.name, window->label);
  cell.last_modified_micros = clock_->WallMicros();
  RETURN_IF_ERROR(ResolveDeadLetterTable(&cell));
  return cell;
}

Status TriggerServiceImpl::ResolveDeadLetterTable(MappingCell* cell) const {
  std::string* name = &cell->spec.dead_letter_table;
  if (name->empty()) return Status::Ok();
  ASSIGN_OR_RETURN(*name, DeadLetterTableOf(options_.scope, *name));
  if (*name != cell->table_name) return Status::Ok();
  return Status(ErrorCode::kInvalidParameterValue,
                "The dead letters of a table cannot go to the table itself.");
}

Status TriggerServiceImpl::CheckMappingIsNew(const MappingCell& cell) const {
  bool function_found = false;
  std::string same;
  const bool called = broker_.Call([&] {
    function_found = broker_.FindFunction(cell.spec.function) != nullptr;
    for (const auto& [uuid, mapping] : broker_.mappings()) {
      const MappingSpec& other = mapping->definition().spec;
      if (uuid != cell.uuid && other.function == cell.spec.function &&
          other.event_source == cell.spec.event_source) {
        same = uuid;
      }
    }
  });
  if (!called) return Stopped();
  if (!function_found) return functions_.NotFound(cell.spec.function);
  if (same.empty()) return Status::Ok();
  return Status(ErrorCode::kResourceConflict,
                "The event source arn (\" " + cell.spec.event_source + " \") and function (\" " +
                    cell.spec.function +
                    " \") provided mapping already exists. Please update or delete the existing "
                    "mapping with UUID " +
                    same);
}

Status TriggerServiceImpl::EnsureDeadLetterTable(const MappingCell& cell) {
  const std::string& name = cell.spec.dead_letter_table;
  if (name.empty()) return Status::Ok();
  TableRef table = database_->FindTable(name);
  if (table == nullptr) {
    TableSpec spec;
    spec.name = name;
    spec.schema = DeadLetterSchema();
    ASSIGN_OR_RETURN(table, database_->CreateTable(spec));
  }
  if (table->spec.schema == DeadLetterSchema()) return Status::Ok();
  return Status(
      ErrorCode::kInvalidParameterValue,
      "The dead-letter table " + name +
          " must have the partition key mapping (S) and the sort key sequence_number (S).");
}

// Where its reading starts.
Result<Lsn> TriggerServiceImpl::StartOf(const MappingCell& cell) const {
  if (cell.spec.starting_position == StartingPosition::kLatest) {
    return Lsn(database_->applied_lsn().value() + 1);
  }
  const TableRef table = database_->FindTable(cell.table);
  const StreamWindow* window = table == nullptr ? nullptr : table->FindStream(cell.stream_label);
  if (window == nullptr) {
    return Status(ErrorCode::kInvalidParameterValue, "Stream not found: " + cell.spec.event_source);
  }
  const int64_t oldest = clock_->WallMicros() - kStreamRetentionMicros;
  ASSIGN_OR_RETURN(const Lsn horizon, database_->log()->FindTime(
                                          std::max(oldest, cell.spec.starting_timestamp_micros)));
  return std::max({BeginOf(*window), horizon, database_->log()->first_lsn()});
}

Result<MappingDescription> TriggerServiceImpl::CreateEventSourceMapping(const MappingSpec& spec) {
  RETURN_IF_ERROR(CheckMappingSpec(spec));
  RETURN_IF_ERROR(CheckStartingPosition(spec, clock_->WallMicros()));
  if (!options_.sandbox.ok()) return NoSandbox(options_.sandbox);
  const std::lock_guard lock(admin_mutex_);
  ASSIGN_OR_RETURN(const MappingCell cell, ResolveMapping(spec));
  RETURN_IF_ERROR(CheckMappingIsNew(cell));
  RETURN_IF_ERROR(EnsureDeadLetterTable(cell));
  ASSIGN_OR_RETURN(const Lsn start, StartOf(cell));
  Checkpoint checkpoint;
  checkpoint.epoch = 1;
  checkpoint.low = Position{0, start, 0};
  checkpoint.marks.resize(spec.parallelization_factor);
  CommitRequest request;
  request.cells.push_back({MappingCellKey(cell.uuid), 0, EncodeMappingCell(cell)});
  for (uint32_t shard = 0; shard < kShardCount; ++shard) {
    request.cells.push_back(
        {CheckpointCellKey(cell.uuid, ShardIndex(shard)), 0, EncodeCheckpoint(checkpoint)});
  }
  const CommitResult result = database_->CommitAndWait(std::move(request));
  RETURN_IF_ERROR(result.status);
  const std::vector<ShardStart> starts(kShardCount, ShardStart{checkpoint, result.lsn.value()});
  const auto mapping = MakeMappingRun(database_, options_, cell, starts);
  MappingDescription description;
  const bool added = broker_.Call([&] {
    broker_.AddMapping(mapping);
    description = Describe(*mapping);
  });
  if (!added) return Stopped();
  description.state = MappingState::kCreating;
  return description;
}

Status NoSuchMapping() {
  return Status(ErrorCode::kResourceNotFound, "The resource you requested does not exist.");
}

Result<MappingDescription> TriggerServiceImpl::GetEventSourceMapping(std::string_view uuid) const {
  std::optional<MappingDescription> description;
  const bool called = broker_.Call([&] {
    const auto at = broker_.mappings().find(uuid);
    if (at != broker_.mappings().end()) description = Describe(*at->second);
  });
  if (!called) return Stopped();
  if (!description) return NoSuchMapping();
  return std::move(*description);
}

std::vector<MappingDescription> TriggerServiceImpl::ListEventSourceMappings(
    std::string_view function, std::string_view event_source) const {
  std::vector<MappingDescription> list;
  broker_.Call([&] {
    for (const auto& [uuid, mapping] : broker_.mappings()) {
      const MappingCell& cell = mapping->definition();
      if (!function.empty() && cell.spec.function != FunctionNameOf(function)) continue;
      if (!event_source.empty() && cell.spec.event_source != event_source &&
          cell.table_name != event_source) {
        continue;
      }
      list.push_back(Describe(*mapping));
    }
  });
  return list;
}

Result<MappingDescription> TriggerServiceImpl::UpdateEventSourceMapping(
    const MappingUpdate& update) {
  const std::lock_guard lock(admin_mutex_);
  std::optional<MappingCell> found;
  const bool called = broker_.Call([&] {
    const auto at = broker_.mappings().find(update.uuid);
    if (at != broker_.mappings().end()) found = at->second->definition();
  });
  if (!called) return Stopped();
  if (!found) return NoSuchMapping();
  MappingCell cell = *found;
  cell.spec = Updated(cell.spec, update);
  cell.last_modified_micros = clock_->WallMicros();
  RETURN_IF_ERROR(CheckMappingSpec(cell.spec));
  RETURN_IF_ERROR(ResolveDeadLetterTable(&cell));
  RETURN_IF_ERROR(CheckMappingIsNew(cell));
  RETURN_IF_ERROR(EnsureDeadLetterTable(cell));
  RETURN_IF_ERROR(
      CommitCells({{MappingCellKey(cell.uuid), std::nullopt, EncodeMappingCell(cell)}}));
  MappingDescription description;
  const bool updated = broker_.Call([&] {
    broker_.UpdateMapping(cell);
    description = Describe(*broker_.mappings().find(cell.uuid)->second);
  });
  if (!updated) return Stopped();
  return description;
}

Result<MappingDescription> TriggerServiceImpl::DeleteEventSourceMapping(std::string_view uuid) {
  const std::lock_guard lock(admin_mutex_);
  ASSIGN_OR_RETURN(MappingDescription description, GetEventSourceMapping(uuid));
  // Paused first: a commit of its that is under way stands before the removal of the cells, and no
  // other follows. When the removal fails, it goes on.
  if (!broker_.Call([&] { broker_.PauseMapping(uuid, true); })) return Stopped();
  std::vector<CellChange> cells;
  cells.push_back({MappingCellKey(uuid), std::nullopt, std::nullopt});
  for (uint32_t shard = 0; shard < kShardCount; ++shard) {
    cells.push_back({CheckpointCellKey(uuid, ShardIndex(shard)), std::nullopt, std::nullopt});
  }
  const Status removed = CommitCells(std::move(cells));
  broker_.Call([&] {
    if (removed.ok()) {
      broker_.RemoveMapping(uuid);
    } else {
      broker_.PauseMapping(uuid, false);
    }
  });
  RETURN_IF_ERROR(removed);
  description.state = MappingState::kDeleting;
  return description;
}

TriggerStatus TriggerServiceImpl::GetStatus() const {
  TriggerStatus status;
  broker_.Call([&] {
    status = broker_.Counters();
    for (const auto& [name, function] : broker_.functions()) {
      status.processes += static_cast<uint32_t>(function->workers.size());
      status.ready_processes += function->CountReady();
    }
    status.functions = static_cast<uint32_t>(broker_.functions().size());
    status.mappings = static_cast<uint32_t>(broker_.mappings().size());
  });
  status.sandboxed = options_.sandboxed;
  if (!options_.sandbox.ok()) status.sandbox_problem = options_.sandbox.message();
  return status;
}

Lsn TriggerServiceImpl::OldestNeeded() const {
  // When stopped: nobody knows, so nothing may go.
  Lsn oldest(0);
  broker_.Call([&] {
    oldest = Lsn(UINT64_MAX);
    for (const auto& [uuid, mapping] : broker_.mappings()) {
      if (!mapping->definition().spec.enabled) continue;
      for (const ShardRun& shard : mapping->shards) {
        if (!shard.settled()) oldest = std::min(oldest, shard.machine.checkpoint().low.lsn);
      }
    }
  });
  return oldest;
}

}  // namespace

Result<std::unique_ptr<TriggerService>> TriggerService::Start(Database* database, Spawner* spawner,
                                                              const Clock* clock,
                                                              const TriggerOptions& options) {
  auto service = std::make_unique<TriggerServiceImpl>(database, spawner, clock, options);
  RETURN_IF_ERROR(service->LoadAndStart());
  return std::unique_ptr<TriggerService>(std::move(service));
}

}  // namespace millrace
