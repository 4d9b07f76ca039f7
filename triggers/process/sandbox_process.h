#pragma once

#include <memory>
#include <optional>

#include "triggers/process/launch.h"
#include "triggers/process/runtime_directory.h"
#include "triggers/process/spawner.h"

namespace millrace {

// From waitpid's status. bwrap and shells turn the end by a signal into the code 128 + signal; it
// is turned back.
ExitStatus ExitStatusOf(int wait_status);

class SandboxProcess final : public HandlerProcess {
 public:
  // `runtime` made the endpoint and removes it.
  SandboxProcess(Launched launched, HandlerEndpoint endpoint,
                 std::shared_ptr<RuntimeDirectory> runtime);
  ~SandboxProcess() override;

  int64_t pid() const override { return launched_.pid; }
  int exit_fd() const override { return launched_.exit_fd.get(); }
  int output_fd() const override { return launched_.output.get(); }
  int TakeOutput() override { return launched_.output.Release(); }
  void Kill() override;
  std::optional<ExitStatus> Exited() override;

 private:
  Launched launched_;
  HandlerEndpoint endpoint_;
  std::shared_ptr<RuntimeDirectory> runtime_;
  std::optional<ExitStatus> exited_;  // set: reaped
};

}  // namespace millrace
