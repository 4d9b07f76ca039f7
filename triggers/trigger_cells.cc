#include "triggers/trigger_cells.h"

#include "engine/base/coding.h"
#include "triggers/checkpoint.h"

// Every value: version u8, then the fields in order; integers little-endian, text with a varint
// length. Nothing may follow.
namespace millrace {
namespace {

constexpr uint8_t kVersion = 1;
constexpr uint8_t kFunctionVersion = 2;  // 1 had no processes
constexpr uint16_t kLanesMax = 1024;

Status Broken(std::string_view what) {
  return Status(ErrorCode::kCorruption, "The cell of a " + std::string(what) + " is damaged.");
}

Result<uint8_t> TakeVersion(std::string_view* in, std::string_view what, uint8_t newest) {
  uint8_t version = 0;
  if (!TakeLittle(in, &version) || version == 0) return Broken(what);
  if (version <= newest) return version;
  return Status(ErrorCode::kUnsupportedFormat, "The cell of a " + std::string(what) +
                                                   " was written by a newer version of Millrace.");
}

bool TakeText(std::string_view* in, std::string* text) {
  std::string_view view;
  if (!TakePrefixed(in, &view)) return false;
  text->assign(view);
  return true;
}

bool TakePosition(std::string_view* in, Position* position) {
  std::string_view bytes;
  if (!TakeBytes(in, kPositionSize, &bytes)) return false;
  *position = LoadPosition(bytes.data());
  return true;
}

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
  ASSIGN_OR_RETURN(const uint8_t version, TakeVersion(&in, "function", kFunctionVersion));
  FunctionCell cell;
  const bool ok = TakeText(&in, &cell.spec.name) && TakeText(&in, &cell.spec.executable) &&
                  TakeLittle(&in, &cell.spec.timeout_seconds) &&
                  TakeLittle(&in, &cell.spec.memory_mb) && TakeText(&in, &cell.spec.description) &&
                  TakeEnvironment(&in, &cell.spec.environment) && TakeText(&in, &cell.digest) &&
                  TakeLittle(&in, &cell.last_modified_micros) &&
                  (version < 2 || TakeLittle(&in, &cell.spec.processes)) && in.empty();
  const bool sane = cell.spec.processes >= 1 && cell.spec.processes <= kFunctionProcessesMax;
  if (!ok || !sane) return Broken("function");
  return cell;
}

std::string EncodeMappingCell(const MappingCell& cell) {
  std::string out(1, kVersion);
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
  return out;
}

Result<MappingCell> DecodeMappingCell(std::string_view in) {
  RETURN_IF_ERROR(TakeVersion(&in, "mapping", kVersion).status());
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
                  TakeLittle(&in, &cell.last_modified_micros) && in.empty();
  const bool sane = cell.spec.batch_size >= 1 && cell.spec.batch_size <= kBatchSizeMax &&
                    starting_position <= 1 && enabled <= 1;
  if (!ok || !sane) return Broken("mapping");
  cell.table = TableId(table);
  cell.spec.starting_position = static_cast<StartingPosition>(starting_position);
  cell.spec.enabled = enabled == 1;
  return cell;
}

std::string EncodeCheckpoint(const Checkpoint& checkpoint) {
  std::string out(1, kVersion);
  PutLittle(&out, checkpoint.epoch);
  AppendPosition(checkpoint.low, &out);
  PutLittle(&out, static_cast<uint16_t>(checkpoint.marks.size()));
  for (const Position& mark : checkpoint.marks) AppendPosition(mark, &out);
  PutLittle(&out, checkpoint.records_finished);
  PutLittle(&out, checkpoint.dead_letters);
  PutLittle(&out, checkpoint.gap_commits);
  return out;
}

Result<Checkpoint> DecodeCheckpoint(std::string_view in) {
  RETURN_IF_ERROR(TakeVersion(&in, "checkpoint", kVersion).status());
  Checkpoint checkpoint;
  uint16_t lanes = 0;
  bool ok = TakeLittle(&in, &checkpoint.epoch) && TakePosition(&in, &checkpoint.low) &&
            TakeLittle(&in, &lanes) && lanes >= 1 && lanes <= kLanesMax;
  for (uint16_t i = 0; ok && i < lanes; ++i) {
    checkpoint.marks.emplace_back();
    ok = TakePosition(&in, &checkpoint.marks.back());
  }
  ok = ok && TakeLittle(&in, &checkpoint.records_finished) &&
       TakeLittle(&in, &checkpoint.dead_letters) && TakeLittle(&in, &checkpoint.gap_commits) &&
       in.empty();
  if (!ok) return Broken("checkpoint");
  return checkpoint;
}

}  // namespace millrace
