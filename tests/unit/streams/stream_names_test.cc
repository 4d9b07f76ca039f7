#include "streams/stream_names.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/base/limits.h"
#include "streams/stream_window.h"
#include "tests/unit/streams/fake_database.h"

namespace millrace {
namespace {

const ArnScope kScope{"eu-central-1", "000000000000"};

TEST(StreamNames, ArnHasAwsForm) {
  EXPECT_EQ(TableArn(kScope, "Flights"),
            "arn:aws:dynamodb:eu-central-1:000000000000:table/Flights");
  EXPECT_EQ(
      StreamArn(kScope, "Flights", "2026-11-21T03:30:00.123"),
      "arn:aws:dynamodb:eu-central-1:000000000000:table/Flights/stream/2026-11-21T03:30:00.123");
}

TEST(StreamNames, ArnIsReadBack) {
  const std::string arn = StreamArn(kScope, "a.b-c_d", "2026-11-21T03:30:00.123");
  const auto parsed = ParseStreamArn(arn);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->region, "eu-central-1");
  EXPECT_EQ(parsed->account, "000000000000");
  EXPECT_EQ(parsed->table_name, "a.b-c_d");
  EXPECT_EQ(parsed->label, "2026-11-21T03:30:00.123");
}

TEST(StreamNames, OtherFormsAreNoStreamArns) {
  for (const char* arn : {
           "",
           "arn",
           "arn:aws:dynamodb:",
           "arn:aws:kinesis:r:000000000000:table/T/stream/L",
           "arn:aws:dynamodb:r:000000000000:table/T",
           "arn:aws:dynamodb:r:000000000000:table/T/stream/",
           "arn:aws:dynamodb:r:000000000000:table//stream/L",
           "arn:aws:dynamodb::000000000000:table/T/stream/L",
           "arn:aws:dynamodb:r::table/T/stream/L",
           "arn:aws:dynamodb:r:000000000000:index/T/stream/L",
           "arn:aws:dynamodb:r:000000000000:table/T/index/I/stream/L",
           "arn:aws:dynamodb:r:000000000000:table/T/stream/L/more",
           "arn:aws:dynamodb:r:000000000000:extra:table/T/stream/L",
       }) {
    EXPECT_FALSE(ParseStreamArn(arn).has_value()) << arn;
  }
}

TEST(StreamNames, ShardIdsAreUniqueInFormAndInOrder) {
  Table table;
  table.uuid = "3f0c2c1e-0000-4000-8000-000000000000";
  StreamWindow first;
  first.first = Lsn(17);
  first.label = "2026-11-21T03:30:00.123";
  StreamWindow second = first;
  second.first = Lsn(42);
  second.label = "2026-11-21T04:30:00.123";
  std::set<std::string> ids;
  for (const StreamWindow& window : {first, second}) {
    std::string before;
    for (uint32_t i = 0; i < kShardCount; ++i) {
      const std::string id = ShardIdOf(table, window, ShardIndex(i));
      EXPECT_EQ(id.size(), 37u);
      EXPECT_EQ(id.substr(0, 8), "shardId-");
      EXPECT_EQ(id.find_first_not_of("0123456789", 8), 28u);
      EXPECT_EQ(id[28], '-');
      EXPECT_EQ(id.find_first_not_of("0123456789abcdef", 29), std::string::npos);
      EXPECT_LT(before, id);
      EXPECT_TRUE(ids.insert(id).second);
      EXPECT_EQ(FindShard(table, window, id), ShardIndex(i));
      before = id;
    }
  }
  EXPECT_EQ(FindShard(table, second, ShardIdOf(table, first, ShardIndex(0))), std::nullopt);
  EXPECT_EQ(ShardIdOf(table, first, ShardIndex(2)).substr(0, 29), "shardId-00000000000000000017-");
}

TEST(StreamWindowTest, IsReadableFor24HoursAfterItsEnd) {
  constexpr int64_t kClosed = 1'700'000'000'000'000;
  Table table;
  StreamWindow open;
  open.first = Lsn(5);
  StreamWindow closed = open;
  closed.last = Lsn(9);
  closed.closed_micros = kClosed;
  Table deleted = table;
  deleted.deleted_lsn = Lsn(7);
  deleted.deleted_micros = kClosed;

  EXPECT_EQ(BeginOf(open), Lsn(6));
  EXPECT_EQ(EndOf(table, open), std::nullopt);
  EXPECT_EQ(EndOf(table, closed), Lsn(9));
  EXPECT_EQ(EndOf(deleted, open), Lsn(7));
  struct Row {
    const Table* table;
    const StreamWindow* window;
    int64_t age;
    bool readable;
  };
  for (const Row& row : std::vector<Row>{
           {&table, &open, 10 * kStreamRetentionMicros, true},
           {&table, &closed, kStreamRetentionMicros - 1, true},
           {&table, &closed, kStreamRetentionMicros, false},
           {&table, &closed, -1, true},  // the wall clock stepped back
           {&deleted, &open, kStreamRetentionMicros - 1, true},
           {&deleted, &open, kStreamRetentionMicros, false},
       }) {
    EXPECT_EQ(ReadableAt(*row.table, *row.window, kClosed + row.age), row.readable) << row.age;
  }
}

}  // namespace
}  // namespace millrace
