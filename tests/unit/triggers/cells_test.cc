#include <gtest/gtest.h>

#include "engine/base/hex.h"
#include "engine/base/random.h"
#include "sdk/frames.h"
#include "triggers/checkpoint.h"
#include "triggers/function_log.h"
#include "triggers/reply_writes.h"
#include "triggers/trigger_cells.h"
#include "triggers/trigger_specs.h"

namespace millrace {
namespace {

Checkpoint SampleCheckpoint() {
  Checkpoint checkpoint;
  checkpoint.epoch = 3;
  checkpoint.low = Position{0, Lsn(100), 2};
  checkpoint.marks = {Position(), Position{0, Lsn(105), 1}};
  checkpoint.records_finished = 1000;
  checkpoint.dead_letters = 7;
  checkpoint.gaps = {2, {Lsn(80), Lsn(90), 1'700'000'000'000'001}};
  return checkpoint;
}

Checkpoint DealtCheckpoint() {
  Checkpoint checkpoint = DealAgain(SampleCheckpoint(), 1);
  checkpoint.discarded = 9;
  return checkpoint;
}

// Of the versions that had the number of commits in gaps only: there was one, somewhere.
Checkpoint CountedGap(Checkpoint checkpoint) {
  checkpoint.gaps = {1, {}};
  return checkpoint;
}

// Bytes that every later version must still read.
TEST(CheckpointTest, GoldenOfVersion1) {
  const auto decoded = DecodeCheckpoint(FromHex("01"
                                                "0300000000000000"
                                                "0000000000000000000064000002"
                                                "0200"
                                                "0000000000000000000000000000"
                                                "0000000000000000000069000001"
                                                "e803000000000000"
                                                "0700000000000000"
                                                "0500000000000000")
                                            .value());
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(*decoded, CountedGap(SampleCheckpoint()));
}

constexpr std::string_view kUpToDiscarded =
    "0300000000000000"
    "0000000000000000000064000002"
    "0100"
    "0000000000000000000000000000"
    "01"
    "0200"
    "0000000000000000000000000000"
    "0000000000000000000069000001"
    "e803000000000000"
    "0700000000000000"
    "0900000000000000";

TEST(CheckpointTest, GoldenOfVersion2) {
  const std::string begin = std::string("02").append(kUpToDiscarded);
  const auto decoded = DecodeCheckpoint(FromHex(begin + "0500000000000000").value());
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(*decoded, CountedGap(DealtCheckpoint()));
  const auto none = DecodeCheckpoint(FromHex(begin + "0000000000000000").value());
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(none->gaps, LogGaps());
}

TEST(CheckpointTest, Golden) {
  EXPECT_EQ(ToHex(EncodeCheckpoint(DealtCheckpoint())), std::string("03")
                                                            .append(kUpToDiscarded)
                                                            .append("0200000000000000"
                                                                    "5000000000000000"
                                                                    "5a00000000000000"
                                                                    "01401e18240a0600"));
}

TEST(CheckpointTest, DealtAgainItSaysTheSame) {
  const Checkpoint two = SampleCheckpoint();
  EXPECT_EQ(DealAgain(two, 2), two);
  const Checkpoint three = DealAgain(two, 3);
  EXPECT_EQ(three.marks, std::vector<Position>(3));
  EXPECT_EQ(three.earlier, std::vector<std::vector<Position>>{two.marks});
  EXPECT_EQ(DealAgain(three, 2), two);  // and nothing is kept of lanes that said nothing
}

TEST(CheckpointTest, RoundTripAndDamage) {
  const std::string bytes = EncodeCheckpoint(DealtCheckpoint());
  const auto decoded = DecodeCheckpoint(bytes);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(*decoded, DealtCheckpoint());
  for (size_t i = 1; i < bytes.size(); ++i) {
    EXPECT_TRUE(DecodeCheckpoint(bytes.substr(0, i)).status().Is(ErrorCode::kCorruption)) << i;
  }
  EXPECT_FALSE(DecodeCheckpoint("").ok());
  EXPECT_TRUE(DecodeCheckpoint(bytes + "x").status().Is(ErrorCode::kCorruption));
  EXPECT_TRUE(DecodeCheckpoint("\4" + bytes.substr(1)).status().Is(ErrorCode::kUnsupportedFormat));
}

TEST(CellsTest, FunctionRoundTrip) {
  FunctionCell cell;
  cell.spec = {"f", "/bin/f", 9, 1024, {{"A", "1"}, {"B", ""}}, "what it does", 5};
  cell.digest = "abc";
  cell.last_modified_micros = 12345;
  const std::string bytes = EncodeFunctionCell(cell);
  const auto decoded = DecodeFunctionCell(bytes);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(EncodeFunctionCell(*decoded), bytes);
  EXPECT_EQ(decoded->spec.environment, cell.spec.environment);
  EXPECT_EQ(ToHex(bytes),
            "02"
            "0166"
            "062f62696e2f66"
            "09000000"
            "00040000"
            "0c7768617420697420646f6573"
            "02"
            "0141"
            "0131"
            "0142"
            "00"
            "03616263"
            "3930000000000000"
            "05000000");
  for (size_t i = 1; i < bytes.size(); ++i)
    EXPECT_FALSE(DecodeFunctionCell(bytes.substr(0, i)).ok());
  // Version 1 had no number of processes.
  const auto older = DecodeFunctionCell("\1" + bytes.substr(1, bytes.size() - 5));
  ASSERT_TRUE(older.ok());
  EXPECT_EQ(older->spec.processes, 1u);
  EXPECT_EQ(older->digest, cell.digest);
  EXPECT_TRUE(
      DecodeFunctionCell("\3" + bytes.substr(1)).status().Is(ErrorCode::kUnsupportedFormat));
}

TEST(CellsTest, MappingRoundTrip) {
  MappingCell cell;
  cell.uuid = "u";
  cell.spec.function = "f";
  cell.spec.event_source = "arn";
  cell.spec.maximum_retry_attempts = -1;
  cell.spec.dead_letter_table = "d";
  cell.table = TableId(4);
  cell.table_name = "t";
  cell.stream_label = "l";
  const std::string version1 =
      "0175"
      "0166"
      "0361726e"
      "04000000"
      "0174"
      "016c"
      "64000000"
      "01"
      "ffffffff"
      "01"
      "0164"
      "0000000000000000";
  const auto old = DecodeMappingCell(FromHex("01" + version1).value());
  ASSERT_TRUE(old.ok());
  EXPECT_EQ(EncodeMappingCell(*old), EncodeMappingCell(cell));  // what it lacks are the defaults
  cell.spec.batching_window_seconds = 300;
  cell.spec.maximum_record_age_seconds = 60;
  cell.spec.parallelization_factor = 10;
  cell.spec.bisect_batch_on_function_error = true;
  cell.spec.report_batch_item_failures = true;
  cell.spec.starting_timestamp_micros = 1;
  const std::string bytes = EncodeMappingCell(cell);
  const auto decoded = DecodeMappingCell(bytes);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(EncodeMappingCell(*decoded), bytes);
  EXPECT_EQ(ToHex(bytes), "02" + version1 +
                              "2c010000"
                              "3c000000"
                              "0a000000"
                              "03"
                              "0100000000000000");
  EXPECT_TRUE(DecodeMappingCell("\3" + bytes.substr(1)).status().Is(ErrorCode::kUnsupportedFormat));
  for (size_t i = 1; i < bytes.size(); ++i)
    EXPECT_FALSE(DecodeMappingCell(bytes.substr(0, i)).ok());
}

TEST(SpecsTest, Limits) {
  struct Row {
    uint32_t timeout, memory;
    bool ok;
  };
  for (const Row& row : {Row{1, 128, true},
                         {900, 10'240, true},
                         {0, 128, false},
                         {901, 128, false},
                         {1, 127, false},
                         {1, 10'241, false}}) {
    FunctionSpec spec;
    spec.name = "f";
    spec.timeout_seconds = row.timeout;
    spec.memory_mb = row.memory;
    EXPECT_EQ(CheckFunctionSpec(spec).ok(), row.ok) << row.timeout << " " << row.memory;
  }
  for (const auto& [name, ok] :
       std::vector<std::pair<std::string, bool>>{{"a-B_9", true},
                                                 {"", false},
                                                 {"a b", false},
                                                 {std::string(64, 'a'), true},
                                                 {std::string(65, 'a'), false}}) {
    FunctionSpec spec;
    spec.name = name;
    EXPECT_EQ(CheckFunctionSpec(spec).ok(), ok) << name;
  }
}

TEST(SpecsTest, LimitsOfMappings) {
  struct Row {
    const char* member;
    int32_t value;
    bool ok;
  };
  for (const Row& row : std::vector<Row>{
           {"batch", 1, true},       {"batch", 10'000, true},    {"batch", 0, false},
           {"batch", 10'001, false}, {"retries", -1, true},      {"retries", 10'000, true},
           {"retries", -2, false},   {"retries", 10'001, false}, {"window", 0, true},
           {"window", 300, true},    {"window", 301, false},     {"age", -1, true},
           {"age", 60, true},        {"age", 604'800, true},     {"age", -2, false},
           {"age", 0, false},        {"age", 59, false},         {"age", 604'801, false},
           {"factor", 1, true},      {"factor", 10, true},       {"factor", 0, false},
           {"factor", 11, false}}) {
    MappingUpdate update;
    const std::string member = row.member;
    if (member == "batch") update.batch_size = row.value;
    if (member == "retries") update.maximum_retry_attempts = row.value;
    if (member == "window") update.batching_window_seconds = row.value;
    if (member == "age") update.maximum_record_age_seconds = row.value;
    if (member == "factor") update.parallelization_factor = row.value;
    EXPECT_EQ(CheckMappingSpec(Updated(MappingSpec(), update)).ok(), row.ok)
        << row.member << " " << row.value;
  }
}

TEST(SpecsTest, StartingPositions) {
  MappingSpec spec;
  EXPECT_TRUE(CheckStartingPosition(spec, 100).ok());
  spec.starting_timestamp_micros = 50;
  EXPECT_FALSE(CheckStartingPosition(spec, 100).ok());
  spec.starting_position = StartingPosition::kAtTimestamp;
  EXPECT_TRUE(CheckStartingPosition(spec, 50).ok());
  EXPECT_EQ(CheckStartingPosition(spec, 49).message(),
            "StartingPositionTimestamp cannot be in the future.");
  spec.starting_timestamp_micros = 0;
  EXPECT_FALSE(CheckStartingPosition(spec, 100).ok());
}

// Lambda's table of replies: what is finished of a batch of three.
TEST(ReplyTest, BatchItemFailures) {
  struct Row {
    std::vector<uint32_t> failed;
    size_t finished;
  };
  for (const Row& row : std::vector<Row>{{{}, 3},
                                         {{0}, 0},
                                         {{1}, 1},
                                         {{2}, 2},
                                         {{1, 2}, 1},
                                         {{2, 1}, 1},
                                         {{3}, 0},
                                         {{1, 3}, 0},
                                         {{UINT32_MAX}, 0}}) {
    EXPECT_EQ(ReadReport(row.failed, 3, true).finished, row.finished);
    EXPECT_EQ(ReadReport(row.failed, 3, false).finished, row.failed.empty() ? 3u : 0u);
  }
}

TEST(SpecsTest, DeadLetterTables) {
  const ArnScope scope{"local", "000000000000"};
  EXPECT_EQ(*DeadLetterTableOf(scope, "a.B-_9"), "a.B-_9");
  EXPECT_EQ(*DeadLetterTableOf(scope, "arn:aws:dynamodb:local:000000000000:table/dead"), "dead");
  EXPECT_TRUE(DeadLetterTableOf(scope, std::string(255, 'a')).ok());
  for (const std::string& bad :
       {std::string("ab"), std::string(256, 'a'), std::string("a b c"),
        std::string("arn:aws:sqs:a"),
        std::string("arn:aws:dynamodb:local:000000000000:table/dead/stream/x"),
        std::string("arn:aws:dynamodb:eu-west-1:000000000000:table/dead"),
        std::string("arn:aws:dynamodb:local:000000000001:table/dead"),
        std::string("arn:aws:dynamodb:local:000000000000:table/")}) {
    EXPECT_FALSE(DeadLetterTableOf(scope, bad).ok()) << bad;
  }
}

TEST(FunctionLogTest, KeepsTheNewestLines) {
  FunctionLog log(3, 1000);
  for (int i = 0; i < 5; ++i) log.Add(i, "line " + std::to_string(i));
  const LogPage page = log.Read(1, 2);
  EXPECT_EQ(page.skipped, 1u);
  ASSERT_EQ(page.lines.size(), 2u);
  EXPECT_EQ(page.lines[0].text, "line 2");
  EXPECT_EQ(page.next, 4u);
  EXPECT_EQ(log.Read(99, 10).next, 5u);
  log.Add(5, "\xff");
  EXPECT_EQ(log.Read(5, 1).lines[0].text, "\xef\xbf\xbd");
}

}  // namespace
}  // namespace millrace
