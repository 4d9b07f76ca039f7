#pragma once

#include <cstdint>
#include <deque>
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
  std::string digest;       // of the code that it runs
  uint64_t generation = 0;  // of its function, when it was started
  bool retired = false;     // ended because its function has changed: no crash
  OutputLines output;
  bool output_open = true;
  std::string last_line;  // of the output, before it was ready
  int64_t spawned_nanos = 0;
  int64_t deadline_nanos = 0;  // of starting, or of the invocation
  uint64_t invocation_id = 0;
  int64_t invoked_nanos = 0;
  Assignment assignment;  // when busy
  // The user's function was called for the invocation at hand, as far as the process says.
  bool entered() const { return !says_started || entered_id == invocation_id; }
  bool says_started = false;
  uint64_t entered_id = 0;
  uint64_t id = 0;     // among all workers of a broker
  uint32_t reads = 0;  // Gets that the pool has
  // Of the last record delivered, and Gets of the invocation at hand that wait until the state has
  // come as far.
  Lsn delivered;
  std::vector<GetFrame> early_gets;

  // What the broker waits for, as it told its poll.
  static constexpr int kUnwatched = -2;  // nothing yet
  int watched_link = kUnwatched;
  bool watched_write = false;
  // And what came of it, until it is dealt with.
  bool ready_link = false;
  bool ready_exit = false;
  bool ready_output = false;
};

// A process that was just started: it will say Ready with the token.
struct SpawnedHandler {
  std::unique_ptr<HandlerLink> link;
  std::unique_ptr<HandlerProcess> process;
  std::string token;
};
constexpr int64_t kHandlerStartNanosMax = 10'000'000'000;  // from spawn to Ready

// On the thread that will use it (Spawner). Errors: kIo, kUnavailable, kResourceNotFound.
Result<SpawnedHandler> SpawnHandler(Spawner* spawner, const FunctionCell& cell);
// OK, or why a handler that says this cannot be used.
Status CheckReady(const ReadyFrame& ready, std::string_view token);

struct FunctionRun {
  FunctionRun(FunctionCell c, std::shared_ptr<FunctionLog> l)
      : cell(std::move(c)), log(std::move(l)) {}

  FunctionCell cell;
  std::shared_ptr<FunctionLog> log;
  std::vector<std::unique_ptr<Worker>> workers;
  // Grows with each change that needs new processes: code, memory, environment. Older ones get no
  // further batch.
  uint64_t generation = 1;
  uint32_t wanted = 0;        // batches that the last pump had ready and found no process for
  uint32_t crashes = 0;       // since the last success of a process started after one
  int64_t crashed_nanos = 0;  // the last one
  int64_t restart_nanos = 0;  // not before
  StartProblem problem;       // see FunctionDescription
  bool starved = false;       // the limit of all processes was told in the log

  Worker* FindIdle() const;
  uint32_t CountReady() const;  // idle and busy
  uint32_t CountLive() const;   // those and starting ones
  // A reply was right: what crashed before it started is forgiven.
  void OnSuccess(const Worker& worker);
};

}  // namespace millrace
