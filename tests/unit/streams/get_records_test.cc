// GetRecords: pages, windows, and what 24 hours do.

#include <gtest/gtest.h>

#include "tests/unit/streams/stream_fixture.h"

namespace millrace {
namespace {

using Strings = std::vector<std::string>;
using Type = ShardIteratorType;

constexpr char kTrimmed[] =
    "TrimmedDataAccessException: The data you are trying to access has been trimmed";

class GetRecordsTest : public StreamFixture {
 protected:
  Lsn Put(std::string_view value, uint32_t shard = 0) {
    return database_.Put(table_, KeyInShard(*table_, shard), value);
  }

  TableRef table_ = Make("t");
};

TEST_F(GetRecordsTest, ReturnsWhatTheLogHolds) {
  const ItemKey key = KeyInShard(*table_, 2);
  const Lsn inserted = database_.Put(table_, key, "old", {"AKID", "request-1", {0, Lsn(1), 0}, 3});
  clock_.AdvanceMicros(5);
  const Lsn changed = database_.Put(table_, key, "new");
  const Lsn removed = database_.Remove(table_, key);
  const auto page = service_.GetRecords(Iterator(table_, 2, Type::kTrimHorizon)).value();
  ASSERT_EQ(page.records.size(), 3u);
  const RecordView first = page.records[0].record();
  EXPECT_EQ(WireName(first.event_name()), "INSERT");
  EXPECT_EQ(page.records[0].sequence_number(), NumberOf(inserted));
  EXPECT_EQ(first.principal(), "AKID");
  EXPECT_EQ(first.request_id(), "request-1");
  EXPECT_EQ(ValueOf(page.records[0].new_image()), "old");
  EXPECT_TRUE(page.records[0].old_image().empty());
  EXPECT_EQ(first.keys().bytes(), KeysItem(table_->spec.schema, key));

  EXPECT_EQ(WireName(page.records[1].record().event_name()), "MODIFY");
  EXPECT_EQ(page.records[1].record().commit_time_micros(), clock_.WallMicros());
  EXPECT_EQ(page.records[1].sequence_number(), NumberOf(changed));
  EXPECT_EQ(ValueOf(page.records[1].old_image()), "old");
  EXPECT_EQ(ValueOf(page.records[1].new_image()), "new");

  EXPECT_EQ(WireName(page.records[2].record().event_name()), "REMOVE");
  EXPECT_EQ(page.records[2].sequence_number(), NumberOf(removed));
  EXPECT_EQ(ValueOf(page.records[2].old_image()), "new");
  EXPECT_TRUE(page.records[2].new_image().empty());
  // Each record is the hash chain's next, and its own event.
  EXPECT_EQ(page.records[0].hash, page.records[1].record().header().previous_hash);
  EXPECT_NE(page.records[0].event_id(), page.records[1].event_id());
  EXPECT_EQ(page.records[0].event_id().size(), 32u);
}

TEST_F(GetRecordsTest, ViewsShowTheirImagesAndCountThem) {
  struct Row {
    StreamViewType view;
    std::string new_value;
    std::string old_value;
  };
  for (const Row& row : std::vector<Row>{{StreamViewType::kKeysOnly, "-", "-"},
                                         {StreamViewType::kNewImage, "new!", "-"},
                                         {StreamViewType::kOldImage, "-", "old"},
                                         {StreamViewType::kNewAndOldImages, "new!", "old"}}) {
    const TableRef table = Make("t-" + std::string(WireName(row.view)), row.view);
    const ItemKey key = KeyInShard(*table, 0);
    database_.Put(table, key, "old");
    database_.Put(table, key, "new!");
    const auto page = service_.GetRecords(Iterator(table, 0, Type::kTrimHorizon)).value();
    ASSERT_EQ(page.records.size(), 2u);
    const StreamRecord& record = page.records[1];
    EXPECT_EQ(record.view, row.view);
    EXPECT_EQ(ValueOf(record.new_image()), row.new_value);
    EXPECT_EQ(ValueOf(record.old_image()), row.old_value);
    const uint64_t keys = 2 + key.pk.size();
    uint64_t size = keys;
    if (row.new_value != "-") size += keys + 1 + row.new_value.size();
    if (row.old_value != "-") size += keys + 1 + row.old_value.size();
    EXPECT_EQ(record.aws_size(), size) << WireName(row.view);
  }
}

TEST_F(GetRecordsTest, ShardsAreApartAndTogetherComplete) {
  const TableRef other = Make("other");
  for (int i = 0; i < 200; ++i) {
    database_.Put(table_, {"pk-" + std::to_string(i), ""}, "mine");
    if (i % 3 == 0) database_.Put(other, {"pk-" + std::to_string(i), ""}, "not mine");
  }
  size_t total = 0;
  for (uint32_t shard = 0; shard < kShardCount; ++shard) {
    const auto page = service_.GetRecords(Iterator(table_, shard, Type::kTrimHorizon)).value();
    EXPECT_GT(page.records.size(), 10u);
    for (const StreamRecord& record : page.records) {
      EXPECT_EQ(ShardOf(record.record().key_hash()).value(), shard);
      EXPECT_EQ(ValueOf(record.new_image()), "mine");
    }
    total += page.records.size();
  }
  EXPECT_EQ(total, 200u);
}

TEST_F(GetRecordsTest, PagesHoldAtMostTheLimit) {
  Strings written;
  for (int i = 0; i < 10; ++i) {
    written.push_back(std::to_string(i));
    Put(written.back());
  }
  for (const size_t limit : {size_t{1}, size_t{3}, size_t{9}, size_t{10}, size_t{11}}) {
    const auto page = service_.GetRecords(Iterator(table_, 0, Type::kTrimHorizon), limit).value();
    EXPECT_EQ(page.records.size(), std::min<size_t>(limit, 10));
    const Reading all = Drain(Iterator(table_, 0, Type::kTrimHorizon), limit);
    EXPECT_EQ(all.values, written) << limit;
  }
}

TEST_F(GetRecordsTest, APageHolds1000RecordsAtMost) {
  for (int i = 0; i < 1001; ++i) Put("x");
  const auto page = service_.GetRecords(Iterator(table_, 0, Type::kTrimHorizon), 5000).value();
  EXPECT_EQ(page.records.size(), 1000u);
  EXPECT_EQ(service_.GetRecords(*page.next_iterator)->records.size(), 1u);
}

TEST_F(GetRecordsTest, PagesSplitWithinACommit) {
  std::vector<FakeDatabase::Write> writes;
  for (int i = 0; i < 7; ++i) {
    writes.push_back({table_->id, KeyInShard(*table_, i % 2 ? 1 : 0, i), std::to_string(i)});
  }
  database_.CommitWrites(writes);
  const Reading all = Drain(Iterator(table_, 0, Type::kTrimHorizon), 1);
  EXPECT_EQ(all.values, (Strings{"0", "2", "4", "6"}));
}

// Keys and new image of a record whose `v` has this many bytes.
uint64_t SizeWith(uint64_t value_size, const ItemKey& key) {
  return 2 * (2 + key.pk.size()) + 1 + value_size;
}

TEST_F(GetRecordsTest, PagesHoldAtMostOneMegabyte) {
  const TableRef table = Make("new-images", StreamViewType::kNewImage);
  const ItemKey a = KeyInShard(*table, 0, 0);
  const uint64_t half = kGetRecordsSizeMax / 2 - SizeWith(0, a);
  for (const uint64_t excess : {0, 1}) {
    const std::string begin = Iterator(table, 0, Type::kLatest);
    database_.Put(table, a, std::string(half, 'x'));
    database_.Put(table, a, std::string(half + excess, 'y'));
    const auto page = service_.GetRecords(begin).value();
    EXPECT_EQ(page.records.size(), excess == 0 ? 2u : 1u);
    EXPECT_EQ(Drain(begin).values.size(), 2u);
  }
}

TEST_F(GetRecordsTest, ASingleLargerRecordStillComes) {
  const std::string begin = Iterator(table_, 0, Type::kLatest);
  Put(std::string(kGetRecordsSizeMax, 'x'));
  Put("small");
  const auto page = service_.GetRecords(begin).value();
  ASSERT_EQ(page.records.size(), 1u);
  EXPECT_GT(page.records[0].aws_size(), kGetRecordsSizeMax);
  EXPECT_EQ(Drain(*page.next_iterator).values, Strings{"small"});
}

TEST_F(GetRecordsTest, EmptyStretchesAreNotReadAgain) {
  Put("first");
  Reading reading = Drain(Iterator(table_, 0, Type::kTrimHorizon));
  for (int i = 0; i < 500; ++i) Put("elsewhere", 1);
  reading = Drain(*reading.next);
  EXPECT_TRUE(reading.values.empty());
  const auto parsed = service_.GetRecords(*reading.next);
  ASSERT_TRUE(parsed.ok());
  // Everything up to here may be trimmed now without this iterator missing it.
  clock_.AdvanceMicros(14 * kMinute);
  ASSERT_TRUE(database_.fake_log()->Trim(Lsn(400), INT64_MAX).ok());
  Put("second");
  EXPECT_EQ(Values(*reading.next), Strings{"second"});
}

TEST_F(GetRecordsTest, WorkOfACallIsBoundedAndEveryCallGetsOn) {
  // Commits of which the shard has one small record each, far larger than a page's bytes in all.
  const std::string large(8 << 20, 'x');
  Strings expected;
  for (int i = 0; i < 12; ++i) {
    expected.push_back(std::to_string(i));
    database_.CommitWrites({{table_->id, KeyInShard(*table_, 0), expected.back()},
                            {table_->id, KeyInShard(*table_, 1), large}});
  }
  const auto page = service_.GetRecords(Iterator(table_, 0, Type::kTrimHorizon)).value();
  EXPECT_LT(page.records.size(), 12u);
  const Reading all = Drain(Iterator(table_, 0, Type::kTrimHorizon));
  EXPECT_EQ(all.values, expected);
  EXPECT_GT(all.pages, 2);
}

TEST_F(GetRecordsTest, GetsOnWithinACommitLargerThanTheBound) {
  const std::string large(StreamService::kScanBytesMax, 'x');
  database_.CommitWrites({{table_->id, KeyInShard(*table_, 0, 0), "a"},
                          {table_->id, KeyInShard(*table_, 1), large},
                          {table_->id, KeyInShard(*table_, 0, 1), "b"},
                          {table_->id, KeyInShard(*table_, 0, 2), "c"}});
  EXPECT_EQ(Drain(Iterator(table_, 0, Type::kTrimHorizon), 1).values, (Strings{"a", "b", "c"}));
}

TEST_F(GetRecordsTest, AClosedShardEnds) {
  Put("a");
  Put("b");
  const std::string latest = Iterator(table_, 0, Type::kLatest);
  ASSERT_TRUE(database_.DisableStream("t").ok());
  Put("after the end");
  const auto page = service_.GetRecords(Iterator(table_, 0, Type::kTrimHorizon)).value();
  EXPECT_EQ(page.records.size(), 2u);
  EXPECT_FALSE(page.next_iterator.has_value());
  // With a full page the end is known too.
  EXPECT_FALSE(service_.GetRecords(Iterator(table_, 0, Type::kTrimHorizon), 2)->next_iterator);
  EXPECT_TRUE(service_.GetRecords(Iterator(table_, 0, Type::kTrimHorizon), 1)->next_iterator);
  for (const std::string& iterator :
       {latest, Iterator(table_, 0, Type::kLatest), Iterator(table_, 1, Type::kTrimHorizon),
        Iterator(table_, 0, Type::kAtSequenceNumber, NumberOf(*Now(table_)->streams[0].last))}) {
    const auto empty = service_.GetRecords(iterator).value();
    EXPECT_TRUE(empty.records.empty());
    EXPECT_FALSE(empty.next_iterator.has_value());
  }
}

TEST_F(GetRecordsTest, OffAndOnAgainMakesTwoStreamsThatShareNothing) {
  Put("a");
  const std::string held = Iterator(table_, 0, Type::kLatest);
  const TableRef closed = database_.DisableStream("t").value();
  Put("between");
  clock_.AdvanceMicros(kMinute);
  ASSERT_TRUE(database_.EnableStream("t", StreamViewType::kKeysOnly).ok());
  Put("b");
  const StreamWindow& old = closed->streams[0];
  const std::string old_arn = service_.ArnOf(*closed, old);
  const auto old_iterator = service_.GetShardIterator(
      old_arn, ShardIdOf(*closed, old, ShardIndex(0)), Type::kTrimHorizon, std::nullopt);
  EXPECT_EQ(Values(*old_iterator), Strings{"a"});
  EXPECT_EQ(Values(Iterator(table_, 0, Type::kTrimHorizon)), Strings{"b"});
  EXPECT_FALSE(service_.GetRecords(held)->next_iterator.has_value());
  EXPECT_NE(old_arn, Arn(table_));
  // Numbers of one stream are not of the other.
  EXPECT_FALSE(TryIterator(table_, 0, Type::kAtSequenceNumber, NumberOf(*old.last)).ok());
}

TEST_F(GetRecordsTest, DeletingTheTableEndsItsShards) {
  Put("a");
  const std::string iterator = Iterator(table_, 0, Type::kTrimHorizon);
  ASSERT_TRUE(database_.DeleteTable("t").ok());
  const auto page = service_.GetRecords(iterator).value();
  EXPECT_EQ(page.records.size(), 1u);
  EXPECT_FALSE(page.next_iterator.has_value());
}

TEST_F(GetRecordsTest, IteratorOfAStreamThatIsGoneIsNotFound) {
  Put("a");
  ASSERT_TRUE(database_.DisableStream("t").ok());
  clock_.AdvanceMicros(kStreamRetentionMicros - kMinute);
  const std::string iterator = Iterator(table_, 0, Type::kLatest);
  clock_.AdvanceMicros(kMinute);
  EXPECT_EQ(Error(service_.GetRecords(iterator).status()),
            "ResourceNotFoundException: Requested resource not found: Stream: " + Arn(table_) +
                " not found");
}

TEST_F(GetRecordsTest, VisibilityEndsAtExactly24Hours) {
  Put("old");
  clock_.AdvanceMicros(1);
  Put("young");
  clock_.AdvanceMicros(kStreamRetentionMicros - 2);
  EXPECT_EQ(Values(Iterator(table_, 0, Type::kTrimHorizon)), (Strings{"old", "young"}));
  clock_.AdvanceMicros(1);  // the old one is 24 h old now; its bytes are still in the log
  EXPECT_EQ(Values(Iterator(table_, 0, Type::kTrimHorizon)), Strings{"young"});
  clock_.AdvanceMicros(1);
  EXPECT_EQ(Values(Iterator(table_, 0, Type::kTrimHorizon)), Strings());
  EXPECT_EQ(database_.log()->first_lsn(), Lsn(1));
}

TEST_F(GetRecordsTest, SequenceNumbersBelowTheTrimHorizonAreTrimmed) {
  const std::string old = NumberOf(Put("old"));
  clock_.AdvanceMicros(1);
  const std::string young = NumberOf(Put("young"));
  clock_.AdvanceMicros(kStreamRetentionMicros - 2);
  for (const Type type : {Type::kAtSequenceNumber, Type::kAfterSequenceNumber}) {
    EXPECT_TRUE(TryIterator(table_, 0, type, old).ok());
  }
  clock_.AdvanceMicros(1);
  for (const Type type : {Type::kAtSequenceNumber, Type::kAfterSequenceNumber}) {
    EXPECT_EQ(Error(TryIterator(table_, 0, type, old).status()), kTrimmed);
    EXPECT_TRUE(TryIterator(table_, 0, type, young).ok());
  }
}

TEST_F(GetRecordsTest, AnIteratorWhoseNextRecordAgesOutIsTrimmed) {
  Put("first");
  Put("second");
  clock_.AdvanceMicros(kStreamRetentionMicros - 1);
  const auto page = service_.GetRecords(Iterator(table_, 0, Type::kTrimHorizon), 1).value();
  ASSERT_EQ(page.records.size(), 1u);
  const std::string horizon = Iterator(table_, 0, Type::kTrimHorizon);
  EXPECT_TRUE(service_.GetRecords(*page.next_iterator).ok());
  clock_.AdvanceMicros(1);
  EXPECT_EQ(Error(service_.GetRecords(*page.next_iterator).status()), kTrimmed);
  // The trim horizon is where it is when the iterator is used.
  EXPECT_EQ(Values(horizon), Strings());
}

TEST_F(GetRecordsTest, AnIteratorThatMissesNothingGoesOn) {
  const std::string number = NumberOf(Put("read"));
  for (int i = 0; i < 20; ++i) Put("elsewhere", 1);
  clock_.AdvanceMicros(kStreamRetentionMicros - 1);
  const std::string iterator = Iterator(table_, 0, Type::kAfterSequenceNumber, number);
  clock_.AdvanceMicros(
      1);  // all of the log ages out, but nothing that this iterator would have returned
  Put("next");
  EXPECT_EQ(Values(iterator), Strings{"next"});
}

TEST_F(GetRecordsTest, TrimmedFilesAreTrimmedData) {
  const std::string number = NumberOf(Put("a"));
  for (int i = 0; i < 3; ++i) Put("elsewhere", 1);
  clock_.AdvanceMicros(kStreamRetentionMicros - 1);
  const std::string iterator = Iterator(table_, 0, Type::kAtSequenceNumber, number);
  for (int i = 0; i < 10; ++i) Put("b");
  clock_.AdvanceMicros(1);
  ASSERT_GT(database_.TrimLog(Lsn(100), clock_.WallMicros() - kStreamRetentionMicros + 1).value(),
            0u);
  ASSERT_GT(database_.log()->first_lsn(), Lsn(3));
  EXPECT_EQ(Error(service_.GetRecords(iterator).status()), kTrimmed);
  EXPECT_EQ(Values(Iterator(table_, 0, Type::kTrimHorizon)).size(), 10u);
}

TEST_F(GetRecordsTest, AStepBackOfTheClockLosesAndRepeatsNothing) {
  Put("a");
  const auto page = service_.GetRecords(Iterator(table_, 0, Type::kTrimHorizon)).value();
  clock_.StepWallMicros(-25 * kHour);
  Put("b");
  EXPECT_EQ(Values(*page.next_iterator), Strings{"b"});
  clock_.StepWallMicros(25 * kHour);
  EXPECT_EQ(Values(Iterator(table_, 0, Type::kTrimHorizon)), (Strings{"a", "b"}));
}

TEST_F(GetRecordsTest, ShowsNothingThatIsNotApplied) {
  Put("a");
  database_.applied_held = database_.applied_lsn();
  Put("b");
  const Reading reading = Drain(Iterator(table_, 0, Type::kTrimHorizon));
  EXPECT_EQ(reading.values, Strings{"a"});
  database_.applied_held.reset();
  EXPECT_EQ(Values(*reading.next), Strings{"b"});
}

}  // namespace
}  // namespace millrace
