#pragma once

#include <memory>

#include "server/protocol/log.h"

namespace millrace {

// Lines on stderr: time, level, text.
std::unique_ptr<Log> NewStderrLog();

}  // namespace millrace
