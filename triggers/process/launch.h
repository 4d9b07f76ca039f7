#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "engine/base/status.h"
#include "triggers/process/launcher/launch_request.h"
#include "triggers/process/unique_fd.h"

namespace millrace {

// A started launcher, from now on the sandbox's outermost process. Whoever has it must reap `pid`.
struct Launched {
  pid_t pid = 0;
  UniqueFd exit_fd;  // pidfd
  UniqueFd output;   // non-blocking
};

// Starts `launcher` (millrace-sandbox) with posix_spawn: a fork would copy the page tables of a big
// server. `options` go through kOptionsFd. Input is /dev/null, output and errors are one pipe; its
// session is its own, so that a Ctrl-C at the server's terminal doesn't reach it.
// request.parent_pid is filled in. Error: kIo, kUnavailable (no launcher).
Result<Launched> Launch(const std::string& launcher, LaunchRequest request,
                        const std::vector<std::string>& options);

// The path of millrace-sandbox beside the running program.
std::string LauncherBesideProgram();

}  // namespace millrace
