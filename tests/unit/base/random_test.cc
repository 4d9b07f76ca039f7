#include "engine/base/random.h"

#include <gtest/gtest.h>

#include <set>

namespace millrace {
namespace {

TEST(RandomTest, ASeedGivesOneSequence) {
  Random a(1), b(1), c(2);
  // The reference sequence of SplitMix64 from seed 1.
  EXPECT_EQ(a.Next(), 0x910a2dec89025cc1u);
  EXPECT_EQ(b.Next(), 0x910a2dec89025cc1u);
  EXPECT_NE(c.Next(), 0x910a2dec89025cc1u);
  EXPECT_EQ(a.Next(), b.Next());
}

TEST(RandomTest, UniformStaysInsideAndReachesEverything) {
  Random random(3);
  std::set<uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.Uniform(10));
  EXPECT_EQ(seen.size(), 10u);
  EXPECT_EQ(*seen.rbegin(), 9u);
  EXPECT_EQ(random.Uniform(1), 0u);
}

TEST(RandomTest, UuidsAreVersion4AndDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    const std::string uuid = NewUuid();
    ASSERT_EQ(uuid.size(), 36u);
    for (size_t at = 0; at < uuid.size(); ++at) {
      const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
      ASSERT_EQ(uuid[at] == '-', dash) << uuid;
      if (!dash) {
        ASSERT_NE(std::string("0123456789abcdef").find(uuid[at]), std::string::npos);
      }
    }
    ASSERT_EQ(uuid[14], '4') << uuid;
    ASSERT_NE(std::string("89ab").find(uuid[19]), std::string::npos) << uuid;
    seen.insert(uuid);
  }
  EXPECT_EQ(seen.size(), 200u);
  EXPECT_NE(SystemRandom(), SystemRandom());
}

}  // namespace
}  // namespace millrace
