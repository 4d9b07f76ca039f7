#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// How the server tells the launcher (millrace-sandbox) what to start: on its command line, which
// anyone on the host may read, what is no secret; through kOptionsFd the rest. The launcher's
// environment is empty: a function's variables must not reach programs that run before the sandbox
// stands.
namespace millrace {

// NUL-terminated strings. Sandboxed: options of bwrap. Otherwise: NAME=VALUE of the environment.
constexpr int kOptionsFd = 3;
// The launcher's own failures, before bwrap runs. The reason is on stderr.
constexpr int kLauncherFailed = 125;

struct LaunchRequest {
  int64_t parent_pid = 0;  // the server; if it has died meanwhile, nothing is started
  bool sandboxed = true;
  bool drop_user = false;  // to uid and gid below; needs root
  uint32_t uid = 0;
  uint32_t gid = 0;
  // Zero: as inherited.
  uint64_t memory_bytes = 0;
  uint64_t open_files = 0;
  uint64_t threads = 0;
  uint64_t file_size = 0;
  std::string bwrap;
  std::vector<std::string> command;
};

// The launcher's arguments after its name, and back; nullopt: not such arguments.
std::vector<std::string> EncodeLaunchRequest(const LaunchRequest& request);
std::optional<LaunchRequest> ParseLaunchRequest(const std::vector<std::string>& arguments);

}  // namespace millrace
