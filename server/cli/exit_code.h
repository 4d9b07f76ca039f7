#pragma once

namespace millrace {

// The exit status of every command; server/cli/README.md tells users.
enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,         // it went wrong here, or what was compared differs
  kExitUsage = 2,          // the command line was not understood
  kExitUnreachable = 3,    // no server answers
  kExitRefused = 4,        // the server refused: its error's name is in the message
  kExitInterrupted = 130,  // 128 + SIGINT, as shells count
};

}  // namespace millrace
