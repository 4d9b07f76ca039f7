#include "engine/base/fault_point.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

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

// In the child: a thread passes, and what it does behind the point waits for the FIFO.
void StandStillAndGoOn(const std::string& path) {
  setenv("MILLRACE_FAULT", ("two:1@" + path).c_str(), 1);
  ArmFaultPointsFromEnvironment();
  std::atomic<bool> passed{false};
  std::thread passes([&passed] {
    PassTwo();
    passed = true;
  });
  const bool early = passed;
  const int pipe = open(path.c_str(), O_WRONLY);  // waits until it stands there
  passes.join();
  std::_Exit(early || !passed || pipe < 0 ? 1 : 0);
}

TEST(FaultPointDeathTest, StandsStillUntilTheFifoIsOpened) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const std::string path = testing::TempDir() + "fault_point_fifo";
  std::remove(path.c_str());
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_EXIT(StandStillAndGoOn(path), testing::ExitedWithCode(0), "");
  std::remove(path.c_str());
}

}  // namespace
}  // namespace millrace
