#include "triggers/trigger_load.h"

#include <utility>

#include "streams/stream_names.h"

namespace millrace {

std::shared_ptr<MappingRun> MakeMappingRun(Database* database, const TriggerOptions& options,
                                           const MappingCell& cell,
                                           const std::vector<ShardStart>& starts) {
  auto mapping = std::make_shared<MappingRun>();
  mapping->cell = cell;
  const TableRef table = database->FindTable(cell.table);
  const StreamWindow* window = table == nullptr ? nullptr : table->FindStream(cell.stream_label);
  DeliveryRules rules;
  rules.batch_size = cell.spec.batch_size;
  rules.batch_bytes = kBatchBytesMax;
  rules.window_nanos = int64_t{cell.spec.batching_window_seconds} * 1'000'000'000;
  rules.maximum_retry_attempts = cell.spec.maximum_retry_attempts;
  if (cell.spec.maximum_record_age_seconds >= 0) {
    rules.maximum_age_micros = int64_t{cell.spec.maximum_record_age_seconds} * 1'000'000;
  }
  rules.bisect = cell.spec.bisect_batch_on_function_error;
  rules.has_dead_letters = !cell.spec.dead_letter_table.empty();
  rules.backoff_nanos = int64_t{options.retry_backoff.count()} * 1'000'000;
  rules.backoff_max_nanos = int64_t{options.retry_backoff_max.count()} * 1'000'000;
  for (uint32_t i = 0; i < starts.size(); ++i) {
    const ShardIndex index(i);
    mapping->shards.emplace_back(database, cell.table, index, rules,
                                 DealAgain(starts[i].checkpoint, cell.spec.parallelization_factor),
                                 starts[i].cell_version);
    ShardRun& shard = mapping->shards.back();
    shard.cell_key = CheckpointCellKey(cell.uuid, index);
    shard.shard_id =
        window == nullptr ? "shard " + std::to_string(i) : ShardIdOf(*table, *window, index);
  }
  if (!options.sandbox.ok()) mapping->last_result = "PROBLEM: " + options.sandbox.message();
  return mapping;
}

namespace {

Result<std::vector<ShardStart>> TakeOver(Database* database, const MappingCell& cell) {
  std::vector<ShardStart> starts;
  CommitRequest request;
  for (uint32_t i = 0; i < kShardCount; ++i) {
    const std::string key = CheckpointCellKey(cell.uuid, ShardIndex(i));
    ASSIGN_OR_RETURN(const std::optional<Cell> stored, database->ReadCell(key));
    if (!stored) return Status(ErrorCode::kCorruption, "The cell " + key + " is missing.");
    ASSIGN_OR_RETURN(Checkpoint checkpoint, DecodeCheckpoint(stored->value));
    ++checkpoint.epoch;
    request.cells.push_back({key, stored->version, EncodeCheckpoint(checkpoint)});
    starts.push_back({std::move(checkpoint), 0});
  }
  const CommitResult result = database->CommitAndWait(std::move(request));
  RETURN_IF_ERROR(result.status);
  for (ShardStart& start : starts) start.cell_version = result.lsn.value();
  return starts;
}

}  // namespace

Status LoadTriggers(Database* database, const TriggerOptions& options, Broker* broker) {
  ASSIGN_OR_RETURN(const auto functions, database->ListCells(kFunctionCellPrefix));
  for (const auto& [key, stored] : functions) {
    ASSIGN_OR_RETURN(FunctionCell cell, DecodeFunctionCell(stored.value));
    broker->AddFunction(std::move(cell));
  }
  ASSIGN_OR_RETURN(const auto mappings, database->ListCells(kMappingCellPrefix));
  for (const auto& [key, stored] : mappings) {
    ASSIGN_OR_RETURN(const MappingCell cell, DecodeMappingCell(stored.value));
    ASSIGN_OR_RETURN(const std::vector<ShardStart> starts, TakeOver(database, cell));
    broker->AddMapping(MakeMappingRun(database, options, cell, starts));
  }
  return Status::Ok();
}

}  // namespace millrace
