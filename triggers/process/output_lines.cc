#include "triggers/process/output_lines.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace millrace {

bool OutputLines::ReadFrom(int fd, size_t bytes_max, const Consumer& consumer) {
  char buffer[16 * 1024];
  while (bytes_max > 0) {
    const ssize_t n = read(fd, buffer, std::min(sizeof buffer, bytes_max));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return true;
    if (n <= 0) {
      Finish(consumer);
      return false;
    }
    Append(std::string_view(buffer, static_cast<size_t>(n)), consumer);
    bytes_max -= static_cast<size_t>(n);
  }
  return true;
}

void OutputLines::Append(std::string_view bytes, const Consumer& consumer) {
  while (!bytes.empty()) {
    const size_t newline = bytes.find('\n');
    const size_t end = std::min({newline, bytes.size(), kOutputLineSizeMax - line_.size()});
    line_.append(bytes.substr(0, end));
    bytes.remove_prefix(end);
    if (!bytes.empty() && bytes.front() == '\n') {
      bytes.remove_prefix(1);
    } else if (line_.size() < kOutputLineSizeMax) {
      return;
    }
    consumer(line_);
    line_.clear();
  }
}

void OutputLines::Finish(const Consumer& consumer) {
  if (!line_.empty()) consumer(line_);
  line_.clear();
}

}  // namespace millrace
