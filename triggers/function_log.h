#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "triggers/trigger_types.h"

namespace millrace {

// The last lines of a function, bounded in lines and bytes; a line's cursor is its number, from 0,
// and a cursor past the oldest kept says how many are gone. Thread-safe: the trigger thread adds,
// any thread reads and waits.
class FunctionLog {
 public:
  using Wake = std::function<void()>;
  using WaiterId = uint64_t;  // 0: nobody waits

  FunctionLog(size_t lines_max, size_t bytes_max) : lines_max_(lines_max), bytes_max_(bytes_max) {}

  // Wakes, on this thread, whoever waits for the line.
  void Add(int64_t time_micros, std::string_view text);
  LogPage Read(uint64_t from, size_t limit) const;
  uint64_t end() const;

  // Calls `wake` once: at once when there is a line at or after `from` or the log is closed, else
  // with the next line, when the log is closed, or when kWaitersMax others wait since. It must not
  // block. A cursor past the end, of an earlier server, waits for the next line.
  WaiterId Await(uint64_t from, Wake wake);
  // Forgets a waiter; harmless when it was woken.
  void Cancel(WaiterId id);
  // Its function is gone, or the service stops: wakes all.
  void Close();

  static constexpr size_t kWaitersMax = 256;

 private:
  uint64_t EndLocked() const { return first_ + lines_.size(); }

  const size_t lines_max_;
  const size_t bytes_max_;
  mutable std::mutex mutex_;
  std::deque<LogLine> lines_;
  uint64_t first_ = 0;  // number of lines_.front()
  size_t bytes_ = 0;
  bool closed_ = false;
  WaiterId last_waiter_ = 0;
  std::map<WaiterId, Wake> waiters_;  // all for the line at the end
};

// The logs of all functions, by name. Thread-safe.
class FunctionLogs {
 public:
  FunctionLogs(size_t lines_max, size_t bytes_max) : lines_max_(lines_max), bytes_max_(bytes_max) {}

  // The log of the function; made when there is none.
  std::shared_ptr<FunctionLog> Open(std::string_view name);
  std::shared_ptr<FunctionLog> Find(std::string_view name) const;  // null: none
  void Remove(std::string_view name);
  // The service stops: all are closed, and stay readable.
  void Close();
  bool closed() const;

 private:
  const size_t lines_max_;
  const size_t bytes_max_;
  mutable std::mutex mutex_;
  bool closed_ = false;
  std::map<std::string, std::shared_ptr<FunctionLog>, std::less<>> logs_;
};

}  // namespace millrace
