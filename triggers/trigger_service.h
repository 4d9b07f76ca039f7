#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/status.h"
#include "engine/database.h"
#include "streams/stream_names.h"
#include "triggers/process/spawner.h"
#include "triggers/trigger_types.h"

// Functions and event source mappings: typed calls with Lambda's names, defaults, limits and error
// texts, no JSON. Behind them one thread reads the change log, delivers batches to sandboxed
// handler processes and commits what they reply.
//
// Guarantees: records of one item are delivered in order. A batch's writes and its checkpoint are
// one commit, so the effect of a record is there exactly once although it may be delivered more
// often. A record leaves unread only as a dead letter or as a gap that the mapping reports.
//
// Definitions and progress are cells of the database; a restart goes on where the last commit was.
namespace millrace {

class HandlerJobs;

struct TriggerOptions {
  ArnScope scope;
  // What ProbeSandbox said. When it isn't OK, functions and mappings are refused with its message
  // and nothing is delivered; whoever accepts handlers without a sandbox sets
  // SandboxOptions::unsandboxed_handlers, and the probe is OK.
  Status sandbox;
  bool sandboxed = true;         // for Status
  uint32_t processes_max = 256;  // of all functions together
  uint16_t hop_limit = 16;       // handlers' writes that cause handlers' writes, at most
  size_t log_lines = 10'000;     // kept for each function
  size_t log_bytes = 4 * 1024 * 1024;
  std::chrono::milliseconds retry_backoff{100};  // doubles with each attempt, up to
  std::chrono::milliseconds retry_backoff_max{60'000};
};

// Thread-safe. Logs, AwaitLogs and CancelAwaitLogs do not block. Create, Update and Delete wait for
// a commit, and copy a file where there is code; the others wait for the trigger thread's next
// turn, which is microseconds away unless it is starting processes. So these are not for request
// threads.
class TriggerService {
 public:
  virtual ~TriggerService() = default;

  // Loads the cells and starts delivering. All pointers outlive the service. Errors: kIo,
  // kUnsupportedFormat (cells of a newer version), kCorruption.
  static Result<std::unique_ptr<TriggerService>> Start(Database* database, Spawner* spawner,
                                                       const Clock* clock,
                                                       const TriggerOptions& options);
  // Ends deliveries and processes: what was in flight is delivered again after the next start.
  // Commits under way are waited for. Later calls fail with kUnavailable. Before Database::Close.
  virtual void Stop() = 0;

  // kResourceConflict ("Function already exist: NAME"), kInvalidParameterValue, kUnavailable (no
  // sandbox).
  virtual Result<FunctionDescription> CreateFunction(const FunctionSpec& spec) = 0;
  // The next batches go to the new code; processes of the old end, busy ones after their batch. A
  // batch that failed is tried again with the new code. kResourceNotFound, kInvalidParameterValue.
  virtual Result<FunctionDescription> UpdateFunctionCode(std::string_view name,
                                                         const std::string& executable) = 0;
  // A timeout holds for the next batch; another environment or memory makes new processes, as new
  // code does. kResourceNotFound, kInvalidParameterValue.
  virtual Result<FunctionDescription> UpdateFunctionConfiguration(std::string_view name,
                                                                  const FunctionChange& change) = 0;
  // By name or ARN. kResourceNotFound ("Function not found: ARN").
  virtual Result<FunctionDescription> GetFunction(std::string_view name) const = 0;
  virtual std::vector<FunctionDescription> ListFunctions() const = 0;  // sorted by name
  // kResourceNotFound; kResourceConflict while a mapping uses it (Lambda would leave the mapping
  // dangling).
  virtual Status DeleteFunction(std::string_view name) = 0;

  // kResourceNotFound (function, table), kResourceConflict (function and stream are mapped
  // already), kInvalidParameterValue (limits, no stream), kUnavailable (no sandbox).
  virtual Result<MappingDescription> CreateEventSourceMapping(const MappingSpec& spec) = 0;
  // kResourceNotFound ("The resource you requested does not exist.").
  virtual Result<MappingDescription> GetEventSourceMapping(std::string_view uuid) const = 0;
  // Sorted by uuid; all, or those of a function (name or ARN) and of an event source (ARN or table
  // name) where given.
  virtual std::vector<MappingDescription> ListEventSourceMappings(
      std::string_view function, std::string_view event_source) const = 0;
  // The definition is stored at once, and in force when the deliveries under way have ended
  // (MappingState); a later update takes the place of one that still waits for that. Attempts at a
  // batch that failed are counted anew. kResourceNotFound (mapping, function), kResourceConflict,
  // kInvalidParameterValue.
  virtual Result<MappingDescription> UpdateEventSourceMapping(const MappingUpdate& update) = 0;
  // Its last state. What is in flight is neither committed nor delivered again.
  virtual Result<MappingDescription> DeleteEventSourceMapping(std::string_view uuid) = 0;

  // What a function printed and what became of its processes, from cursor `from` (0: the oldest
  // kept) on. Lines are gone with the server. kResourceNotFound.
  virtual Result<LogPage> Logs(std::string_view function, uint64_t from,
                               size_t limit = 1000) const = 0;
  // Calls `wake` once, on the trigger thread or this one, as soon as there is a line at or after
  // `from`: at once when there is one, and also when the function is deleted, the service stops or
  // 256 others wait for the function since. It must not block. The number is for CancelAwaitLogs,
  // by whoever waits no longer; 0: nothing waits.
  virtual uint64_t AwaitLogs(std::string_view function, uint64_t from,
                             std::function<void()> wake) = 0;
  virtual void CancelAwaitLogs(std::string_view function, uint64_t waiter) = 0;

  virtual TriggerStatus GetStatus() const = 0;

  // Redrives of dead letters and replays; lives as long as the service.
  virtual HandlerJobs* jobs() = 0;

  // The oldest lsn that an enabled mapping still has to read: the log is kept from there on.
  // Lsn(UINT64_MAX) when none needs any.
  virtual Lsn OldestNeeded() const = 0;
};

}  // namespace millrace
