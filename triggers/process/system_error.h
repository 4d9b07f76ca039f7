#pragma once

#include <cerrno>
#include <cstring>
#include <string>

#include "engine/base/status.h"

namespace millrace {

// kIo: what failed and the system's reason.
inline Status SystemError(const std::string& what, int error = errno) {
  return Status(ErrorCode::kIo, what + ": " + std::strerror(error));
}

}  // namespace millrace
