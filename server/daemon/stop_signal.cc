#include "server/daemon/stop_signal.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>

#include "engine/base/check.h"

namespace millrace {
namespace {

// A handler gets no argument of ours: the one place for a variable of the process. A handler, not a
// blocked mask, so that processes started by this one inherit nothing.
std::atomic<int> stop_descriptor{-1};

void OnSignal(int signal) {
  const int saved = errno;
  const auto number = static_cast<uint64_t>(signal);
  [[maybe_unused]] const ssize_t written =
      write(stop_descriptor.load(), &number, sizeof(number));  // async-signal-safe
  std::signal(signal, SIG_DFL);
  errno = saved;
}

}  // namespace

StopSignal::StopSignal() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  MILLRACE_CHECK(descriptor_ >= 0);
  stop_descriptor = descriptor_;
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

StopSignal::~StopSignal() {
  std::signal(SIGTERM, SIG_DFL);
  std::signal(SIGINT, SIG_DFL);
  close(descriptor_);
}

int StopSignal::WaitFor(std::chrono::milliseconds timeout) {
  pollfd waited{descriptor_, POLLIN, 0};
  if (poll(&waited, 1, static_cast<int>(timeout.count())) <= 0) return 0;
  uint64_t number = 0;
  MILLRACE_CHECK(read(descriptor_, &number, sizeof(number)) == sizeof(number),
                 "the descriptor of stop signals was closed by somebody else");
  return static_cast<int>(number);
}

}  // namespace millrace
