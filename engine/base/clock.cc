#include "engine/base/clock.h"

#include <ctime>

namespace millrace {
namespace {

int64_t Nanos(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

int64_t SystemClock::WallMicros() const {
  return Nanos(CLOCK_REALTIME) / 1000;
}
int64_t SystemClock::MonotonicNanos() const {
  return Nanos(CLOCK_MONOTONIC);
}

}  // namespace millrace
