#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/status.h"
#include "sdk/frames.h"

// Work that takes a while and that somebody watches: a redrive, a replay. Each has a thread of its
// own; few run at once; what it says for its watcher is bounded.
namespace millrace {

enum class JobState : uint8_t { kRunning, kSucceeded, kFailed, kStopped };
std::string_view WireName(JobState state);  // RUNNING, SUCCEEDED, FAILED, STOPPED

// Items of a table as a replay made them, and as they are.
struct ItemCounts {
  std::string table;
  uint64_t equal = 0;
  uint64_t different = 0;
  uint64_t only_replayed = 0;
  uint64_t only_live = 0;
  uint64_t differences() const { return different + only_replayed + only_live; }
};

struct JobDescription {
  std::string id;
  std::string kind;      // redrive, replay
  std::string function;  // its name
  std::string source;    // a mapping's uuid, or a table's name
  JobState state = JobState::kRunning;
  std::string message;  // why it failed; else what there is to say
  int64_t started_micros = 0;
  int64_t ended_micros = 0;    // 0: it runs
  uint64_t records_total = 0;  // 0: not known
  uint64_t records_done = 0;
  uint64_t records_failed = 0;
  uint64_t records_skipped = 0;  // behind one of their key that failed
  uint64_t writes = 0;           // that the function asked for
  uint64_t position_done = 0;    // of a replay: commits of the log
  uint64_t position_total = 0;
  std::vector<ItemCounts> items;   // of a comparison, by table
  uint64_t differences = 0;        // of all these tables
  uint64_t differences_shown = 0;  // as lines: the first of them
};

// Something a job has to say. What is absent is empty; items are item bytes.
struct JobLine {
  enum class Kind : uint8_t { kWrite, kError, kDifference };
  Kind kind = Kind::kWrite;
  std::string sequence_number;      // of the last record of the batch
  std::string table;                // as the function named it
  std::optional<TableWrite> write;  // kWrite
  std::string message;              // kError: what; kDifference: which kind
  std::string replayed;             // kDifference: the item that the replay made
  std::string live;                 //   and the one that is there
};

struct JobOutput {
  std::vector<JobLine> lines;
  uint64_t next = 0;  // cursor of what follows
};

// A job, as its work and its watchers see it. Thread-safe.
class Job {
 public:
  Job(JobDescription description, const Clock* clock);
  ~Job();
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  // --- the work ---
  bool stopped() const;
  int stop_fd() const { return stop_fd_; }  // readable once it is stopped
  // Waits; false: it was stopped meanwhile.
  bool WaitFor(int64_t nanos) const;
  void Update(const std::function<void(JobDescription*)>& change);
  // A line for the watcher. Waits while kOutputMax lines are unread; a watcher that is away for a
  // minute stops the job. False: stopped.
  bool Say(JobLine line);

  // --- the watchers ---
  JobDescription Describe() const;
  // Lines from `cursor` on; those before it are forgotten.
  JobOutput Read(uint64_t cursor, size_t limit);
  void Stop();

  static constexpr size_t kOutputMax = 1000;

 private:
  friend class JobRunner;
  void Finish(const Status& status);

  const Clock* clock_;
  int stop_fd_;
  mutable std::mutex mutex_;
  std::condition_variable read_;
  JobDescription description_;
  bool stopped_ = false;
  std::deque<JobLine> output_;
  uint64_t first_ = 0;  // number of output_.front()
};

// Thread-safe.
class JobRunner {
 public:
  using Work = std::function<Status(Job*)>;

  explicit JobRunner(const Clock* clock) : clock_(clock) {}
  ~JobRunner() { Stop(); }

  // `description`: kind, function, source. Errors: kThrottling when kRunningMax run,
  // kResourceConflict when one of this kind and source does, kUnavailable when stopped.
  Result<JobDescription> Start(JobDescription description, Work work);
  std::shared_ptr<Job> Find(std::string_view id) const;  // null: none, or forgotten
  std::vector<JobDescription> List() const;              // oldest first
  // Stops all and waits for them. Idempotent.
  void Stop();

  static constexpr size_t kRunningMax = 4;
  static constexpr size_t kKeptMax = 64;  // finished ones that are still described

 private:
  struct Running {
    std::shared_ptr<Job> job;
    std::thread thread;
  };
  void Reap();

  const Clock* clock_;
  mutable std::mutex mutex_;
  bool stopping_ = false;
  uint64_t started_ = 0;
  std::vector<Running> jobs_;
};

}  // namespace millrace
