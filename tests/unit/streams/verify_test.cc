#include "streams/verify.h"

#include <gtest/gtest.h>

#include "engine/base/random.h"
#include "engine/log_entries.h"
#include "tests/unit/streams/fake_database.h"

namespace millrace {
namespace {

class VerifyTest : public testing::Test {
 protected:
  VerifyReport Run() { return VerifyTable(&database_, table_->id).value(); }
  std::string BreakOf(const VerifyReport& report) const {
    if (report.intact()) return "none";
    return std::string(WireName(report.first_break->kind)) + " at " +
           std::to_string(report.first_break->lsn.value());
  }
  Lsn Put(uint32_t shard = 0) { return database_.Put(table_, KeyInShard(*table_, shard), "value"); }
  // The bytes of a frame's only record.
  static void Change(std::string* entries, size_t offset) {
    (*entries)[kLogEntryHeaderSize + offset] ^= 1;
  }

  ManualClock clock_;
  FakeDatabase database_{&clock_};
  TableRef table_ = database_.CreateTable(SpecOf("t")).value();
  TableRef other_ = database_.CreateTable(SpecOf("other")).value();
};

TEST_F(VerifyTest, AnIntactLogIsIntact) {
  Random random(3);
  for (int i = 0; i < 300; ++i) {
    database_.CommitWrites({{table_->id, {"pk-" + std::to_string(random.Uniform(50)), ""}, "x"},
                            {other_->id, {"pk", ""}, "y"},
                            {table_->id, {"qk-" + std::to_string(random.Uniform(50)), ""}, "z"}});
  }
  const VerifyReport report = Run();
  EXPECT_EQ(BreakOf(report), "none");
  EXPECT_FALSE(report.beginning_trimmed);
  EXPECT_EQ(report.as_of, database_.applied_lsn());
  uint64_t records = 0;
  for (const ShardChain& shard : report.shards) {
    EXPECT_GT(shard.records, 50u);
    EXPECT_LT(shard.first, shard.last);
    records += shard.records;
  }
  EXPECT_EQ(records, 600u);
}

TEST_F(VerifyTest, AnEmptyTableIsIntact) {
  const VerifyReport report = Run();
  EXPECT_TRUE(report.intact());
  EXPECT_EQ(report.shards[0].records, 0u);
  EXPECT_EQ(report.shards[0].head, Digest{});
}

TEST_F(VerifyTest, EveryChangedByteOfARecordBreaksTheChain) {
  Put();
  const Lsn changed = Put();
  const Lsn next = Put();
  Put();
  size_t size = 0;
  database_.fake_log()->Tamper(
      changed, [&](std::string* entries) { size = entries->size() - kLogEntryHeaderSize; });
  ASSERT_GT(size, kRecordHeaderSize);
  for (size_t offset = 0; offset < size; ++offset) {
    const auto flip = [&](std::string* entries) { Change(entries, offset); };
    database_.fake_log()->Tamper(changed, flip);
    const VerifyReport report = Run();
    ASSERT_FALSE(report.intact()) << offset;
    ASSERT_GE(report.first_break->lsn, changed);
    ASSERT_LE(report.first_break->lsn, next);
    database_.fake_log()->Tamper(changed, flip);
  }
  EXPECT_TRUE(Run().intact());
}

TEST_F(VerifyTest, TellsWhatIsWrong) {
  const Lsn first = Put();
  const Lsn second = Put();
  struct Row {
    Lsn lsn;
    size_t offset;
    std::string found;
  };
  const size_t previous_hash = 2 * kPositionSize + 8;
  for (const Row& row : std::vector<Row>{
           {first, 5, "POSITION at " + std::to_string(first.value())},
           {first, previous_hash, "PREVIOUS_HASH at " + std::to_string(first.value())},
           {second, previous_hash, "PREVIOUS_HASH at " + std::to_string(second.value())},
           {second, previous_hash + 32, "BODY_DIGEST at " + std::to_string(second.value())},
           {second, kRecordHeaderSize, "MALFORMED at " + std::to_string(second.value())},
           // The time of a record is sealed by the next one.
           {first, 2 * kPositionSize, "PREVIOUS_HASH at " + std::to_string(second.value())},
       }) {
    const auto flip = [&](std::string* entries) { Change(entries, row.offset); };
    database_.fake_log()->Tamper(row.lsn, flip);
    EXPECT_EQ(BreakOf(Run()), row.found);
    database_.fake_log()->Tamper(row.lsn, flip);
  }
}

TEST_F(VerifyTest, FindsDroppedAndRepeatedRecords) {
  Put();
  const Lsn dropped = Put();
  const Lsn next = Put();
  std::string kept;
  database_.fake_log()->Tamper(dropped, [&](std::string* entries) { kept.swap(*entries); });
  EXPECT_EQ(BreakOf(Run()), "PREVIOUS_HASH at " + std::to_string(next.value()));
  database_.fake_log()->Tamper(dropped, [&](std::string* entries) { *entries = kept + kept; });
  EXPECT_EQ(BreakOf(Run()), "POSITION at " + std::to_string(dropped.value()));
  database_.fake_log()->Tamper(dropped, [&](std::string* entries) { *entries = kept; });
  EXPECT_TRUE(Run().intact());
}

TEST_F(VerifyTest, OtherTablesDoNotMatter) {
  Put();
  const Lsn lsn = database_.Put(other_, {"pk", ""}, "x");
  database_.fake_log()->Tamper(lsn, [](std::string* entries) { Change(entries, 60); });
  EXPECT_TRUE(Run().intact());
  EXPECT_FALSE(VerifyTable(&database_, other_->id)->intact());
}

TEST_F(VerifyTest, ATrimmedBeginningIsTakenAtItsWord) {
  for (int i = 0; i < 20; ++i) Put();
  ASSERT_TRUE(database_.log()->Trim(Lsn(10), INT64_MAX).ok());
  const VerifyReport report = Run();
  EXPECT_EQ(BreakOf(report), "none");
  EXPECT_TRUE(report.beginning_trimmed);
  EXPECT_EQ(report.shards[0].first.lsn, database_.log()->first_lsn());
}

TEST_F(VerifyTest, RefusesUnknownTablesAndCanBeCancelled) {
  EXPECT_TRUE(VerifyTable(&database_, TableId(99)).status().Is(ErrorCode::kResourceNotFound));
  for (int i = 0; i < 4096; ++i) Put();
  EXPECT_TRUE(VerifyTable(&database_, table_->id, [] { return true; })
                  .status()
                  .Is(ErrorCode::kUnavailable));
}

}  // namespace
}  // namespace millrace
