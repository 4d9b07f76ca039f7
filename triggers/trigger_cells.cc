#include "triggers/trigger_cells.h"

#include "engine/base/coding.h"
#include "triggers/trigger_cell_coding.h"

// Every value: version u8, then the fields in order; integers little-endian, text with a varint
// length. Nothing may follow.
namespace millrace {
namespace {

constexpr uint8_t kFunctionVersion = 2;  // 1 had no processes
// 1 ended with the time of the last change.
constexpr uint8_t kMappingVersion = 2;

bool TakeEnvironment(std::string_view* in, EnvironmentVariables* environment) {
  uint64_t count = 0;
  if (!TakeVarint(in, &count)) return false;
  for (uint64_t i = 0; i < count; ++i) {
    std::pair<std::string, std::string> variable;
    if (!TakeText(in, &variable.first) || !TakeText(in, &variable.second)) return false;
    environment->push_back(std::move(variable));
  }
  return true;
}

// Bits of a mapping's flags.
constexpr uint8_t kBisect = 1;
constexpr uint8_t kReport = 2;

bool TakeVersion2(std::string_view* in, MappingSpec* spec) {
  uint8_t flags = 0;
  const bool ok = TakeLittle(in, &spec->batching_window_seconds) &&
                  TakeLittle(in, &spec->maximum_record_age_seconds) &&
                  TakeLittle(in, &spec->parallelization_factor) && TakeLittle(in, &flags) &&
                  TakeLittle(in, &spec->starting_timestamp_micros);
  spec->bisect_batch_on_function_error = (flags & kBisect) != 0;
  spec->report_batch_item_failures = (flags & kReport) != 0;
  return ok && (flags & ~(kBisect | kReport)) == 0;
}

}  // namespace

std::string FunctionCellKey(std::string_view name) {
  return std::string(kFunctionCellPrefix).append(name);
}

std::string MappingCellKey(std::string_view uuid) {
  return std::string(kMappingCellPrefix).append(uuid);
}

std::string CheckpointCellKey(std::string_view uuid, ShardIndex shard) {
  return std::string(kCheckpointCellPrefix)
      .append(uuid)
      .append("/")
      .append(std::to_string(shard.value()));
}

std::string EncodeFunctionCell(const FunctionCell& cell) {
  std::string out(1, kFunctionVersion);
  PutPrefixed(&out, cell.spec.name);
  PutPrefixed(&out, cell.spec.executable);
  PutLittle(&out, cell.spec.timeout_seconds);
  PutLittle(&out, cell.spec.memory_mb);
  PutPrefixed(&out, cell.spec.description);
  PutVarint(&out, cell.spec.environment.size());
  for (const auto& [name, value] : cell.spec.environment) {
    PutPrefixed(&out, name);
    PutPrefixed(&out, value);
  }
  PutPrefixed(&out, cell.digest);
  PutLittle(&out, cell.last_modified_micros);
  PutLittle(&out, cell.spec.processes);
  return out;
}

Result<FunctionCell> DecodeFunctionCell(std::string_view in) {
  ASSIGN_OR_RETURN(const uint8_t version, TakeCellVersion(&in, kFunctionVersion, "function"));
  FunctionCell cell;
  const bool ok = TakeText(&in, &cell.spec.name) && TakeText(&in, &cell.spec.executable) &&
                  TakeLittle(&in, &cell.spec.timeout_seconds) &&
                  TakeLittle(&in, &cell.spec.memory_mb) && TakeText(&in, &cell.spec.description) &&
                  TakeEnvironment(&in, &cell.spec.environment) && TakeText(&in, &cell.digest) &&
                  TakeLittle(&in, &cell.last_modified_micros) &&
                  (version < 2 || TakeLittle(&in, &cell.spec.processes)) && in.empty();
  const bool sane = cell.spec.processes >= 1 && cell.spec.processes <= kFunctionProcessesMax;
  if (!ok || !sane) return BrokenCell("function");
  return cell;
}

std::string EncodeMappingCell(const MappingCell& cell) {
  std::string out(1, kMappingVersion);
  PutPrefixed(&out, cell.uuid);
  PutPrefixed(&out, cell.spec.function);
  PutPrefixed(&out, cell.spec.event_source);
  PutLittle(&out, cell.table.value());
  PutPrefixed(&out, cell.table_name);
  PutPrefixed(&out, cell.stream_label);
  PutLittle(&out, cell.spec.batch_size);
  PutLittle(&out, static_cast<uint8_t>(cell.spec.starting_position));
  PutLittle(&out, cell.spec.maximum_retry_attempts);
  PutLittle(&out, static_cast<uint8_t>(cell.spec.enabled));
  PutPrefixed(&out, cell.spec.dead_letter_table);
  PutLittle(&out, cell.last_modified_micros);
  PutLittle(&out, cell.spec.batching_window_seconds);
  PutLittle(&out, cell.spec.maximum_record_age_seconds);
  PutLittle(&out, cell.spec.parallelization_factor);
  PutLittle(&out, static_cast<uint8_t>((cell.spec.bisect_batch_on_function_error ? kBisect : 0) |
                                       (cell.spec.report_batch_item_failures ? kReport : 0)));
  PutLittle(&out, cell.spec.starting_timestamp_micros);
  return out;
}

Result<MappingCell> DecodeMappingCell(std::string_view in) {
  ASSIGN_OR_RETURN(const uint8_t version, TakeCellVersion(&in, kMappingVersion, "mapping"));
  MappingCell cell;
  uint32_t table = 0;
  uint8_t starting_position = 0;
  uint8_t enabled = 0;
  const bool ok = TakeText(&in, &cell.uuid) && TakeText(&in, &cell.spec.function) &&
                  TakeText(&in, &cell.spec.event_source) && TakeLittle(&in, &table) &&
                  TakeText(&in, &cell.table_name) && TakeText(&in, &cell.stream_label) &&
                  TakeLittle(&in, &cell.spec.batch_size) && TakeLittle(&in, &starting_position) &&
                  TakeLittle(&in, &cell.spec.maximum_retry_attempts) && TakeLittle(&in, &enabled) &&
                  TakeText(&in, &cell.spec.dead_letter_table) &&
                  TakeLittle(&in, &cell.last_modified_micros) &&
                  (version < 2 || TakeVersion2(&in, &cell.spec)) && in.empty();
  const bool sane = cell.spec.batch_size >= 1 && cell.spec.batch_size <= kBatchSizeMax &&
                    cell.spec.parallelization_factor >= 1 &&
                    cell.spec.parallelization_factor <= kParallelizationFactorMax &&
                    starting_position <= 2 && enabled <= 1;
  if (!ok || !sane) return BrokenCell("mapping");
  cell.table = TableId(table);
  cell.spec.starting_position = static_cast<StartingPosition>(starting_position);
  cell.spec.enabled = enabled == 1;
  return cell;
}

}  // namespace millrace
