#include "streams/log_gap.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

LogGap Gap(uint64_t after, uint64_t through, int64_t before) {
  return {Lsn(after), Lsn(through), before};
}

TEST(LogGapsTest, OneThatIsMetAgainIsTheSame) {
  struct Row {
    const char* what;
    LogGap met;
    uint64_t count;
    LogGap last;
  };
  for (const Row& row : {
           Row{"behind it", Gap(30, 40, 4), 2, Gap(30, 40, 4)},
           {"right behind it", Gap(20, 40, 4), 2, Gap(20, 40, 4)},
           {"it", Gap(10, 20, 2), 1, Gap(10, 20, 2)},
           {"trimmed further", Gap(10, 40, 4), 1, Gap(10, 40, 4)},
           {"from before it", Gap(5, 20, 2), 1, Gap(5, 20, 2)},
           {"from before it, trimmed further", Gap(5, 40, 4), 1, Gap(5, 40, 4)},
           {"a part of it", Gap(12, 15, 1), 1, Gap(10, 20, 2)},
       }) {
    LogGaps gaps;
    gaps.Add(Gap(10, 20, 2));
    gaps.Add(row.met);
    EXPECT_EQ(gaps.count, row.count) << row.what;
    EXPECT_EQ(gaps.last, row.last) << row.what;
  }
}

TEST(LogGapsTest, OneWithoutAPlaceIsNoPartOfAnother) {
  LogGaps gaps{1, {}};
  gaps.Add(Gap(0, 20, 2));
  EXPECT_EQ(gaps, (LogGaps{2, Gap(0, 20, 2)}));
}

}  // namespace
}  // namespace millrace
