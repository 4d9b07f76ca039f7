#include "engine/base/fault_point.h"

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
std::atomic<long> passages_left{0};

}  // namespace

std::atomic<bool> fault_points_armed{false};

void ArmFaultPointsFromEnvironment() {
  const char* value = std::getenv("MILLRACE_FAULT");
  if (value == nullptr) return;
  const std::string text = value;
  const size_t colon = text.find(':');
  ArmedName() = text.substr(0, colon);
  passages_left = colon == std::string::npos ? 1 : std::atol(text.c_str() + colon + 1);
  fault_points_armed = true;
}

void PassFaultPoint(std::string_view name) {
  if (name == ArmedName() && --passages_left == 0) raise(SIGKILL);
}

}  // namespace millrace
