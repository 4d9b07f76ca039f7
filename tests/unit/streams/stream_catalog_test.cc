// ListStreams and DescribeStream.

#include <gtest/gtest.h>

#include "tests/unit/streams/stream_fixture.h"

namespace millrace {
namespace {

class StreamCatalogTest : public StreamFixture {
 protected:
  std::vector<std::string> List(std::optional<std::string_view> table = std::nullopt) const {
    std::vector<std::string> names;
    const auto list = service_.ListStreams(table, std::nullopt).value();
    for (const StreamSummary& stream : list.streams) {
      names.push_back(stream.table_name + " " + stream.label);
    }
    return names;
  }
};

using Strings = std::vector<std::string>;

TEST_F(StreamCatalogTest, ListsStreamsByTableAndLabel) {
  Make("b");
  Make("a");
  Make("quiet", std::nullopt);
  clock_.AdvanceMicros(kHour);
  ASSERT_TRUE(database_.DisableStream("a").ok());
  ASSERT_TRUE(database_.EnableStream("a", StreamViewType::kKeysOnly).ok());
  EXPECT_EQ(List(), (Strings{"a 2023-11-14T22:13:20.000", "a 2023-11-14T23:13:20.000",
                             "b 2023-11-14T22:13:20.000"}));
  EXPECT_EQ(List("b"), (Strings{"b 2023-11-14T22:13:20.000"}));
  EXPECT_EQ(List("quiet"), Strings());
  EXPECT_EQ(List("absent"), Strings());
  const auto list = service_.ListStreams("b", std::nullopt).value();
  EXPECT_EQ(list.streams[0].arn,
            "arn:aws:dynamodb:eu-central-1:000000000000:table/b/stream/2023-11-14T22:13:20.000");
}

TEST_F(StreamCatalogTest, ClosedStreamsAreListedFor24Hours) {
  const TableRef kept = Make("kept");
  Make("dropped");
  ASSERT_TRUE(database_.DisableStream("kept").ok());
  ASSERT_TRUE(database_.DeleteTable("dropped").ok());
  clock_.AdvanceMicros(kStreamRetentionMicros - 1);
  EXPECT_EQ(List().size(), 2u);
  EXPECT_TRUE(service_.DescribeStream(Arn(kept), std::nullopt).ok());
  clock_.AdvanceMicros(1);
  EXPECT_EQ(List(), Strings());
  EXPECT_EQ(Error(service_.DescribeStream(Arn(kept), std::nullopt).status()),
            "ResourceNotFoundException: Requested resource not found: Stream: " + Arn(kept) +
                " not found");
}

TEST_F(StreamCatalogTest, ListsInPages) {
  for (int i = 0; i < 101; ++i) Make("table-" + std::to_string(1000 + i));
  const auto all = service_.ListStreams(std::nullopt, std::nullopt, 1000).value();
  EXPECT_EQ(all.streams.size(), 100u);
  ASSERT_TRUE(all.last_evaluated_arn.has_value());
  EXPECT_EQ(*all.last_evaluated_arn, all.streams.back().arn);
  const auto rest = service_.ListStreams(std::nullopt, *all.last_evaluated_arn).value();
  ASSERT_EQ(rest.streams.size(), 1u);
  EXPECT_EQ(rest.streams[0].table_name, "table-1100");
  EXPECT_FALSE(rest.last_evaluated_arn.has_value());

  size_t seen = 0;
  std::optional<std::string> after;
  do {
    const auto page = service_.ListStreams(std::nullopt, after, 7).value();
    seen += page.streams.size();
    EXPECT_LE(page.streams.size(), 7u);
    after = page.last_evaluated_arn;
  } while (after.has_value());
  EXPECT_EQ(seen, 101u);
}

TEST_F(StreamCatalogTest, ExactlyOnePageHasNoNext) {
  for (int i = 0; i < 3; ++i) Make("t" + std::to_string(i));
  EXPECT_FALSE(service_.ListStreams(std::nullopt, std::nullopt, 3)->last_evaluated_arn);
  EXPECT_TRUE(service_.ListStreams(std::nullopt, std::nullopt, 2)->last_evaluated_arn);
}

TEST_F(StreamCatalogTest, GoesOnAfterAStreamThatIsGone) {
  Make("a");
  const std::string gone = Arn(Make("b"));
  Make("c");
  ASSERT_TRUE(database_.DeleteTable("b").ok());
  clock_.AdvanceMicros(kStreamRetentionMicros);
  const auto list = service_.ListStreams(std::nullopt, gone).value();
  ASSERT_EQ(list.streams.size(), 1u);
  EXPECT_EQ(list.streams[0].table_name, "c");
  EXPECT_EQ(Error(service_.ListStreams(std::nullopt, "nonsense").status()),
            "ValidationException: Invalid StreamArn");
}

TEST_F(StreamCatalogTest, DescribesAnOpenStream) {
  const TableRef table =
      database_.CreateTable(SpecOf("flights", StreamViewType::kNewImage, true)).value();
  const auto stream = service_.DescribeStream(Arn(table), std::nullopt).value();
  EXPECT_EQ(stream.arn, Arn(table));
  EXPECT_EQ(stream.label, "2023-11-14T22:13:20.000");
  EXPECT_EQ(WireName(stream.status), "ENABLED");
  EXPECT_EQ(stream.view, StreamViewType::kNewImage);
  EXPECT_EQ(stream.created_micros, clock_.WallMicros());
  EXPECT_EQ(stream.table_name, "flights");
  EXPECT_EQ(stream.key_schema, table->spec.schema);
  EXPECT_FALSE(stream.last_evaluated_shard.has_value());
  ASSERT_EQ(stream.shards.size(), kShardCount);
  for (uint32_t i = 0; i < kShardCount; ++i) {
    EXPECT_EQ(stream.shards[i].shard_id, ShardId(table, i));
    EXPECT_EQ(stream.shards[i].starting_sequence_number,
              NumberOf(Lsn(table->streams[0].first.value() + 1)));
    EXPECT_FALSE(stream.shards[i].ending_sequence_number.has_value());
    EXPECT_GE(stream.shards[i].starting_sequence_number.size(), 21u);
  }
}

TEST_F(StreamCatalogTest, DescribesAClosedStream) {
  const TableRef table = Make("t");
  const Lsn written = database_.Put(table, KeyInShard(*table, 0), "x");
  const Lsn closed = *database_.DisableStream("t").value()->streams.back().last;
  const auto stream = service_.DescribeStream(Arn(table), std::nullopt).value();
  EXPECT_EQ(WireName(stream.status), "DISABLED");
  EXPECT_EQ(stream.shards[0].ending_sequence_number, NumberOf(closed));
  EXPECT_LT(NumberOf(written), *stream.shards[0].ending_sequence_number);
}

TEST_F(StreamCatalogTest, DescribesShardsInPages) {
  const TableRef table = Make("t");
  Strings ids;
  std::optional<std::string> after;
  do {
    const auto page = service_.DescribeStream(Arn(table), after, 3).value();
    for (const ShardDescription& shard : page.shards) ids.push_back(shard.shard_id);
    after = page.last_evaluated_shard;
  } while (after.has_value());
  EXPECT_EQ(ids,
            (Strings{ShardId(table, 0), ShardId(table, 1), ShardId(table, 2), ShardId(table, 3)}));
  EXPECT_FALSE(service_.DescribeStream(Arn(table), std::nullopt, 4)->last_evaluated_shard);
  const auto foreign =
      service_.DescribeStream(Arn(table), "shardId-00000000000000000001-00000000").value();
  EXPECT_TRUE(foreign.shards.empty());
}

TEST_F(StreamCatalogTest, StartingNumberMovesWithTheTrimHorizon) {
  const TableRef table = Make("t");
  database_.Put(table, KeyInShard(*table, 0), "old");
  clock_.AdvanceMicros(kHour);
  const Lsn young = database_.Put(table, KeyInShard(*table, 0), "young");
  clock_.AdvanceMicros(kStreamRetentionMicros - kHour);
  const auto stream = service_.DescribeStream(Arn(table), std::nullopt).value();
  EXPECT_EQ(stream.shards[0].starting_sequence_number, NumberOf(young));
  EXPECT_EQ(Values(Iterator(table, 0, ShardIteratorType::kAtSequenceNumber,
                            stream.shards[0].starting_sequence_number)),
            Strings{"young"});
}

TEST_F(StreamCatalogTest, RefusesOtherArns) {
  const TableRef table = Make("t");
  const std::string label = table->streams[0].label;
  struct Row {
    std::string arn;
    std::string error;
  };
  const std::string not_found = "ResourceNotFoundException: Requested resource not found: Stream: ";
  std::vector<Row> rows = {
      {"nonsense", "ValidationException: Invalid StreamArn"},
      {TableArn(service_.scope(), "t"), "ValidationException: Invalid StreamArn"},
  };
  for (const std::string& arn : {StreamArn(service_.scope(), "t", "2020-01-01T00:00:00.000"),
                                 StreamArn(service_.scope(), "u", label),
                                 StreamArn({"us-east-1", "000000000000"}, "t", label),
                                 StreamArn({"eu-central-1", "123456789012"}, "t", label)}) {
    rows.push_back({arn, not_found + arn + " not found"});
  }
  for (const Row& row : rows) {
    EXPECT_EQ(Error(service_.DescribeStream(row.arn, std::nullopt).status()), row.error);
    EXPECT_EQ(Error(service_
                        .GetShardIterator(row.arn, ShardId(table, 0), ShardIteratorType::kLatest,
                                          std::nullopt)
                        .status()),
              row.error);
  }
}

TEST_F(StreamCatalogTest, ANewTableOfTheSameNameHasItsOwnStreams) {
  const TableRef old = Make("t");
  const std::string old_arn = Arn(old);
  database_.Put(old, KeyInShard(*old, 0), "old");
  ASSERT_TRUE(database_.DeleteTable("t").ok());
  clock_.AdvanceMicros(1000);
  const TableRef fresh = Make("t");
  database_.Put(fresh, KeyInShard(*fresh, 0), "fresh");
  EXPECT_EQ(List("t").size(), 2u);
  EXPECT_EQ(WireName(service_.DescribeStream(old_arn, std::nullopt)->status), "DISABLED");
  EXPECT_EQ(Values(Iterator(old, 0, ShardIteratorType::kTrimHorizon)), Strings{"old"});
  EXPECT_EQ(Values(Iterator(fresh, 0, ShardIteratorType::kTrimHorizon)), Strings{"fresh"});
}

}  // namespace
}  // namespace millrace
