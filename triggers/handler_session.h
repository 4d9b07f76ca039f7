#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/base/status.h"
#include "sdk/frames.h"
#include "triggers/process/output_lines.h"
#include "triggers/trigger_cells.h"
#include "triggers/worker.h"

namespace millrace {

// One process of a function for a job of its own, beside those that serve the function's mappings:
// called like a function, batch after batch, on one thread. What it prints and what becomes of it
// is passed on; a process that ended is replaced at the next call.
class HandlerSession {
 public:
  struct Callbacks {
    std::function<void(std::string_view line)> print;
    std::function<GetReplyFrame(const GetFrame&)> get;
    int stop_fd = -1;  // readable: give up
  };
  // All outlive it. Used by the thread that made it (Spawner).
  HandlerSession(Spawner* spawner, const Clock* clock, FunctionCell cell, Callbacks callbacks);
  ~HandlerSession();

  // Waits for the reply. What the function or its process did wrong is a reply with an error, as
  // Lambda names it. `frame` is given its invocation id, deadline and names of the function.
  // Errors: kUnavailable (stopped), those of Spawner.
  Result<ReplyFrame> Invoke(InvokeFrame frame, const std::shared_ptr<RecordsBuffer>& records);

  const FunctionCell& cell() const { return cell_; }

 private:
  enum class Waited : uint8_t { kMessage, kExited, kTimeout, kStopped, kMalformed };
  Status Start();
  // For the next message, valid until the next call.
  Waited Await(int64_t deadline_nanos, std::string_view* envelope);
  void WaitForEvents(int64_t deadline_nanos, bool* stopped);
  void ReadOutput();
  ReplyFrame Ended(Waited how, std::string_view malformed);
  Result<ReplyFrame> AwaitReply(uint64_t invocation, int64_t deadline_nanos);

  Spawner* spawner_;
  const Clock* clock_;
  const FunctionCell cell_;
  const Callbacks callbacks_;
  SpawnedHandler handler_;  // link null: none runs
  OutputLines output_;
  bool output_open_ = false;
  uint64_t invocations_ = 0;
};

}  // namespace millrace
