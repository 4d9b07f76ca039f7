#include "connectors/cdc/cdc_cells.h"

#include "engine/base/coding.h"

namespace millrace {
namespace {

constexpr uint8_t kPipelineVersion = 1;
constexpr uint8_t kProgressVersion = 2;

Status Broken() {
  return Status(ErrorCode::kCorruption, "The cell of a pipeline is damaged.");
}

// From 1 to `newest`.
Result<uint8_t> TakeVersion(std::string_view* in, uint8_t newest) {
  uint8_t version = 0;
  if (!TakeLittle(in, &version) || version == 0) return Broken();
  if (version <= newest) return version;
  return Status(ErrorCode::kUnsupportedFormat,
                "The cell of a pipeline was written by a newer version of Millrace.");
}

bool TakeText(std::string_view* in, std::string* text) {
  std::string_view view;
  if (!TakePrefixed(in, &view)) return false;
  text->assign(view);
  return true;
}

template <typename E>
bool TakeEnum(std::string_view* in, E last, E* value) {
  uint8_t byte = 0;
  if (!TakeLittle(in, &byte) || byte > static_cast<uint8_t>(last)) return false;
  *value = static_cast<E>(byte);
  return true;
}

bool TakeBool(std::string_view* in, bool* value) {
  uint8_t byte = 0;
  if (!TakeLittle(in, &byte) || byte > 1) return false;
  *value = byte == 1;
  return true;
}

bool TakeLsn(std::string_view* in, Lsn* lsn) {
  uint64_t value = 0;
  if (!TakeLittle(in, &value)) return false;
  *lsn = Lsn(value);
  return true;
}

void PutByte(std::string* out, uint8_t byte) {
  out->push_back(static_cast<char>(byte));
}

void PutState(std::string* out, const CdcState& state) {
  PutLittle(out, state.manifest_bytes);
  PutLittle(out, state.cursor.value());
  PutLittle(out, state.through.value());
  PutByte(out, static_cast<uint8_t>(state.snapshot));
  PutPrefixed(out, state.frontier);
  PutLittle(out, state.snapshot_files);
  PutLittle(out, state.files);
  PutLittle(out, state.records);
  PutLittle(out, state.snapshot_records);
  PutLittle(out, state.bytes);
  PutLittle(out, state.uncompressed_bytes);
  PutGaps(state.gaps, out);
  PutLittle(out, state.incomplete_records);
  PutLittle(out, state.last_file_micros);
  PutByte(out, state.ended ? 1 : 0);
}

// Version 1 had the number of commits in all gaps, which says neither how many gaps nor where: one
// gap that ends where the manifest does.
bool TakeStateGaps(std::string_view* in, uint8_t version, CdcState* state) {
  if (version > 1) return TakeGaps(in, &state->gaps);
  uint64_t commits = 0;
  if (!TakeLittle(in, &commits)) return false;
  if (commits > 0) state->gaps.Add({Lsn(), state->through});
  return true;
}

bool TakeState(std::string_view* in, uint8_t version, CdcState* state) {
  return TakeLittle(in, &state->manifest_bytes) && TakeLsn(in, &state->cursor) &&
         TakeLsn(in, &state->through) && TakeEnum(in, SnapshotPhase::kAborted, &state->snapshot) &&
         TakeText(in, &state->frontier) && TakeLittle(in, &state->snapshot_files) &&
         TakeLittle(in, &state->files) && TakeLittle(in, &state->records) &&
         TakeLittle(in, &state->snapshot_records) && TakeLittle(in, &state->bytes) &&
         TakeLittle(in, &state->uncompressed_bytes) && TakeStateGaps(in, version, state) &&
         TakeLittle(in, &state->incomplete_records) && TakeLittle(in, &state->last_file_micros) &&
         TakeBool(in, &state->ended);
}

bool TakePending(std::string_view* in, uint8_t version, PendingLine* pending) {
  return TakeText(in, &pending->file_name) && TakeLittle(in, &pending->file.bytes) &&
         TakeText(in, &pending->file.sha256) && TakeText(in, &pending->line) &&
         TakeState(in, version, &pending->after);
}

bool TakeSpec(std::string_view* in, PipelineDefinition* definition) {
  PipelineSpec* spec = &definition->spec;
  uint32_t table = 0;
  if (!TakeText(in, &definition->id) || !TakeText(in, &spec->name) || !TakeText(in, &spec->table) ||
      !TakeLittle(in, &table) || !TakeText(in, &definition->table_uuid) ||
      !TakeText(in, &spec->directory) || !TakeBool(in, &spec->snapshot) ||
      !TakeEnum(in, CdcStart::kTrimHorizon, &spec->start) ||
      !TakeEnum(in, StreamViewType::kNewAndOldImages, &definition->view) ||
      !TakeLittle(in, &spec->roll_bytes) || !TakeLittle(in, &spec->roll_seconds) ||
      !TakeLittle(in, &spec->compression_level) || !TakeBool(in, &spec->paused)) {
    return false;
  }
  definition->table = TableId(table);
  spec->view = definition->view;
  return TakeLsn(in, &definition->start_after) && TakeLittle(in, &definition->created_micros);
}

}  // namespace

std::string PipelineCellKey(std::string_view name) {
  return std::string(kPipelineCellPrefix).append(name);
}

std::string CdcProgressCellKey(std::string_view id) {
  return std::string(kCdcProgressCellPrefix).append(id);
}

std::string_view WireName(SnapshotPhase phase) {
  constexpr std::string_view kNames[] = {"NONE", "RUNNING", "COMPLETE", "ABORTED"};
  return kNames[static_cast<size_t>(phase)];
}

std::string EncodePipelineCell(const PipelineDefinition& definition) {
  const PipelineSpec& spec = definition.spec;
  std::string out(1, kPipelineVersion);
  PutPrefixed(&out, definition.id);
  PutPrefixed(&out, spec.name);
  PutPrefixed(&out, spec.table);
  PutLittle(&out, definition.table.value());
  PutPrefixed(&out, definition.table_uuid);
  PutPrefixed(&out, spec.directory);
  PutByte(&out, spec.snapshot ? 1 : 0);
  PutByte(&out, static_cast<uint8_t>(spec.start));
  PutByte(&out, static_cast<uint8_t>(definition.view));
  PutLittle(&out, spec.roll_bytes);
  PutLittle(&out, spec.roll_seconds);
  PutLittle(&out, spec.compression_level);
  PutByte(&out, spec.paused ? 1 : 0);
  PutLittle(&out, definition.start_after.value());
  PutLittle(&out, definition.created_micros);
  return out;
}

Result<PipelineDefinition> DecodePipelineCell(std::string_view bytes) {
  RETURN_IF_ERROR(TakeVersion(&bytes, kPipelineVersion).status());
  PipelineDefinition definition;
  if (!TakeSpec(&bytes, &definition) || !bytes.empty()) return Broken();
  return definition;
}

std::string EncodeProgressCell(const CdcProgress& progress) {
  std::string out(1, kProgressVersion);
  PutState(&out, progress.state);
  PutByte(&out, progress.pending.has_value() ? 1 : 0);
  if (progress.pending.has_value()) {
    PutPrefixed(&out, progress.pending->file_name);
    PutLittle(&out, progress.pending->file.bytes);
    PutPrefixed(&out, progress.pending->file.sha256);
    PutPrefixed(&out, progress.pending->line);
    PutState(&out, progress.pending->after);
  }
  return out;
}

Result<CdcProgress> DecodeProgressCell(std::string_view bytes) {
  ASSIGN_OR_RETURN(const uint8_t version, TakeVersion(&bytes, kProgressVersion));
  CdcProgress progress;
  bool pending = false;
  if (!TakeState(&bytes, version, &progress.state) || !TakeBool(&bytes, &pending)) return Broken();
  if (pending && !TakePending(&bytes, version, &progress.pending.emplace())) return Broken();
  if (!bytes.empty()) return Broken();
  return progress;
}

}  // namespace millrace
