#pragma once

#include <string>
#include <utility>
#include <vector>

#include "triggers/process/spawner.h"

namespace millrace {

// What is bound into a sandbox, and where.
struct SandboxMounts {
  std::string executable;        // on the host; empty: none (the probe runs a program of /usr)
  std::string socket_directory;  // on the host; empty: none
  uint64_t tmp_size = 0;
  bool mount_proc = false;
};
constexpr char kHandlerInSandbox[] = "/handler";
constexpr char kSocketInSandbox[] = "/run/millrace/handler.sock";

// The options of bwrap that make a handler's sandbox. Reads the host's root directory only for
// which of /lib, /lib64... are links into /usr.
//
// Policy: all namespaces new (so no network and no sight of other processes); the root is an empty
// read-only tmpfs with /usr read-only, the loader's cache, two harmless devices, a /tmp of limited
// size, the executable and its own socket; no /etc, no /home, no /proc; only the given environment.
std::vector<std::string> SandboxArguments(
    const SandboxMounts& mounts,
    const std::vector<std::pair<std::string, std::string>>& environment);

using Environment = std::vector<std::pair<std::string, std::string>>;
// What every handler gets, then what its function was given, then where its server is. Error:
// kInvalidParameterValue for a name that is not one, or is the server's own.
Result<Environment> HandlerEnvironment(const HandlerSpec& spec, const std::string& socket_path);

}  // namespace millrace
