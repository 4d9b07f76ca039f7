#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "connectors/cdc/pipeline.h"

namespace millrace {

enum class PipelineState : uint8_t { kRunning, kPaused, kRetrying, kEnded };
std::string_view WireName(PipelineState state);  // RUNNING, PAUSED, RETRYING, ENDED

// How a pipeline is, as of its last step.
struct PipelineProgress {
  PipelineDefinition definition;
  PipelineState state = PipelineState::kRunning;
  CdcState cell;
  Lsn read_to;
  uint64_t open_records = 0;       // read, and in no listed file yet
  int64_t oldest_open_micros = 0;  // the commit time of the oldest of them
  std::string pending_file;        // may be in the directory and not in the manifest yet
  std::string last_error;          // also after it was overcome
  int64_t last_error_micros = 0;
  uint32_t failed_attempts = 0;  // in a row
};

// A thread for a pipeline: waits for commits and for the time at which a file is due, tries again
// after errors (a full disk, a directory gone), later each time. Thread-safe.
class PipelineRunner final : public CommitListener {
 public:
  // From 250 ms, doubled with each attempt.
  static constexpr int64_t kRetryMillis = 250;
  static constexpr int64_t kRetryMillisMax = 30'000;

  // `report` gets a line for people when things go wrong, and when they go on.
  PipelineRunner(const Pipeline::Parts& parts, PipelineDefinition definition, CdcProgress progress,
                 uint64_t version, std::function<void(const std::string&)> report);
  ~PipelineRunner() override;

  void Start();
  // Ends the step under way; nothing runs afterwards.
  void Stop();
  // Also ends a wait after an error.
  void Change(const PipelineSpec& spec);
  PipelineProgress Describe() const;
  // Removes what Stop left of an unfinished file.
  void RemoveOpenFile() { pipeline_.Abandon(); }

  void OnApplied(Lsn applied) override;

 private:
  void Run();
  bool TakeChange();
  void Publish(PipelineState state);
  bool Overcome(const Pipeline::Turn& turn) const;
  void OnError(const Status& error);
  void Wait(const Pipeline::Turn& turn);
  void WaitUntil(Lsn wake_at, int64_t nanos);

  Database* const database_;
  const Clock* const clock_;
  const std::function<void(const std::string&)> report_;
  Pipeline pipeline_;  // of the thread, once it runs
  Lsn waited_at_;      // where the last wait began
  uint32_t failed_attempts_ = 0;
  uint64_t failed_at_ = 0;  // the manifest's length at the last failure
  bool deleted_ = false;

  std::atomic<uint64_t> wake_at_{UINT64_MAX};  // a greater lsn wakes the thread
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  bool changed_ = false;
  PipelineSpec spec_;
  PipelineProgress described_;
  std::thread thread_;
};

}  // namespace millrace
