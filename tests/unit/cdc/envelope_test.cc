#include "connectors/cdc/envelope.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "engine/json/json.h"

namespace millrace {
namespace {

std::string ItemOf(const std::string& pk, const std::string& note) {
  Value::Map map;
  map.emplace_back("note", Value::String(note));
  map.emplace_back("pk", Value::String(pk));
  return EncodeItem(Value::OfMap(std::move(map)));
}

std::string KeysOf(const std::string& pk) {
  Value::Map map;
  map.emplace_back("pk", Value::String(pk));
  return EncodeItem(Value::OfMap(std::move(map)));
}

struct Change {
  std::string new_image;
  std::string old_image;
  uint32_t previous_size = 0;
  std::string principal = "tester";
  Position causation = {};
  uint8_t flags = 0;
};

std::string RecordOf(const Change& change) {
  const std::string keys = KeysOf("a\"b");
  RecordBody body;
  body.keys = keys;
  body.new_image = change.new_image;
  body.old_image = change.old_image;
  body.previous_size = change.previous_size;
  body.principal = change.principal;
  body.request_id = "REQUEST";
  body.causation = change.causation;
  body.hop_count = change.causation.lsn.value() != 0 ? 2 : 0;
  const std::string bytes = EncodeRecordBody(body);
  RecordHeader header;
  header.position = {0, Lsn(77), 3};
  header.commit_time_micros = 1'700'000'000'000'042;
  header.body_digest = Sha256(bytes);
  header.flags = change.flags;
  std::string record;
  AppendRecordHeader(header, &record);
  return record + bytes;
}

std::string Golden() {
  std::ifstream file(MILLRACE_SOURCE_DIR "/tests/golden/cdc/envelope_v1.jsonl");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

constexpr StreamViewType kViews[] = {StreamViewType::kNewAndOldImages, StreamViewType::kNewImage,
                                     StreamViewType::kOldImage, StreamViewType::kKeysOnly};

CdcEnvelope EnvelopeOf(StreamViewType view) {
  return CdcEnvelope("us-east-1", "people", TableId(3), view);
}

TEST(CdcEnvelopeTest, IsAsTheGoldenSays) {
  const std::string before = ItemOf("a\"b", "line\nend");
  const std::string after = ItemOf("a\"b", "\xc3\xa9");
  const uint32_t size = ItemView(before).aws_size();
  std::string text;
  for (const StreamViewType view : kViews) {
    const CdcEnvelope envelope = EnvelopeOf(view);
    EXPECT_TRUE(envelope.AppendRecord(RecordView(RecordOf({after, "", 0})), ShardIndex(2), &text));
    EXPECT_TRUE(
        envelope.AppendRecord(RecordView(RecordOf({after, before, size})), ShardIndex(2), &text));
    EXPECT_TRUE(
        envelope.AppendRecord(RecordView(RecordOf({"", before, size})), ShardIndex(2), &text));
    CdcEnvelope::SnapshotItem item;
    const std::string keys = KeysOf("a\"b");
    item.item = ItemView(after);
    item.keys = keys;
    item.shard = ShardIndex(2);
    item.as_of = Lsn(80);
    item.read_micros = 1'700'000'001'500'000;
    envelope.AppendSnapshotItem(item, &text);
  }
  const CdcEnvelope envelope = EnvelopeOf(StreamViewType::kNewAndOldImages);
  envelope.AppendRecord(
      RecordView(RecordOf({"", before, size, "dynamodb.amazonaws.com", {}, kRecordByService})),
      ShardIndex(0), &text);
  envelope.AppendRecord(RecordView(RecordOf({after, before, size, "", {0, Lsn(70), 1}})),
                        ShardIndex(0), &text);
  EXPECT_EQ(text, Golden());
}

TEST(CdcEnvelopeTest, EveryGoldenLineIsJson) {
  JsonParser parser;
  std::stringstream golden(Golden());
  int lines = 0;
  for (std::string line; std::getline(golden, line); ++lines) {
    const Result<JsonValue> root = parser.Parse(line);
    ASSERT_TRUE(root.ok()) << line;
    EXPECT_TRUE(root->Find("dynamodb")->Find("Keys")->Is(JsonKind::kObject));
  }
  EXPECT_EQ(lines, 18);
}

TEST(CdcEnvelopeTest, AnImageThatWasNotStoredIsSaid) {
  const std::string after = ItemOf("a\"b", "x");
  struct Row {
    StreamViewType view;
    bool complete;
    const char* said;
  };
  for (const Row& row : {Row{StreamViewType::kNewAndOldImages, false, "NEW_IMAGE"},
                         Row{StreamViewType::kOldImage, false, "KEYS_ONLY"},
                         Row{StreamViewType::kNewImage, true, "NEW_IMAGE"},
                         Row{StreamViewType::kKeysOnly, true, "KEYS_ONLY"}}) {
    std::string text;
    EXPECT_EQ(EnvelopeOf(row.view).AppendRecord(RecordView(RecordOf({after, "", 20})),
                                                ShardIndex(1), &text),
              row.complete);
    EXPECT_NE(text.find(std::string("\"StreamViewType\":\"") + row.said + "\""), text.npos) << text;
  }
}

TEST(CdcEnvelopeTest, WhatChangesASnapshotItemLaterIsGreater) {
  const Position snapshot = CdcEnvelope::SnapshotPosition(Lsn(80));
  EXPECT_LT((Position{0, Lsn(80), 99}), snapshot);
  EXPECT_LT(snapshot, (Position{0, Lsn(81), 0}));
}

}  // namespace
}  // namespace millrace
