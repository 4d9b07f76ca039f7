#include "engine/base/clock.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(ClockTest, SystemClockMovesOn) {
  const SystemClock clock;
  EXPECT_GT(clock.WallMicros(), 1'700'000'000'000'000);  // November 2023
  const int64_t before = clock.MonotonicNanos();
  EXPECT_GT(before, 0);
  EXPECT_GE(clock.MonotonicNanos(), before);
}

TEST(ClockTest, ManualClockMovesOnlyWhenTold) {
  ManualClock clock(1000);
  const int64_t start = clock.MonotonicNanos();
  EXPECT_EQ(clock.WallMicros(), 1000);
  clock.AdvanceMicros(5);
  EXPECT_EQ(clock.WallMicros(), 1005);
  EXPECT_EQ(clock.MonotonicNanos(), start + 5000);
  clock.StepWallMicros(-500);
  EXPECT_EQ(clock.WallMicros(), 505);
  EXPECT_EQ(clock.MonotonicNanos(), start + 5000);
}

}  // namespace
}  // namespace millrace
