#pragma once

#include <memory>

#include "server/protocol/log.h"

namespace millrace {

// Lines on stderr: time, level, text. `verbose` shows Info too.
std::unique_ptr<Log> NewStderrLog(bool verbose);

}  // namespace millrace
