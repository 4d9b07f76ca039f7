#include "server/protocol/cdc_json.h"

#include <string>

#include "server/protocol/gap_json.h"
#include "server/protocol/member_json.h"

namespace millrace {
namespace {

void WriteBool(std::string_view name, bool value, JsonWriter* writer) {
  writer->Key(name);
  writer->Bool(value);
}

void WriteTime(std::string_view name, int64_t micros, JsonWriter* writer) {
  writer->Key(name);
  writer->Timestamp(micros);
}

void WriteSpec(const PipelineDefinition& definition, JsonWriter* writer) {
  const PipelineSpec& spec = definition.spec;
  WriteText("TableName", spec.table, writer);
  WriteNumber("TableId", definition.table.value(), writer);
  WriteText("Directory", spec.directory, writer);
  WriteText("StreamViewType", WireName(definition.view), writer);
  WriteBool("Snapshot", spec.snapshot, writer);
  WriteText("StartingPosition", WireName(spec.start), writer);
  WriteNumber("RollBytes", spec.roll_bytes, writer);
  WriteNumber("RollSeconds", spec.roll_seconds, writer);
  WriteNumber("CompressionLevel", spec.compression_level, writer);
  WriteTime("CreationDateTime", definition.created_micros, writer);
}

void WriteState(const CdcState& state, JsonWriter* writer) {
  WriteText("SnapshotState", WireName(state.snapshot), writer);
  WriteNumber("Files", state.files, writer);
  WriteNumber("Records", state.records, writer);
  WriteNumber("SnapshotRecords", state.snapshot_records, writer);
  WriteNumber("Bytes", state.bytes, writer);
  WriteNumber("UncompressedBytes", state.uncompressed_bytes, writer);
  WriteGaps(state.gaps, writer);
  WriteNumber("IncompleteRecords", state.incomplete_records, writer);
  WriteNumber("ThroughLsn", state.through.value(), writer);
  if (state.last_file_micros != 0) WriteTime("LastFileDateTime", state.last_file_micros, writer);
}

}  // namespace

void WritePipeline(const PipelineDescription& pipeline, JsonWriter* writer) {
  const PipelineProgress& progress = pipeline.progress;
  writer->BeginObject();
  WriteText("PipelineName", progress.definition.spec.name, writer);
  WriteText("PipelineId", progress.definition.id, writer);
  WriteText("State", WireName(progress.state), writer);
  WriteSpec(progress.definition, writer);
  WriteState(progress.cell, writer);
  writer->Key("Lag");
  writer->BeginObject();
  WriteNumber("Commits", pipeline.lag_commits, writer);
  WriteNumber("Records", pipeline.lag_records, writer);
  WriteBool("RecordsAreMore", pipeline.lag_is_more, writer);
  WriteMillis("Milliseconds", pipeline.lag_micros, writer);
  writer->EndObject();
  if (!progress.last_error.empty()) {
    WriteText("LastError", progress.last_error, writer);
    WriteTime("LastErrorDateTime", progress.last_error_micros, writer);
  }
  WriteNumber("FailedAttempts", progress.failed_attempts, writer);
  writer->EndObject();
}

void WriteCdcVerifyReport(const CdcVerifyReport& report, JsonWriter* writer) {
  writer->BeginObject();
  WriteBool("Intact", report.problems.count == 0, writer);
  WriteNumber("ProblemCount", report.problems.count, writer);
  writer->Key("Problems");
  writer->BeginArray();
  for (const std::string& problem : report.problems.shown) writer->String(problem);
  writer->EndArray();
  WriteText("PipelineName", report.header.name, writer);
  WriteText("TableName", report.header.table_name, writer);
  WriteNumber("Files", report.files, writer);
  WriteNumber("Records", report.records, writer);
  WriteNumber("SnapshotRecords", report.snapshot_records, writer);
  if (report.header.snapshot) {
    WriteBool("SnapshotComplete", report.snapshot_complete, writer);
  }
  WriteNumber("Bytes", report.bytes, writer);
  WriteNumber("Gaps", report.gaps, writer);
  WriteNumber("UnlistedFiles", report.unlisted, writer);
  WriteNumber("ThroughLsn", report.through.value(), writer);
  WriteBool("Ended", report.ended, writer);
  if (report.log_from.has_value()) {
    WriteNumber("LogFromLsn", report.log_from->value(), writer);
    WriteNumber("LogRecords", report.log_records, writer);
  }
  writer->EndObject();
}

}  // namespace millrace
