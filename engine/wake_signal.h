#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace millrace {

// What a background thread waits on between two rounds of its work: that somebody wakes it, that an
// interval is over, or that it is to stop. Thread-safe; one thread waits.
class WakeSignal {
 public:
  // The next AwaitWake returns at once, or the one under way does.
  void Wake();
  // Ends every wait, now and later.
  void Stop();
  bool stopping() const { return stopping_; }
  // What RocksDB polls while it compacts.
  std::atomic<bool>* stop_flag() { return &stopping_; }

  // Until woken since the last call, at first at once. False: to stop.
  bool AwaitWake();
  // False: to stop. A wake does not end it.
  bool Sleep(std::chrono::milliseconds interval);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool awake_ = true;                  // something may be left from an earlier run
  std::atomic<bool> stopping_{false};  // changed with mutex_ held
};

}  // namespace millrace
