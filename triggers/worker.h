#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "triggers/function_log.h"
#include "triggers/handler_link.h"
#include "triggers/mapping_run.h"
#include "triggers/process/output_lines.h"
#include "triggers/process/spawner.h"
#include "triggers/trigger_cells.h"

// Functions and their processes at work. Used by the broker's thread.
namespace millrace {

// What a worker is busy with.
struct Assignment {
  std::shared_ptr<MappingRun> mapping;
  size_t shard = 0;
  uint32_t lane = 0;
};

// One handler process: starting -> idle <-> busy -> dying, and from anywhere to dying. A dying one
// has been killed and is dropped when its end shows.
struct Worker {
  enum class State : uint8_t { kStarting, kIdle, kBusy, kDying };
  State state = State::kStarting;
  std::unique_ptr<HandlerLink> link;
  std::unique_ptr<HandlerProcess> process;
  std::string token;
  OutputLines output;
  bool output_open = true;
  int64_t spawned_nanos = 0;
  int64_t deadline_nanos = 0;  // of starting, or of the invocation
  uint64_t invocation_id = 0;
  int64_t invoked_nanos = 0;
  Assignment assignment;  // when busy
};

struct FunctionRun {
  FunctionRun(FunctionCell c, size_t log_lines, size_t log_bytes)
      : cell(std::move(c)), log(log_lines, log_bytes) {}

  FunctionCell cell;
  FunctionLog log;
  struct LogWaiter {
    uint64_t from;
    std::function<void()> wake;
  };
  std::vector<LogWaiter> log_waiters;
  std::vector<std::unique_ptr<Worker>> workers;
  uint32_t crashes = 0;       // since the last success
  int64_t restart_nanos = 0;  // not before

  Worker* FindIdle() const;
  uint32_t CountReady() const;  // idle and busy
};

}  // namespace millrace
