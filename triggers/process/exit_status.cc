#include <cstring>
#include <string>

#include "triggers/process/spawner.h"

namespace millrace {

std::string ExitStatus::ToString() const {
  if (signal == 0) return "exit code " + std::to_string(code);
  return "signal " + std::to_string(signal) + " (" + strsignal(signal) + ")";
}

}  // namespace millrace
