#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/handler_peer.h"
#include "tests/support/sanitized_handlers.h"
#include "triggers/process/spawner.h"

namespace millrace {

// A directory of the test's own, removed with it.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ~ScratchDirectory();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

SandboxOptions OptionsIn(const std::string& directory);
// attack_handler, beside the test.
std::string AttackHandler();
HandlerLimits TestLimits();

// A handler in a sandbox and the server's end of its socket. Spawned on construction.
struct SandboxedHandler {
  SandboxedHandler(Spawner* spawner, const std::string& digest,
                   std::vector<std::pair<std::string, std::string>> environment = {},
                   HandlerLimits limits = TestLimits());
  // True once it has said Ready with its token.
  bool AwaitReady();
  // The reply to one invocation without records.
  std::optional<ReplyFrame> Do(const std::string& what);
  bool AwaitExit(int seconds = 20);
  // All it has printed until the pipe is closed.
  std::vector<std::string> OutputUntilEnd();

  HandlerEndpoint endpoint;
  std::unique_ptr<HandlerPeer> peer;
  std::unique_ptr<HandlerProcess> process;
  uint64_t last_invocation = 0;
};

}  // namespace millrace
