// GetShardIterator: where the four types begin, and which iterators GetRecords takes.

#include "streams/shard_iterator.h"

#include <gtest/gtest.h>

#include "engine/base/random.h"
#include "tests/unit/streams/stream_fixture.h"

namespace millrace {
namespace {

using Strings = std::vector<std::string>;
using Type = ShardIteratorType;

class ShardIteratorTest : public StreamFixture {
 protected:
  void Put(std::string_view value) {
    numbers_.push_back(NumberOf(database_.Put(table_, KeyInShard(*table_, 0), value)));
  }

  TableRef table_ = Make("t");
  Strings numbers_;
};

TEST_F(ShardIteratorTest, TypesHaveAwsNames) {
  for (const auto& [type, name] : std::vector<std::pair<Type, std::string>>{
           {Type::kTrimHorizon, "TRIM_HORIZON"},
           {Type::kLatest, "LATEST"},
           {Type::kAtSequenceNumber, "AT_SEQUENCE_NUMBER"},
           {Type::kAfterSequenceNumber, "AFTER_SEQUENCE_NUMBER"}}) {
    EXPECT_EQ(WireName(type), name);
    EXPECT_EQ(ParseShardIteratorType(name), type);
  }
  EXPECT_EQ(ParseShardIteratorType("latest"), std::nullopt);
  EXPECT_EQ(ParseShardIteratorType("AT_TIMESTAMP"), std::nullopt);
}

TEST_F(ShardIteratorTest, EachTypeBeginsWhereItSays) {
  for (const char* value : {"a", "b", "c"}) Put(value);
  EXPECT_EQ(Values(Iterator(table_, 0, Type::kTrimHorizon)), (Strings{"a", "b", "c"}));
  EXPECT_EQ(Values(Iterator(table_, 0, Type::kLatest)), Strings());
  EXPECT_EQ(Values(Iterator(table_, 0, Type::kAtSequenceNumber, numbers_[1])), (Strings{"b", "c"}));
  EXPECT_EQ(Values(Iterator(table_, 0, Type::kAfterSequenceNumber, numbers_[1])), Strings{"c"});
  EXPECT_EQ(Values(Iterator(table_, 0, Type::kAfterSequenceNumber, numbers_[2])), Strings());
  EXPECT_EQ(Values(Iterator(table_, 1, Type::kTrimHorizon)), Strings());
}

TEST_F(ShardIteratorTest, SequenceNumbersTellRecordsOfOneCommitApart) {
  const ItemKey first = KeyInShard(*table_, 0, 0);
  const ItemKey second = KeyInShard(*table_, 0, 1);
  const ItemKey elsewhere = KeyInShard(*table_, 1);
  const Lsn lsn = database_.CommitWrites(
      {{table_->id, first, "a"}, {table_->id, elsewhere, "x"}, {table_->id, second, "b"}});
  EXPECT_EQ(Values(Iterator(table_, 0, Type::kAtSequenceNumber, NumberOf(lsn, 0))),
            (Strings{"a", "b"}));
  EXPECT_EQ(Values(Iterator(table_, 0, Type::kAfterSequenceNumber, NumberOf(lsn, 0))),
            Strings{"b"});
  EXPECT_EQ(Values(Iterator(table_, 0, Type::kAfterSequenceNumber, NumberOf(lsn, 2))), Strings());
}

TEST_F(ShardIteratorTest, LatestOnAnIdleShardSeesTheNextWrite) {
  Put("before");
  std::string iterator = Iterator(table_, 0, Type::kLatest);
  Put("first");
  EXPECT_EQ(Values(iterator), Strings{"first"});
  // And so does the iterator of an empty page.
  const auto next = Drain(iterator).next;
  ASSERT_TRUE(next.has_value());
  Put("second");
  EXPECT_EQ(Values(*next), Strings{"second"});
}

TEST_F(ShardIteratorTest, LatestSeesACommitThatIsNotAppliedYet) {
  database_.applied_held = database_.applied_lsn();
  Put("in the log");
  const std::string iterator = Iterator(table_, 0, Type::kLatest);
  const auto before = Drain(iterator);
  EXPECT_EQ(before.values, Strings());
  database_.applied_held.reset();
  EXPECT_EQ(Values(iterator), Strings{"in the log"});
  EXPECT_EQ(Values(*before.next), Strings{"in the log"});
}

TEST_F(ShardIteratorTest, SequenceNumberBelongsToTwoTypes) {
  Put("a");
  for (const Type type : {Type::kTrimHorizon, Type::kLatest}) {
    EXPECT_TRUE(TryIterator(table_, 0, type, numbers_[0]).status().Is(ErrorCode::kValidation));
  }
  for (const Type type : {Type::kAtSequenceNumber, Type::kAfterSequenceNumber}) {
    EXPECT_TRUE(TryIterator(table_, 0, type).status().Is(ErrorCode::kValidation));
  }
}

TEST_F(ShardIteratorTest, RefusesSequenceNumbersThatAreNotOfTheStream) {
  Put("a");
  const Lsn next(database_.applied_lsn().value() + 1);
  const Lsn first = table_->streams[0].first;
  struct Row {
    std::string number;
    bool ok;
  };
  for (const Row& row : std::vector<Row>{
           {"", false},
           {"123456789012345678901", false},
           {numbers_[0] + "0", false},
           {"x" + numbers_[0].substr(1), false},
           {SequenceNumberOf({1, next, 0}), false},
           {NumberOf(first), false},
           {NumberOf(Lsn(first.value() + 1)), true},
           {NumberOf(next), true},
           {NumberOf(Lsn(next.value() + 1)), false},
       }) {
    const auto iterator = TryIterator(table_, 0, Type::kAtSequenceNumber, row.number);
    EXPECT_EQ(iterator.ok(), row.ok) << row.number;
    if (!row.ok) {
      EXPECT_EQ(Error(iterator.status()),
                "ValidationException: Invalid SequenceNumber: " + row.number);
    }
  }
}

TEST_F(ShardIteratorTest, RefusesShardsOfOtherStreams) {
  const TableRef other = Make("other");
  EXPECT_EQ(
      Error(service_.GetShardIterator(Arn(table_), ShardId(other, 0), Type::kLatest, std::nullopt)
                .status()),
      "ResourceNotFoundException: Requested resource not found: Shard does not exist");
}

TEST_F(ShardIteratorTest, ExpiresAfter15Minutes) {
  Put("a");
  const std::string iterator = Iterator(table_, 0, Type::kTrimHorizon);
  clock_.AdvanceMicros(15 * kMinute - 1);
  EXPECT_EQ(Values(iterator), Strings{"a"});
  const std::string next = *service_.GetRecords(iterator)->next_iterator;
  clock_.AdvanceMicros(1);
  EXPECT_EQ(Error(service_.GetRecords(iterator).status()),
            "ExpiredIteratorException: Shard iterator has expired");
  EXPECT_TRUE(service_.GetRecords(next).ok());  // it was issued later
}

TEST_F(ShardIteratorTest, LastsOverAStepBackOfTheWallClock) {
  Put("a");
  const std::string iterator = Iterator(table_, 0, Type::kTrimHorizon);
  clock_.StepWallMicros(-2 * kHour);
  Put("b");
  EXPECT_EQ(Values(iterator), (Strings{"a", "b"}));
}

TEST_F(ShardIteratorTest, IsTheSameForAServiceStartedAnew) {
  Put("a");
  const std::string iterator = Iterator(table_, 0, Type::kTrimHorizon);
  const StreamService restarted(&database_, &clock_, service_.scope());
  EXPECT_EQ(restarted.GetRecords(iterator)->records.size(), 1u);
}

TEST_F(ShardIteratorTest, EveryAlteredIteratorIsInvalid) {
  Put("a");
  const std::string iterator = Iterator(table_, 0, Type::kAtSequenceNumber, numbers_[0]);
  ASSERT_TRUE(service_.GetRecords(iterator).ok());
  Random random(20261121);
  for (int i = 0; i < 2000; ++i) {
    std::string altered = iterator;
    const size_t at = random.Uniform(altered.size());
    switch (random.Uniform(4)) {
      case 0:
        altered[at] = static_cast<char>(altered[at] ^ static_cast<char>(1 + random.Uniform(255)));
        break;
      case 1:
        altered.resize(at);
        break;
      case 2:
        altered.insert(at, 1, static_cast<char>('0' + random.Uniform(10)));
        break;
      default:
        altered.erase(at, 1 + random.Uniform(3));
    }
    ASSERT_NE(altered, iterator);
    const auto page = service_.GetRecords(altered);
    ASSERT_FALSE(page.ok()) << altered;
    ASSERT_EQ(Error(page.status()), "ValidationException: Invalid ShardIterator") << altered;
  }
}

TEST_F(ShardIteratorTest, AnIteratorOfAnotherTableOrKeyIsForged) {
  const TableRef other = Make("other");
  ShardIterator made;
  made.table = table_->id;
  made.window = table_->streams[0].first;
  made.issued_micros = clock_.WallMicros();
  made.from_horizon = true;
  EXPECT_TRUE(service_.GetRecords(EncodeShardIterator(made, Arn(table_), *table_)).ok());
  EXPECT_EQ(Error(service_.GetRecords(EncodeShardIterator(made, Arn(table_), *other)).status()),
            "ValidationException: Invalid ShardIterator");
  made.table = TableId(4711);
  EXPECT_EQ(Error(service_.GetRecords(EncodeShardIterator(made, Arn(table_), *table_)).status()),
            "ValidationException: Invalid ShardIterator");
}

TEST_F(ShardIteratorTest, IsReadBackAsWritten) {
  ShardIterator iterator;
  iterator.table = TableId(0xfffffffe);
  iterator.window = Lsn(UINT64_MAX - 1);
  iterator.shard = ShardIndex(3);
  iterator.issued_micros = INT64_MAX - 5;
  iterator.position = {(1u << 24) - 1, Lsn(UINT64_MAX), (1u << 24) - 2};
  for (const bool from_horizon : {false, true}) {
    iterator.from_horizon = from_horizon;
    const std::string text = EncodeShardIterator(iterator, "arn", *table_);
    EXPECT_LE(text.size(), 2048u);  // AWS's limit, of which an ARN takes at most 300
    const auto parsed = ParseShardIterator(text);
    ASSERT_TRUE(parsed.has_value());
    EXPECT_TRUE(Authentic(*parsed, *table_));
    EXPECT_EQ(parsed->arn, "arn");
    EXPECT_EQ(parsed->iterator.table, iterator.table);
    EXPECT_EQ(parsed->iterator.window, iterator.window);
    EXPECT_EQ(parsed->iterator.shard, iterator.shard);
    EXPECT_EQ(parsed->iterator.issued_micros, iterator.issued_micros);
    EXPECT_EQ(parsed->iterator.from_horizon, from_horizon);
    EXPECT_EQ(parsed->iterator.position, iterator.position);
  }
}

}  // namespace
}  // namespace millrace
