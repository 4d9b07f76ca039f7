#include "engine/base/fault_point.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>

namespace millrace {
namespace {

// Written once before the threads start, then only read.
std::string& ArmedName() {
  static std::string name;
  return name;
}
// Of the FIFO at which to stand still; empty: the process ends.
std::string& HeldAt() {
  static std::string path;
  return path;
}
std::atomic<long> passages_left{0};

void StandStill() {
  const int pipe = ::open(HeldAt().c_str(), O_RDONLY | O_CLOEXEC);  // waits for a writer
  if (pipe >= 0) ::close(pipe);
}

}  // namespace

std::atomic<bool> fault_points_armed{false};

void ArmFaultPointsFromEnvironment() {
  const char* value = std::getenv("MILLRACE_FAULT");
  if (value == nullptr) return;
  std::string text = value;
  if (const size_t at = text.find('@'); at != std::string::npos) {
    HeldAt() = text.substr(at + 1);
    text.resize(at);
  }
  const size_t colon = text.find(':');
  ArmedName() = text.substr(0, colon);
  passages_left = colon == std::string::npos ? 1 : std::atol(text.c_str() + colon + 1);
  fault_points_armed = true;
}

void PassFaultPoint(std::string_view name) {
  if (name != ArmedName() || --passages_left != 0) return;
  if (HeldAt().empty()) raise(SIGKILL);
  StandStill();
}

}  // namespace millrace
