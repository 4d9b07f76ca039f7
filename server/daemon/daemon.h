#pragma once

#include "server/daemon/options.h"

namespace millrace {

// Runs a server until SIGTERM or SIGINT: the composition root, the one place where everything is
// made and handed to everything else. Prints `Millrace is listening on http://HOST:PORT` on stdout
// when it answers; everything else goes to stderr. Returns the process's exit status.
int Serve(const ServeOptions& options);

}  // namespace millrace
