#include "server/cli/interrupt.h"

#include <csignal>

#include "engine/base/check.h"

namespace millrace {

void Interrupts::Catch() {
  if (signal_) return;
  signal_.emplace();
  std::signal(SIGPIPE, SIG_DFL);  // a server ignores it, a command ends with it
}

bool Interrupts::WaitFor(std::chrono::milliseconds timeout) {
  MILLRACE_CHECK(signal_ || timeout.count() == 0);
  if (!came_ && signal_) came_ = signal_->WaitFor(timeout) != 0;
  return came_;
}

}  // namespace millrace
