#include "server/daemon/open_files.h"

#include <sys/resource.h>

#include <algorithm>

namespace millrace {
namespace {

// Table files (512 at most), log segments, handlers and their sockets, clients being turned away.
constexpr uint64_t kOtherDescriptors = 2048;

}  // namespace

size_t ConnectionsWithin(uint64_t open_files, size_t wanted) {
  const uint64_t others = std::min(kOtherDescriptors, open_files / 2);
  return static_cast<size_t>(std::min<uint64_t>(wanted, open_files - others));
}

uint64_t RaiseOpenFilesLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  rlimit raised = limit;
  raised.rlim_cur = limit.rlim_max;
  return setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

std::string MissingDescriptorsText(uint64_t open_files, size_t wanted) {
  const size_t fit = ConnectionsWithin(open_files, wanted);
  if (fit == wanted) return "";
  return "at most " + std::to_string(fit) + " connections instead of " + std::to_string(wanted) +
         ": this process may open " + std::to_string(open_files) + " files. For all of them its " +
         "hard limit must be " + std::to_string(wanted + kOtherDescriptors) +
         " (ulimit -Hn, or LimitNOFILE= of a systemd unit); or ask for fewer with "
         "--max-connections.";
}

}  // namespace millrace
