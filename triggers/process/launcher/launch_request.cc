#include "triggers/process/launcher/launch_request.h"

#include <charconv>

namespace millrace {
namespace {

// In the order in which they stand on the command line.
constexpr size_t kNumbers = 9;
constexpr size_t kFixed = kNumbers + 1;  // and bwrap's path

template <typename T>
bool ParseNumber(const std::string& text, T* value) {
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, *value);
  return parsed.ec == std::errc() && parsed.ptr == end;
}

bool ParseFlag(const std::string& text, bool* value) {
  *value = text == "1";
  return text == "1" || text == "0";
}

}  // namespace

std::vector<std::string> EncodeLaunchRequest(const LaunchRequest& request) {
  std::vector<std::string> arguments = {
      std::to_string(request.parent_pid), request.sandboxed ? "1" : "0",
      request.drop_user ? "1" : "0",      std::to_string(request.uid),
      std::to_string(request.gid),        std::to_string(request.memory_bytes),
      std::to_string(request.open_files), std::to_string(request.threads),
      std::to_string(request.file_size),  request.bwrap,
  };
  arguments.insert(arguments.end(), request.command.begin(), request.command.end());
  return arguments;
}

std::optional<LaunchRequest> ParseLaunchRequest(const std::vector<std::string>& arguments) {
  if (arguments.size() <= kFixed) return std::nullopt;
  LaunchRequest request;
  if (!ParseNumber(arguments[0], &request.parent_pid) ||
      !ParseFlag(arguments[1], &request.sandboxed) ||
      !ParseFlag(arguments[2], &request.drop_user) || !ParseNumber(arguments[3], &request.uid) ||
      !ParseNumber(arguments[4], &request.gid) ||
      !ParseNumber(arguments[5], &request.memory_bytes) ||
      !ParseNumber(arguments[6], &request.open_files) ||
      !ParseNumber(arguments[7], &request.threads) ||
      !ParseNumber(arguments[8], &request.file_size)) {
    return std::nullopt;
  }
  request.bwrap = arguments[kNumbers];
  request.command.assign(arguments.begin() + kFixed, arguments.end());
  return request;
}

}  // namespace millrace
