#pragma once

#include <atomic>
#include <string_view>

namespace millrace {

// Named places where a test can kill the process, to prove what survives.
// MILLRACE_FAULT="name:count" in the environment makes the count-th passage (from 1) of the point
// `name` end the process as kill -9 would; "name:count@path" makes its thread stand still there
// until somebody opens the FIFO `path` to write. Otherwise a passage costs one load.
extern std::atomic<bool> fault_points_armed;
void ArmFaultPointsFromEnvironment();
void PassFaultPoint(std::string_view name);

}  // namespace millrace

#define MILLRACE_FAULT_POINT(name)                                                   \
  do {                                                                               \
    if (::millrace::fault_points_armed.load(std::memory_order_relaxed)) [[unlikely]] \
      ::millrace::PassFaultPoint(name);                                              \
  } while (false)
