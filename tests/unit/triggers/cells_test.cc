#include <gtest/gtest.h>

#include "engine/base/random.h"
#include "sdk/frames.h"
#include "triggers/checkpoint.h"
#include "triggers/function_log.h"
#include "triggers/trigger_cells.h"
#include "triggers/trigger_specs.h"

namespace millrace {
namespace {

std::string Hex(std::string_view bytes) {
  std::string hex;
  for (const unsigned char c : bytes) {
    hex += "0123456789abcdef"[c >> 4];
    hex += "0123456789abcdef"[c & 15];
  }
  return hex;
}

Checkpoint SampleCheckpoint() {
  Checkpoint checkpoint;
  checkpoint.epoch = 3;
  checkpoint.low = Position{0, Lsn(100), 2};
  checkpoint.marks = {Position(), Position{0, Lsn(105), 1}};
  checkpoint.records_finished = 1000;
  checkpoint.dead_letters = 7;
  checkpoint.gap_commits = 5;
  return checkpoint;
}

// Bytes that every later version must still read.
TEST(CheckpointTest, Golden) {
  EXPECT_EQ(Hex(EncodeCheckpoint(SampleCheckpoint())),
            "01"
            "0300000000000000"
            "0000000000000000000064000002"
            "0200"
            "0000000000000000000000000000"
            "0000000000000000000069000001"
            "e803000000000000"
            "0700000000000000"
            "0500000000000000");
}

TEST(CheckpointTest, RoundTripAndDamage) {
  const std::string bytes = EncodeCheckpoint(SampleCheckpoint());
  const auto decoded = DecodeCheckpoint(bytes);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(*decoded, SampleCheckpoint());
  for (size_t i = 1; i < bytes.size(); ++i) {
    EXPECT_TRUE(DecodeCheckpoint(bytes.substr(0, i)).status().Is(ErrorCode::kCorruption)) << i;
  }
  EXPECT_FALSE(DecodeCheckpoint("").ok());
  EXPECT_TRUE(DecodeCheckpoint(bytes + "x").status().Is(ErrorCode::kCorruption));
  EXPECT_TRUE(DecodeCheckpoint("\2" + bytes.substr(1)).status().Is(ErrorCode::kUnsupportedFormat));
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
  EXPECT_EQ(Hex(bytes),
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
  const std::string bytes = EncodeMappingCell(cell);
  const auto decoded = DecodeMappingCell(bytes);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(EncodeMappingCell(*decoded), bytes);
  EXPECT_EQ(Hex(bytes),
            "01"
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
            "0000000000000000");
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
  for (const auto& [batch, retries, ok] :
       std::vector<std::tuple<uint32_t, int32_t, bool>>{{1, -1, true},
                                                        {10'000, 10'000, true},
                                                        {0, 0, false},
                                                        {10'001, 0, false},
                                                        {1, -2, false},
                                                        {1, 10'001, false}}) {
    MappingSpec spec;
    spec.batch_size = batch;
    spec.maximum_retry_attempts = retries;
    EXPECT_EQ(CheckMappingSpec(spec).ok(), ok) << batch << " " << retries;
  }
}

TEST(SpecsTest, DeadLetterTables) {
  EXPECT_EQ(*DeadLetterTableOf("a.B-_9"), "a.B-_9");
  EXPECT_EQ(*DeadLetterTableOf("arn:aws:dynamodb:local:000000000000:table/dead"), "dead");
  EXPECT_TRUE(DeadLetterTableOf(std::string(255, 'a')).ok());
  for (const std::string& bad :
       {std::string("ab"), std::string(256, 'a'), std::string("a b c"),
        std::string("arn:aws:sqs:a"), std::string("arn:aws:dynamodb:l:0:table/dead/stream/x")}) {
    EXPECT_FALSE(DeadLetterTableOf(bad).ok()) << bad;
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
