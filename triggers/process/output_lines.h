#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace millrace {

// Cuts what comes out of a handler's pipe into lines. A line longer than kOutputLineSizeMax is
// passed on in pieces, so that a handler without newlines costs no memory. One thread.
constexpr size_t kOutputLineSizeMax = 64 * 1024;  // bytes, without the newline

class OutputLines {
 public:
  using Consumer = std::function<void(std::string_view line)>;

  // Reads what `fd` (non-blocking) has, at most `bytes_max` of it so that one handler's flood
  // doesn't hold up the others. False at the end of file, after the last line has been passed on,
  // newline or not; also on an error.
  bool ReadFrom(int fd, size_t bytes_max, const Consumer& consumer);
  void Append(std::string_view bytes, const Consumer& consumer);
  // The rest, if any, is a line too.
  void Finish(const Consumer& consumer);

 private:
  std::string line_;
};

}  // namespace millrace
