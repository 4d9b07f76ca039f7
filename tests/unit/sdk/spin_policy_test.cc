#include "sdk/spin_policy.h"

#include <gtest/gtest.h>

#include <vector>

namespace millrace {
namespace {

// How many waits pass until it spins again, for each time that it spun in vain.
TEST(SpinPolicyTest, GivesUpMoreAndMoreAndRecovers) {
  SpinPolicy policy;
  const auto waits = [&policy](bool helped) {
    int skipped = 0;
    while (!policy.Begin()) ++skipped;
    policy.Spun(helped);
    return skipped;
  };
  EXPECT_EQ(waits(true), 0);
  EXPECT_EQ(waits(true), 0);
  for (const int skipped : {0, 1, 3, 7, 15, 31, 63, 127, 255, 255}) {
    EXPECT_EQ(waits(false), skipped);
  }
  EXPECT_EQ(waits(true), 255);
  EXPECT_EQ(waits(false), 0);
}

}  // namespace
}  // namespace millrace
