#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/base/file_system.h"
#include "engine/base/status.h"
#include "triggers/process/reach.h"
#include "triggers/process/spawner.h"

namespace millrace {

// A directory of this server's own that the sandbox's user can walk through: millrace-run-XXXXXX
// below a base directory. Locked while it is used and removed at the end; those that killed servers
// of the same user left behind are removed when one is made. Thread-safe.
class RuntimeDirectory {
 public:
  // `base` empty: the first that will do of $XDG_RUNTIME_DIR (not as root), /run, /tmp and
  // /var/tmp. Error: kIo.
  static Result<std::unique_ptr<RuntimeDirectory>> Make(const std::string& base,
                                                        const SandboxUser& user);
  ~RuntimeDirectory();

  const std::string& path() const { return path_; }

  // A socket directory, and the address to bind in it. Errors: kIo, also when the path is too long.
  Result<HandlerEndpoint> MakeEndpoint();
  // Lets the sandbox's user connect to what was bound, and nobody else.
  Status HandOver(const HandlerEndpoint& endpoint) const;
  void RemoveEndpoint(const HandlerEndpoint& endpoint) const;

 private:
  RuntimeDirectory(std::string path, const SandboxUser& user, std::unique_ptr<FileLock> lock);

  const std::string path_;
  const SandboxUser user_;
  std::unique_ptr<FileLock> lock_;
  std::atomic<uint64_t> next_endpoint_{1};
};

}  // namespace millrace
