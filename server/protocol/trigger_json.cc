#include "server/protocol/trigger_json.h"

#include <cctype>
#include <limits>
#include <string>

#include "server/protocol/gap_json.h"
#include "server/protocol/member_json.h"

namespace millrace {
namespace {

Status OutOfRange(std::string_view name, int64_t value) {
  return Status(ErrorCode::kInvalidParameterValue, "Value '" + std::to_string(value) + "' at '" +
                                                       std::string(name) + "' is out of range");
}

// Lambda's text, for what a number without a sign cannot hold.
Status TooSmall(std::string_view name, int64_t value, uint32_t least) {
  std::string member(name);
  member[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(member[0])));
  return Status(ErrorCode::kInvalidParameterValue,
                "1 validation error detected: Value '" + std::to_string(value) + "' at '" + member +
                    "' failed to satisfy constraint: Member must have value greater than or equal "
                    "to " +
                    std::to_string(least));
}

template <typename T>
Result<T> ReadInteger(const Members& input, std::string_view name, T absent) {
  const auto value = input.Integer(name);
  if (!value) return absent;
  if (*value < std::numeric_limits<T>::min() || *value > std::numeric_limits<T>::max()) {
    return OutOfRange(name, *value);
  }
  return static_cast<T>(*value);
}

void WriteShardProgress(const ShardProgress& shard, JsonWriter* writer) {
  writer->BeginObject();
  WriteText("ShardId", shard.shard_id, writer);
  if (shard.checkpoint.lsn.value() != 0) {
    WriteText("Checkpoint", SequenceNumberOf(shard.checkpoint), writer);
  }
  WriteNumber("LagCommits", shard.lag_commits, writer);
  WriteNumber("LagRecords", shard.lag_records, writer);
  WriteMillis("LagMilliseconds", shard.lag_micros, writer);
  if (shard.time_to_trim_micros) {
    WriteMillis("TimeToTrimMilliseconds", *shard.time_to_trim_micros, writer);
  }
  WriteGaps(shard.gaps, writer);
  WriteNumber("Attempt", shard.attempt, writer);
  writer->Key("Ended");
  writer->Bool(shard.ended);
  writer->EndObject();
}

void WriteDestination(const MappingSpec& spec, JsonWriter* writer) {
  if (spec.dead_letter_table.empty()) return;
  writer->Key("DestinationConfig");
  writer->BeginObject();
  writer->Key("OnFailure");
  writer->BeginObject();
  WriteText("Destination", spec.dead_letter_table, writer);
  writer->EndObject();
  writer->EndObject();
}

std::string_view WireName(MappingState state) {
  switch (state) {
    case MappingState::kCreating:
      return "Creating";
    case MappingState::kEnabling:
      return "Enabling";
    case MappingState::kEnabled:
      return "Enabled";
    case MappingState::kDisabling:
      return "Disabling";
    case MappingState::kDisabled:
      return "Disabled";
    case MappingState::kUpdating:
      return "Updating";
    case MappingState::kDeleting:
      return "Deleting";
  }
  return "";
}

void WriteStartingPosition(const MappingSpec& spec, JsonWriter* writer) {
  constexpr std::string_view kNames[] = {"TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"};
  WriteText("StartingPosition", kNames[static_cast<size_t>(spec.starting_position)], writer);
  if (spec.starting_position != StartingPosition::kAtTimestamp) return;
  writer->Key("StartingPositionTimestamp");
  writer->Timestamp(spec.starting_timestamp_micros);
}

void WriteMappingSpec(const MappingSpec& spec, JsonWriter* writer) {
  WriteStartingPosition(spec, writer);
  WriteNumber("BatchSize", spec.batch_size, writer);
  WriteNumber("MaximumBatchingWindowInSeconds", spec.batching_window_seconds, writer);
  WriteNumber("ParallelizationFactor", spec.parallelization_factor, writer);
  writer->Key("MaximumRetryAttempts");
  writer->Integer(spec.maximum_retry_attempts);
  writer->Key("MaximumRecordAgeInSeconds");
  writer->Integer(spec.maximum_record_age_seconds);
  writer->Key("BisectBatchOnFunctionError");
  writer->Bool(spec.bisect_batch_on_function_error);
  writer->Key("FunctionResponseTypes");
  writer->BeginArray();
  if (spec.report_batch_item_failures) writer->String("ReportBatchItemFailures");
  writer->EndArray();
  WriteDestination(spec, writer);
}

}  // namespace

Result<uint32_t> ReadUnsigned(const Members& input, std::string_view name, uint32_t absent,
                              uint32_t least) {
  const auto value = input.Integer(name);
  if (value && *value < 0) return TooSmall(name, *value, least);
  return ReadInteger<uint32_t>(input, name, absent);
}

