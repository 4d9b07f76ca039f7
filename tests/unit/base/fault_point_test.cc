#include "engine/base/fault_point.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

namespace millrace {
namespace {

void PassTwo() {
  MILLRACE_FAULT_POINT("one");
  MILLRACE_FAULT_POINT("two");
}

// In the child of a death test: its environment and its points are its own.
void ArmAndPass(const char* setting, int times) {
  setenv("MILLRACE_FAULT", setting, 1);
  ArmFaultPointsFromEnvironment();
  for (int i = 0; i < times; ++i) PassTwo();
  std::_Exit(0);
}

TEST(FaultPointTest, UnarmedPointsDoNothing) {
  PassTwo();
  EXPECT_FALSE(fault_points_armed.load());
}

TEST(FaultPointDeathTest, KillsAtTheNamedPassage) {
  EXPECT_EXIT(ArmAndPass("one", 1), testing::KilledBySignal(SIGKILL), "");
  EXPECT_EXIT(ArmAndPass("two:3", 3), testing::KilledBySignal(SIGKILL), "");
  EXPECT_EXIT(ArmAndPass("two:3", 2), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(ArmAndPass("three:1", 5), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace millrace
