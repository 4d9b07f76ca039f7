#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/json/json.h"

namespace millrace {

// What a thread that runs operations owns, so that requests share buffers but threads don't.
struct WorkerContext {
  JsonParser parser;
  std::string probed;  // an item's bytes that nobody looks at: see PlanProbe
};

// A fixed number of threads and a bounded queue, for work that may wait for the disk.
class WorkerPool {
 public:
  using Task = std::function<void(WorkerContext*)>;

  WorkerPool(size_t threads, size_t queue_max);
  ~WorkerPool() { Stop(); }

  // False when the queue is full, or the pool stopped: the task was not taken.
  bool Submit(Task task);
  // Runs what is queued, then ends the threads. Idempotent.
  void Stop();

 private:
  void Run();

  const size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace millrace
