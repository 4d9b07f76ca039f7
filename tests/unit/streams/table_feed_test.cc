#include "streams/table_feed.h"

#include <gtest/gtest.h>

#include "engine/log_entries.h"
#include "streams/shard_scan.h"
#include "tests/unit/streams/fake_database.h"

namespace millrace {
namespace {

using Strings = std::vector<std::string>;

class TableFeedTest : public testing::Test {
 protected:
  Strings Read(TableFeed* feed, Lsn limit) {
    Strings values;
    for (;;) {
      const auto next = feed->Next(limit);
      if (!next.ok()) return {next.status().ToString()};
      if (!next->has_value()) return values;
      EXPECT_EQ((*next)->lsn, (*next)->record.position().lsn);
      EXPECT_EQ((*next)->partition, PartitionOf(table_->id, (*next)->shard));
      EXPECT_EQ((*next)->shard, ShardOf((*next)->record.key_hash()));
      values.emplace_back((*next)->record.new_image().Find("v")->text());
    }
  }
  Lsn Put(std::string_view value, uint32_t shard = 0) {
    return database_.Put(table_, KeyInShard(*table_, shard), value);
  }
  Lsn Applied() const { return database_.applied_lsn(); }

  ManualClock clock_;
  FakeDatabase database_{&clock_};
  TableRef table_ = database_.CreateTable(SpecOf("t")).value();
  TableRef other_ = database_.CreateTable(SpecOf("other")).value();
};

TEST_F(TableFeedTest, ReadsAllShardsInTheOrderOfTheLog) {
  Put("a", 3);
  database_.Put(other_, KeyInShard(*other_, 0), "x");
  Put("b", 0);
  database_.CommitNothing();
  database_.CommitWrites({{table_->id, KeyInShard(*table_, 2), "c"},
                          {other_->id, KeyInShard(*other_, 2), "x"},
                          {table_->id, KeyInShard(*table_, 1), "d"}});
  TableFeed feed(database_.log(), table_->id, table_->created_lsn);
  EXPECT_EQ(Read(&feed, Applied()), (Strings{"a", "b", "c", "d"}));
  EXPECT_EQ(feed.position(), Lsn(Applied().value() + 1));
  EXPECT_EQ(Read(&feed, Applied()), Strings());
  Put("e");
  EXPECT_EQ(Read(&feed, Applied()), Strings{"e"});
}

TEST_F(TableFeedTest, ReadsOneShardAndSkipsTheRest) {
  Put("a", 1);
  for (int i = 0; i < 50; ++i) Put("elsewhere", 2);
  database_.CommitWrites({{table_->id, KeyInShard(*table_, 2), "elsewhere"},
                          {table_->id, KeyInShard(*table_, 1), "b"}});
  const int read_before = database_.fake_log()->frames_read();
  TableFeed feed(database_.log(), table_->id, ShardIndex(1), Lsn(1));
  EXPECT_EQ(Read(&feed, Applied()), (Strings{"a", "b"}));
  EXPECT_EQ(database_.fake_log()->frames_read() - read_before, 2);
  EXPECT_GT(feed.bytes_read(), 0u);
}

TEST_F(TableFeedTest, StopsAtTheLimit) {
  const Lsn a = Put("a");
  const Lsn b = Put("b");
  TableFeed feed(database_.log(), table_->id, a);
  EXPECT_EQ(Read(&feed, Lsn(a.value() - 1)), Strings());
  EXPECT_EQ(feed.position(), a);
  EXPECT_EQ(Read(&feed, a), Strings{"a"});
  EXPECT_EQ(feed.position(), b);
  EXPECT_EQ(Read(&feed, a), Strings());
  EXPECT_EQ(Read(&feed, b), Strings{"b"});
}

TEST_F(TableFeedTest, PositionStaysAtACommitUntilAllOfItWasReturned) {
  const Lsn lsn = database_.CommitWrites(
      {{table_->id, KeyInShard(*table_, 0), "a"}, {table_->id, KeyInShard(*table_, 1), "b"}});
  TableFeed feed(database_.log(), table_->id, Lsn(1));
  ASSERT_TRUE(feed.Next(Applied())->has_value());
  EXPECT_EQ(feed.position(), lsn);
  ASSERT_TRUE(feed.Next(Applied())->has_value());
  ASSERT_FALSE(feed.Next(Applied())->has_value());
  EXPECT_GT(feed.position(), lsn);
}

TEST_F(TableFeedTest, EndsWhereItsWindowDoes) {
  Put("a");
  const Lsn b = Put("b");
  const Lsn end = Put("c");
  TableFeed feed(database_.log(), table_->id, Lsn(1));
  feed.EndBefore(end);
  EXPECT_FALSE(feed.ended());
  EXPECT_EQ(Read(&feed, b), (Strings{"a", "b"}));
  EXPECT_TRUE(feed.ended());
  EXPECT_EQ(Read(&feed, Applied()), Strings());
}

TEST_F(TableFeedTest, AnEndSetLaterCounts) {
  Put("a");
  TableFeed feed(database_.log(), table_->id, Lsn(1));
  EXPECT_EQ(Read(&feed, Applied()), Strings{"a"});
  const Lsn end = database_.CommitNothing();
  Put("b");
  feed.EndBefore(end);
  EXPECT_TRUE(feed.ended());
  EXPECT_EQ(Read(&feed, Applied()), Strings());
}

TEST_F(TableFeedTest, SaysWhenTheLogIsGone) {
  for (int i = 0; i < 20; ++i) Put("a");
  ASSERT_TRUE(database_.log()->Trim(Lsn(10), INT64_MAX).ok());
  TableFeed feed(database_.log(), table_->id, Lsn(1));
  EXPECT_TRUE(feed.Next(Applied()).status().Is(ErrorCode::kTrimmedDataAccess));
}

TEST_F(TableFeedTest, MovesWithItsPlace) {
  Put("a");
  Put("b");
  TableFeed feed(database_.log(), table_->id, Lsn(1));
  ASSERT_TRUE(feed.Next(Applied())->has_value());
  TableFeed moved = std::move(feed);
  EXPECT_EQ(Read(&moved, Applied()), Strings{"b"});
}

TEST(PositionAfterTest, IsTheNextPosition) {
  const uint32_t last_ordinal = (1u << 24) - 1;
  EXPECT_EQ(PositionAfter({0, Lsn(7), 0}), (Position{0, Lsn(7), 1}));
  EXPECT_EQ(PositionAfter({0, Lsn(7), last_ordinal - 1}), (Position{0, Lsn(7), last_ordinal}));
  EXPECT_EQ(PositionAfter({2, Lsn(7), last_ordinal}), (Position{2, Lsn(8), 0}));
}

}  // namespace
}  // namespace millrace
