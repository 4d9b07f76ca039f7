#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "triggers/process/reach.h"

namespace millrace {

// Executables by the digest of their bytes: STORE/DIGEST/handler, never changed once there, so that
// a running function is what was registered, whatever becomes of the file that it came from.
// Thread-safe.
class ExecutableStore {
 public:
  // Creates `directory` and clears what a killed server left half-copied. `reachable_directory` is
  // where copies go that `user` cannot reach in the store.
  static Status Prepare(const std::string& directory);
  ExecutableStore(std::string directory, std::string reachable_directory, const SandboxUser& user);

  // See Spawner::Stage.
  Result<std::string> Stage(const std::string& executable);
  bool Has(std::string_view digest) const;
  // A path from which the sandbox's user can run it. Errors: kResourceNotFound, kIo.
  Result<std::string> ReachablePath(std::string_view digest);

 private:
  std::string PathOf(std::string_view digest) const;

  const std::string directory_;
  const std::string reachable_directory_;
  const SandboxUser user_;
  std::mutex copying_;  // one copy into the reachable directory at a time
};

}  // namespace millrace
