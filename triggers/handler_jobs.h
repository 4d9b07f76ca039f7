#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/status.h"
#include "engine/database.h"
#include "streams/reader_pins.h"
#include "triggers/broker.h"
#include "triggers/dead_letter_store.h"
#include "triggers/job.h"
#include "triggers/replay.h"
#include "triggers/trigger_service.h"

namespace millrace {

// Whose dead letters: a mapping's, by its uuid. Of a mapping that was deleted, `table` says where
// they are; of one that is there, it is not needed.
struct DeadLetterScope {
  std::string mapping;
  std::string table;
};

struct RedriveRequest {
  DeadLetterScope letters;
  std::string function;                // name or ARN; empty: the mapping's
  std::string sequence_number;         // of one; empty: all
  std::optional<uint32_t> batch_size;  // the mapping's
};

// Where in the log: absent, or a time, or a sequence number.
struct LogPlaceRequest {
  std::optional<int64_t> micros;
  std::string sequence_number;
};

struct ReplayRequest {
  std::string function;  // name or ARN
  std::string table;
  LogPlaceRequest from;  // absent: the oldest record there is
  LogPlaceRequest to;    // included; absent: the newest at the start
  ReplayMode mode = ReplayMode::kPrint;
  std::string prefix;  // kInto
  // Of kInto: (table, the one that stands for it). Of kCompare: tables that the function reads
  // before it writes to them; the second is empty.
  std::vector<std::pair<std::string, std::string>> tables;
  bool without_old_images = false;
  std::optional<uint32_t> batch_size;
};

// What functions are run for beside their mappings, and the dead letters. Thread-safe; waits for
// the disk, a commit, or the trigger thread: not for request threads.
class HandlerJobs {
 public:
  // All outlive it.
  HandlerJobs(Database* database, Spawner* spawner, const Clock* clock,
              const TriggerOptions* options, Broker* broker);

  // kResourceNotFound (mapping, table, function), kInvalidParameterValue, kResourceConflict (it is
  // running), kThrottling, kUnavailable.
  Result<JobDescription> StartRedrive(const RedriveRequest& request);
  // kResourceNotFound (function, table), kInvalidParameterValue (also when the log no longer
  // reaches back to `from`), kResourceConflict (the table is replayed already), kThrottling,
  // kUnavailable.
  Result<JobDescription> StartReplay(const ReplayRequest& request);
  // kResourceNotFound.
  Result<JobDescription> DescribeJob(std::string_view id) const;
  std::vector<JobDescription> ListJobs() const { return jobs_.List(); }
  Result<JobDescription> StopJob(std::string_view id);
  Result<JobOutput> ReadOutput(std::string_view id, uint64_t cursor, size_t limit);
  // The log is kept for these: replays that run. One that ended with its server, even by a crash,
  // doesn't go on, so it needs nothing.
  LogPinSource* log_readers() { return &log_readers_; }
  // Ends all jobs.
  void Stop() { jobs_.Stop(); }

  Result<DeadLetterPage> ListDeadLetters(const DeadLetterScope& scope, std::string_view after,
                                         size_t limit) const;
  Result<DeadLetter> GetDeadLetter(const DeadLetterScope& scope,
                                   std::string_view sequence_number) const;
  // These, or with none all that there are now. How many were deleted.
  Result<uint64_t> DeleteDeadLetters(const DeadLetterScope& scope,
                                     const std::vector<std::string>& sequence_numbers);

 private:
  struct Found {
    TableRef table;
    std::optional<MappingCell> mapping;
  };
  Result<Found> Find(const DeadLetterScope& scope) const;
  Result<FunctionCell> FindFunction(std::string_view name) const;
  Result<uint64_t> DeleteLetters(const TableRef& table, const std::vector<DeadLetter>& letters);
  Result<ReplaySpec> ResolveReplay(const ReplayRequest& request) const;
  Status ResolveRange(const ReplayRequest& request, ReplaySpec* spec) const;
  Status ResolveTables(const ReplayRequest& request, ReplaySpec* spec) const;
  Status RunReplay(const FunctionCell& function, ReplaySpec spec, ReaderPins::Hold* kept, Job* job);
  // What comparisons left that were killed.
  void RemoveLeftovers();
  // What a session does with output and Gets.
  HandlerSession::Callbacks CallbacksFor(const std::string& function, const Job& job) const;

  Database* database_;
  Spawner* spawner_;
  const Clock* clock_;
  const TriggerOptions* options_;
  Broker* broker_;
  ReaderPins log_readers_;
  JobRunner jobs_;
};

}  // namespace millrace
