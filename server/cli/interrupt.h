#pragma once

#include <chrono>
#include <optional>

#include "server/daemon/stop_signal.h"

namespace millrace {

// Ctrl-C and SIGTERM for commands that have something to finish; the others never call Catch() and
// just end, as any program does. After Catch() the first signal is only remembered, and a second
// one ends the process at once; the exit code is then 130 whatever the command returns. A request
// under way goes on: ask the server in short pieces. One thread uses it.
//
//   context.interrupts->Catch();
//   while (!context.interrupts->Came()) { ...; context.interrupts->WaitFor(1s); }
class Interrupts {
 public:
  void Catch();
  bool Came() { return WaitFor(std::chrono::milliseconds(0)); }
  // Waits for a signal. True when one has come. Requires Catch() before when `timeout` isn't 0.
  bool WaitFor(std::chrono::milliseconds timeout);

 private:
  std::optional<StopSignal> signal_;
  bool came_ = false;
};

}  // namespace millrace
