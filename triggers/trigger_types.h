#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/strong_id.h"
#include "engine/model/position.h"
#include "streams/log_gap.h"

// What functions and event source mappings are, for callers of TriggerService. Names, defaults and
// limits are Lambda's; where Millrace differs, the field says so.
namespace millrace {

// Limits of a function. Source: "CreateFunction" in the Lambda API reference, "Lambda quotas".
constexpr size_t kFunctionNameSizeMax = 64;  // characters: [a-zA-Z0-9-_]+
constexpr size_t kFunctionDescriptionSizeMax = 256;
constexpr uint32_t kFunctionTimeoutMin = 1;  // seconds
constexpr uint32_t kFunctionTimeoutMax = 900;
constexpr uint32_t kFunctionTimeoutDefault = 3;
constexpr uint32_t kFunctionMemoryMin = 128;  // MB
constexpr uint32_t kFunctionMemoryMax = 10'240;
constexpr uint32_t kFunctionMemoryDefault = 512;      // Millrace; Lambda's is 128
constexpr uint32_t kFunctionProcessesMax = 64;        // Millrace; Lambda has reserved concurrency
constexpr size_t kFunctionEnvironmentSizeMax = 4096;  // bytes of all names and values

// Limits of a mapping. Source: "CreateEventSourceMapping" in the Lambda API reference.
constexpr uint32_t kBatchSizeMax = 10'000;
constexpr uint32_t kBatchSizeDefault = 100;
constexpr int32_t kRetryAttemptsMax = 10'000;  // -1: for ever
constexpr uint32_t kBatchingWindowMax = 300;   // seconds
constexpr int32_t kRecordAgeMin = 60;          // seconds; -1: no limit
constexpr int32_t kRecordAgeMax = 604'800;     // a week
constexpr uint32_t kParallelizationFactorMax = 10;
// A batch holds at most this much, whatever its BatchSize, and always at least one record. Source:
// "Lambda quotas": invocation payload (request), 6 MB.
constexpr size_t kBatchBytesMax = 6 * 1024 * 1024;

using EnvironmentVariables = std::vector<std::pair<std::string, std::string>>;  // sorted by name

struct FunctionSpec {
  std::string name;
  // On the server's machine. Copied by digest at once: what becomes of the file later is no matter.
  std::string executable;
  uint32_t timeout_seconds = kFunctionTimeoutDefault;
  uint32_t memory_mb = kFunctionMemoryDefault;
  EnvironmentVariables environment;
  std::string description;
  // Millrace: how many processes may run at once, from 1 on. The shards of a mapping, and the lanes
  // of its ParallelizationFactor, use them in parallel; one key's records still come in order.
  uint32_t processes = 1;
};

// What of a function's configuration is to change; what is absent stays.
struct FunctionChange {
  std::optional<uint32_t> timeout_seconds;
  std::optional<uint32_t> memory_mb;
  std::optional<EnvironmentVariables> environment;  // all of it
  std::optional<std::string> description;
  std::optional<uint32_t> processes;
};

struct ProcessDescription {
  int64_t pid = 0;
  std::string_view state;   // Starting, Idle, Busy, Ending
  std::string code_sha256;  // of the code that it runs
};

// Why the processes of a function come to nothing before any record reaches them.
struct StartProblem {
  std::string_view code;  // a LastUpdateStatusReasonCode of Lambda's; empty: there is none
  std::string message;
};

struct FunctionDescription {
  FunctionSpec spec;
  std::string arn;          // arn:aws:lambda:REGION:ACCOUNT:function:NAME
  std::string code_sha256;  // hex
  int64_t last_modified_micros = 0;
  // Of its processes, now. None is started while no enabled mapping needs one.
  std::vector<ProcessDescription> processes;
  uint32_t ready_processes = 0;
  // Of the last process that ended without a batch, until one is ready. It is tried again.
  StartProblem problem;
};

// kAtTimestamp is beyond AWS: Lambda has it for other kinds of streams only.
enum class StartingPosition : uint8_t { kTrimHorizon = 0, kLatest = 1, kAtTimestamp = 2 };

struct MappingSpec {
  std::string function;  // name or ARN
  // A stream's ARN, or (Millrace) a table's name: its open stream.
  std::string event_source;
  uint32_t batch_size = kBatchSizeDefault;
  StartingPosition starting_position = StartingPosition::kLatest;
  // Deliveries after the first before the records go to the dead letters. -1: for ever, as Lambda.
  int32_t maximum_retry_attempts = -1;
  // How long a batch that is not full waits for more records. 0: not at all.
  uint32_t batching_window_seconds = 0;
  // A record that is older when it would be delivered goes to the dead letters. -1: none does.
  int32_t maximum_record_age_seconds = -1;
  // A batch that fails is retried in halves; the splits use up no attempts.
  bool bisect_batch_on_function_error = false;
  // FunctionResponseTypes: ReportBatchItemFailures. From the first record that the handler reports
  // on, the batch is retried. Without it such a reply fails the whole batch (Lambda would ignore
  // the report and lose the records).
  bool report_batch_item_failures = false;
  // Batches of one shard that may be with handlers at a time; records of one item never are.
  uint32_t parallelization_factor = 1;
  int64_t starting_timestamp_micros = 0;  // of kAtTimestamp: the first record at or after it
  bool enabled = true;
  // DestinationConfig.OnFailure. A table's name (Lambda: a queue or topic); empty: records that run
  // out of attempts leave only a count and a line in the function's log. Created when there is no
  // such table, with the key `mapping` (S), `sequence_number` (S); one that exists must have this
  // key, and must not be the event source itself.
  std::string dead_letter_table;
};

// What UpdateEventSourceMapping changes: what is given.
struct MappingUpdate {
  std::string uuid;
  std::optional<std::string> function;
  std::optional<uint32_t> batch_size;
  std::optional<int32_t> maximum_retry_attempts;
  std::optional<uint32_t> batching_window_seconds;
  std::optional<int32_t> maximum_record_age_seconds;
  std::optional<bool> bisect_batch_on_function_error;
  std::optional<bool> report_batch_item_failures;
  std::optional<uint32_t> parallelization_factor;
  std::optional<bool> enabled;
  std::optional<std::string> dead_letter_table;  // empty: none from now on
};

// Enabling, Disabling, Updating: asked for, and in force as soon as the deliveries under way have
// ended.
enum class MappingState : uint8_t {
  kCreating,
  kEnabling,
  kEnabled,
  kDisabling,
  kDisabled,
  kUpdating,
  kDeleting,
};

// How far a mapping is in one shard.
struct ShardProgress {
  std::string shard_id;
  Position checkpoint;  // every record up to here is finished; lsn 0: none is
  // Commits of the log that this shard has not been read through yet. An upper bound of the records
  // left, since commits of other tables count too.
  uint64_t lag_commits = 0;
  uint64_t lag_records = 0;  // read and not finished yet
  int64_t lag_micros = 0;    // age of the oldest record known and not finished; 0: none
  // Until that record may be trimmed from the stream, unread or not; nullopt: there is none.
  std::optional<int64_t> time_to_trim_micros;
  LogGaps gaps;          // commits that were trimmed before this shard was read through them
  uint32_t attempt = 0;  // of the batch that is being retried; 0: none failed
  bool ended = false;    // the stream is closed and every record of the shard is finished
};

struct MappingDescription {
  MappingSpec spec;
  std::string uuid;
  std::string function_arn;
  std::string event_source_arn;
  std::string table_name;
  MappingState state = MappingState::kEnabled;
  std::string state_transition_reason;
  // "No records processed", "OK", "PROBLEM: ..." as Lambda shows it.
  std::string last_processing_result;
  int64_t last_modified_micros = 0;
  uint64_t records_finished = 0;  // over restarts
  uint64_t dead_letters = 0;      // over restarts; written to the dead-letter table
  uint64_t discarded = 0;         // over restarts; given up without one
  std::vector<ShardProgress> shards;
};

struct LogLine {
  int64_t time_micros = 0;
  std::string text;  // UTF-8 (repaired), no newline; cut to kLogLineSizeMax bytes
};
constexpr size_t kLogLineSizeMax = 8 * 1024;

struct LogPage {
  std::vector<LogLine> lines;
  uint64_t next = 0;     // cursor for what follows
  uint64_t skipped = 0;  // lines between the cursor and the first line here that are gone
};

struct TriggerStatus {
  bool sandboxed = true;
  std::string sandbox_problem;  // why functions are refused; empty when they are not
  uint32_t functions = 0;
  uint32_t mappings = 0;
  uint32_t processes = 0;
  uint32_t ready_processes = 0;
  // Since the start of the server.
  uint64_t invocations = 0;
  uint64_t failed_invocations = 0;
  uint64_t records_delivered = 0;
  uint64_t process_crashes = 0;
};

}  // namespace millrace
