#include "triggers/process/sandbox_process.h"

#include <poll.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>

namespace millrace {
namespace {

constexpr int kSignalOffset = 128;
constexpr int kSignalMax = 64;

}  // namespace

ExitStatus ExitStatusOf(int wait_status) {
  ExitStatus status;
  if (WIFSIGNALED(wait_status)) {
    status.signal = WTERMSIG(wait_status);
    return status;
  }
  status.code = WEXITSTATUS(wait_status);
  if (status.code > kSignalOffset && status.code <= kSignalOffset + kSignalMax) {
    status.signal = status.code - kSignalOffset;
    status.code = 0;
  }
  return status;
}

SandboxProcess::SandboxProcess(Launched launched, HandlerEndpoint endpoint,
                               std::shared_ptr<RuntimeDirectory> runtime)
    : launched_(std::move(launched)),
      endpoint_(std::move(endpoint)),
      runtime_(std::move(runtime)) {}

SandboxProcess::~SandboxProcess() {
  Kill();
  pollfd exit = {launched_.exit_fd.get(), POLLIN, 0};
  while (!Exited()) poll(&exit, 1, -1);
  runtime_->RemoveEndpoint(endpoint_);
}

void SandboxProcess::Kill() {
  if (exited_) return;
  // The whole group: between its start and its own session, the sandbox's inner process is in it
  // and may not yet have asked to die with the outer one.
  kill(-launched_.pid, SIGKILL);
  kill(launched_.pid, SIGKILL);
}

std::optional<ExitStatus> SandboxProcess::Exited() {
  if (exited_) return exited_;
  int wait_status = 0;
  const pid_t reaped = waitpid(launched_.pid, &wait_status, WNOHANG);
  if (reaped == launched_.pid) {
    exited_ = ExitStatusOf(wait_status);
  } else if (reaped < 0 && errno == ECHILD) {
    // Somebody else reaped it (SIGCHLD ignored): gone, how is unknown.
    exited_ = ExitStatus{.code = 0, .signal = SIGKILL};
  }
  return exited_;
}

}  // namespace millrace
