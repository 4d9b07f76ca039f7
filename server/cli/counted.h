#pragma once

#include <cstdint>
#include <string>

#include "server/cli/text.h"

namespace millrace {

// "1 file", "1,200 files"
inline std::string Counted(int64_t count, const std::string& noun) {
  return Grouped(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace millrace