Result<int32_t> ReadSigned(const Members& input, std::string_view name, int32_t absent) {
  return ReadInteger<int32_t>(input, name, absent);
}

void WriteFunction(const FunctionDescription& function, JsonWriter* writer) {
  writer->BeginObject();
  WriteText("FunctionName", function.spec.name, writer);
  WriteText("FunctionArn", function.arn, writer);
  WriteText("CodeSha256", function.code_sha256, writer);
  WriteText("Description", function.spec.description, writer);
  WriteNumber("Timeout", function.spec.timeout_seconds, writer);
  WriteNumber("MemorySize", function.spec.memory_mb, writer);
  writer->Key("LastModified");
  writer->Timestamp(function.last_modified_micros);
  if (!function.spec.environment.empty()) {
    writer->Key("Environment");
    writer->BeginObject();
    writer->Key("Variables");
    writer->BeginObject();
    for (const auto& [name, value] : function.spec.environment) WriteText(name, value, writer);
    writer->EndObject();
    writer->EndObject();
  }
  WriteText("State", "Active", writer);
  const StartProblem& problem = function.problem;
  WriteText("LastUpdateStatus", problem.message.empty() ? "Successful" : "Failed", writer);
  if (!problem.message.empty()) {
    WriteText("LastUpdateStatusReason", problem.message, writer);
    WriteText("LastUpdateStatusReasonCode", problem.code, writer);
  }
  WriteText("Version", "$LATEST", writer);
  WriteNumber("Processes", function.spec.processes, writer);
  WriteNumber("ReadyProcesses", function.ready_processes, writer);
  writer->Key("RunningProcesses");
  writer->BeginArray();
  for (const ProcessDescription& process : function.processes) {
    writer->BeginObject();
    WriteNumber("Pid", static_cast<uint64_t>(process.pid), writer);
    WriteText("State", process.state, writer);
    WriteText("CodeSha256", process.code_sha256, writer);
    writer->EndObject();
  }
  writer->EndArray();
  writer->EndObject();
}

void WriteMapping(const MappingDescription& mapping, JsonWriter* writer) {
  writer->BeginObject();
  WriteText("UUID", mapping.uuid, writer);
  WriteText("FunctionArn", mapping.function_arn, writer);
  WriteText("EventSourceArn", mapping.event_source_arn, writer);
  WriteMappingSpec(mapping.spec, writer);
  WriteText("State", WireName(mapping.state), writer);
  WriteText("StateTransitionReason", mapping.state_transition_reason, writer);
  WriteText("LastProcessingResult", mapping.last_processing_result, writer);
  writer->Key("LastModified");
  writer->Timestamp(mapping.last_modified_micros);
  WriteText("TableName", mapping.table_name, writer);
  WriteNumber("RecordsProcessed", mapping.records_finished, writer);
  WriteNumber("DeadLetters", mapping.dead_letters, writer);
  WriteNumber("Discarded", mapping.discarded, writer);
  writer->Key("Shards");
  writer->BeginArray();
  for (const ShardProgress& shard : mapping.shards) WriteShardProgress(shard, writer);
  writer->EndArray();
  writer->EndObject();
}

void WriteLogPage(const LogPage& page, JsonWriter* writer) {
  writer->BeginObject();
  writer->Key("Lines");
  writer->BeginArray();
  for (const LogLine& line : page.lines) {
    writer->BeginObject();
    writer->Key("Timestamp");
    writer->Timestamp(line.time_micros);
    WriteText("Message", line.text, writer);
    writer->EndObject();
  }
  writer->EndArray();
  WriteNumber("NextCursor", page.next, writer);
  WriteNumber("SkippedLines", page.skipped, writer);
  writer->EndObject();
}

void WriteTriggerStatus(const TriggerStatus& status, JsonWriter* writer) {
  writer->BeginObject();
  writer->Key("Sandboxed");
  writer->Bool(status.sandboxed);
  if (!status.sandbox_problem.empty()) {
    WriteText("SandboxProblem", status.sandbox_problem, writer);
  }
  WriteNumber("Functions", status.functions, writer);
  WriteNumber("Mappings", status.mappings, writer);
  WriteNumber("Processes", status.processes, writer);
  WriteNumber("ReadyProcesses", status.ready_processes, writer);
  WriteNumber("Invocations", status.invocations, writer);
  WriteNumber("FailedInvocations", status.failed_invocations, writer);
  WriteNumber("RecordsDelivered", status.records_delivered, writer);
  WriteNumber("ProcessCrashes", status.process_crashes, writer);
  writer->EndObject();
}

}  // namespace millrace
