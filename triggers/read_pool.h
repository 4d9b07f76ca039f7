#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "engine/database.h"
#include "sdk/frames.h"

namespace millrace {

// The answer to a handler's Get; with `cached_only`, nullopt when the disk would have to be asked.
std::optional<GetReplyFrame> AnswerGet(const Database& database, const GetFrame& get,
                                       bool cached_only);

// A few threads for handlers' reads that wait for the disk. Whoever submits bounds the queue: each
// process may have few at once. Thread-safe. Threads start with the first read.
class ReadPool {
 public:
  ~ReadPool() { Stop(); }
  void Submit(std::function<void()> read);
  // Runs what is queued, then ends the threads; later reads are dropped. Idempotent.
  void Stop();

  static constexpr size_t kThreads = 4;

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  size_t idle_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace millrace
