#include "connectors/cdc/pipeline_spec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <vector>

namespace millrace {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

TEST(FileRollTest, NothingOpenIsNeverDue) {
  FileRoll roll(1000, 5);
  EXPECT_FALSE(roll.Due(INT64_MAX - 1));
  EXPECT_FALSE(roll.Full(UINT64_MAX));
  EXPECT_EQ(roll.deadline_nanos(), INT64_MAX);
}

TEST(FileRollTest, BySizeAndByTime) {
  FileRoll roll(1000, 5);
  roll.Opened(7 * kSecond);
  EXPECT_EQ(roll.deadline_nanos(), 12 * kSecond);
  struct Row {
    int64_t now;
    uint64_t bytes;
    bool due;
    bool full;
  };
  for (const Row& row : std::vector<Row>{{7 * kSecond, 0, false, false},
                                         {12 * kSecond - 1, 999, false, false},
                                         {12 * kSecond, 999, true, false},
                                         {7 * kSecond, 1000, false, true}}) {
    EXPECT_EQ(roll.Due(row.now), row.due) << row.now;
    EXPECT_EQ(roll.Full(row.bytes), row.full) << row.bytes;
  }
  roll.Closed();
  EXPECT_FALSE(roll.Due(100 * kSecond));
}

TEST(FileRollTest, AChangeHoldsForTheFileAtHand) {
  FileRoll roll(1000, 3600);
  roll.Opened(0);
  EXPECT_FALSE(roll.Due(2 * kSecond));
  roll.Change(10, 1);
  EXPECT_TRUE(roll.Due(2 * kSecond));
  EXPECT_TRUE(roll.Full(10));
}

TEST(CdcFileNameTest, NamesAreInTheOrderOfTheFiles) {
  std::vector<std::string> names = {
      CdcFileName("people", Lsn(7), Lsn(7), 1),
      CdcFileName("people", Lsn(7), Lsn(7), 2),
      CdcFileName("people", Lsn(7), Lsn(7), 10),
      CdcFileName("people", Lsn(7), Lsn(90), 11),
      CdcFileName("people", Lsn(90), Lsn(1234), std::nullopt),
      CdcFileName("people", Lsn(1234), Lsn(UINT64_MAX), std::nullopt)};
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_EQ(names[1], "people.00000000000000000007-00000000000000000007.s000002.jsonl.gz");
  EXPECT_EQ(names[4], "people.00000000000000000090-00000000000000001234.jsonl.gz");
}

TEST(CdcFileNameTest, AnyTableHasFilesThatCanBeMadeAndFound) {
  constexpr size_t kNameMax = 255;  // of Linux
  const std::string longest(255, 't');
  const Lsn last(UINT64_MAX);
  EXPECT_LE(CdcFileName(longest, last, last, UINT64_MAX).size(), kNameMax);
  EXPECT_EQ(CdcFileName(std::string(181, 't'), Lsn(1), Lsn(2), std::nullopt),
            CdcFileName(std::string(180, 't'), Lsn(1), Lsn(2), std::nullopt));
  EXPECT_EQ(CdcFileName(".hid.den", Lsn(1), Lsn(2), std::nullopt),
            "_hid.den.00000000000000000001-00000000000000000002.jsonl.gz");
}

TEST(CheckPipelineSpecTest, EveryLimitAtItsEdge) {
  PipelineSpec good;
  good.name = "p";
  good.table = "table";
  good.directory = "/data";
  EXPECT_TRUE(CheckPipelineSpec(good).ok());
  struct Row {
    const char* what;
    std::function<void(PipelineSpec*)> change;
    bool ok;
  };
  const std::vector<Row> rows = {
      {"no name", [](PipelineSpec* s) { s->name = ""; }, false},
      {"64", [](PipelineSpec* s) { s->name = std::string(64, 'a'); }, true},
      {"65", [](PipelineSpec* s) { s->name = std::string(65, 'a'); }, false},
      {"slash", [](PipelineSpec* s) { s->name = "a/b"; }, false},
      {"all kinds", [](PipelineSpec* s) { s->name = "aZ09-_"; }, true},
      {"relative", [](PipelineSpec* s) { s->directory = "data"; }, false},
      {"no directory", [](PipelineSpec* s) { s->directory = ""; }, false},
      {"1023", [](PipelineSpec* s) { s->roll_bytes = 1023; }, false},
      {"1024", [](PipelineSpec* s) { s->roll_bytes = 1024; }, true},
      {"1 GB", [](PipelineSpec* s) { s->roll_bytes = kRollBytesMax; }, true},
      {"over 1 GB", [](PipelineSpec* s) { s->roll_bytes = kRollBytesMax + 1; }, false},
      {"0 s", [](PipelineSpec* s) { s->roll_seconds = 0; }, false},
      {"1 s", [](PipelineSpec* s) { s->roll_seconds = 1; }, true},
      {"a day", [](PipelineSpec* s) { s->roll_seconds = 86400; }, true},
      {"over a day", [](PipelineSpec* s) { s->roll_seconds = 86401; }, false},
      {"level 0", [](PipelineSpec* s) { s->compression_level = 0; }, false},
      {"level 12", [](PipelineSpec* s) { s->compression_level = 12; }, true},
      {"level 13", [](PipelineSpec* s) { s->compression_level = 13; }, false},
      {"both",
       [](PipelineSpec* s) {
         s->snapshot = true;
         s->start = CdcStart::kTrimHorizon;
       },
       false},
  };
  for (const Row& row : rows) {
    PipelineSpec spec = good;
    row.change(&spec);
    EXPECT_EQ(CheckPipelineSpec(spec).ok(), row.ok) << row.what;
  }
}

}  // namespace
}  // namespace millrace
