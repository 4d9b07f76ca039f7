#pragma once

#include <string_view>

namespace millrace {

// Prints `file:line: CHECK failed: expression message` to stderr and aborts. For our own bugs only:
// what a caller or the outside world can cause is a Status.
[[noreturn]] void CheckFailed(const char* file, int line, const char* expression,
                              std::string_view message = {});

}  // namespace millrace

#define MILLRACE_CHECK(expression, ...)                                                    \
  do {                                                                                     \
    if (!(expression)) [[unlikely]]                                                        \
      ::millrace::CheckFailed(__FILE__, __LINE__, #expression __VA_OPT__(, ) __VA_ARGS__); \
  } while (false)
