#pragma once

#include <chrono>

namespace millrace {

// SIGTERM and SIGINT as something to wait for. One in a process, made before its threads. The first
// signal ends the wait; a second one ends the process at once.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  // The signal that has come; 0 when `timeout` has passed without one.
  int WaitFor(std::chrono::milliseconds timeout);

 private:
  int descriptor_ = -1;
};

}  // namespace millrace
