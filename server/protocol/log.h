#pragma once

#include <string_view>

namespace millrace {

// The server's own log: for the person who runs it. Thread-safe.
class Log {
 public:
  virtual ~Log() = default;
  virtual void Info(std::string_view text) = 0;
  virtual void Warning(std::string_view text) = 0;
  virtual void Error(std::string_view text) = 0;
};

}  // namespace millrace
