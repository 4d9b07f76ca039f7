#include "engine/model/change_record.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>

#include "engine/base/random.h"
#include "tests/unit/model/support.h"

namespace millrace {
namespace {

struct Images {
  std::string keys = EncodeItem(Map({{"pk", Str("a")}}));
  std::string new_image = EncodeItem(Map({{"pk", Str("a")}, {"n", Num("2")}}));
  std::string old_image = EncodeItem(Map({{"pk", Str("a")}, {"n", Num("1")}}));
};

RecordBody BodyOf(const Images& images) {
  RecordBody body;
  body.key_hash = 0x1122334455667788;
  body.previous_size = 6;
  body.hop_count = 3;
  body.origin_region = 4;
  body.causation = {1, Lsn(2), 3};
  body.keys = images.keys;
  body.new_image = images.new_image;
  body.old_image = images.old_image;
  body.principal = "AKIDEXAMPLE";
  body.request_id = "REQ1";
  return body;
}

std::string RecordOf(const RecordBody& body, uint8_t flags = 0) {
  const std::string body_bytes = EncodeRecordBody(body);
  RecordHeader header;
  header.position = {5, Lsn(6), 7};
  header.item_previous = {5, Lsn(1), 0};
  header.commit_time_micros = 1'700'000'000'123'456;
  header.previous_hash.fill(0xab);
  header.body_digest = Sha256(body_bytes);
  header.flags = flags;
  std::string bytes;
  AppendRecordHeader(header, &bytes);
  EXPECT_EQ(bytes.size(), kRecordHeaderSize);
  return bytes + body_bytes;
}

TEST(ChangeRecordTest, ReadsBackWhatWasWritten) {
  const Images images;
  const std::string bytes = RecordOf(BodyOf(images), kRecordByService);
  ASSERT_TRUE(ValidateRecord(bytes).ok());
  const RecordView record(bytes);
  EXPECT_EQ(record.position(), (Position{5, Lsn(6), 7}));
  EXPECT_EQ(record.item_previous(), (Position{5, Lsn(1), 0}));
  EXPECT_EQ(record.commit_time_micros(), 1'700'000'000'123'456);
  EXPECT_TRUE(record.by_service());
  EXPECT_EQ(record.key_hash(), 0x1122334455667788u);
  EXPECT_EQ(record.previous_size(), 6u);
  EXPECT_EQ(record.hop_count(), 3);
  EXPECT_EQ(record.origin_region(), 4);
  EXPECT_EQ(record.causation(), (Position{1, Lsn(2), 3}));
  EXPECT_EQ(record.keys().bytes(), images.keys);
  EXPECT_EQ(record.new_image().bytes(), images.new_image);
  EXPECT_EQ(record.old_image().bytes(), images.old_image);
  EXPECT_EQ(record.principal(), "AKIDEXAMPLE");
  EXPECT_EQ(record.request_id(), "REQ1");
  EXPECT_EQ(std::string(record.header_bytes()) + std::string(record.body_bytes()), bytes);

  std::string header_again;
  AppendRecordHeader(record.header(), &header_again);
  EXPECT_EQ(header_again, record.header_bytes());
}

TEST(ChangeRecordTest, NamesTheEvent) {
  const Images images;
  RecordBody body = BodyOf(images);
  EXPECT_EQ(RecordView(RecordOf(body)).event_name(), EventName::kModify);
  body.previous_size = 0;
  EXPECT_EQ(RecordView(RecordOf(body)).event_name(), EventName::kInsert);
  body.previous_size = 6;
  body.new_image = {};
  const std::string removal = RecordOf(body);
  EXPECT_TRUE(ValidateRecord(removal).ok());
  EXPECT_EQ(RecordView(removal).event_name(), EventName::kRemove);
  EXPECT_TRUE(RecordView(removal).new_image().empty());
  EXPECT_FALSE(RecordView(removal).by_service());
  EXPECT_EQ(WireName(EventName::kInsert), "INSERT");
  EXPECT_EQ(WireName(EventName::kModify), "MODIFY");
  EXPECT_EQ(WireName(EventName::kRemove), "REMOVE");
}

TEST(ChangeRecordTest, DigestsNoticeEveryBit) {
  const Images images;
  const std::string good = RecordOf(BodyOf(images));
  EXPECT_TRUE(VerifyRecordDigest(RecordView(good)));
  const Digest chain = ChainHash(RecordView(good).header_bytes());
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] ^= static_cast<char>(1 << (bit % 8));
    if (bit / 8 >= kRecordHeaderSize) {
      ASSERT_FALSE(VerifyRecordDigest(RecordView(bad))) << bit;
    } else {
      ASSERT_NE(ChainHash(RecordView(bad).header_bytes()), chain) << bit;
    }
  }
}

TEST(ChangeRecordTest, RefusesMalformedRecords) {
  const Images images;
  const std::string good = RecordOf(BodyOf(images));
  for (size_t size = 0; size < good.size(); ++size) {
    const auto block = std::make_unique<char[]>(size);
    std::memcpy(block.get(), good.data(), size);
    ASSERT_FALSE(ValidateRecord({block.get(), size}).ok()) << size;
  }
  EXPECT_FALSE(ValidateRecord(good + "x").ok());
  std::string version = good;
  version[kRecordHeaderSize] = 2;
  EXPECT_EQ(ValidateRecord(version).message(), "Malformed change record: unknown version");

  RecordBody body = BodyOf(images);
  body.keys = {};
  EXPECT_FALSE(ValidateRecord(RecordOf(body)).ok());
  body = BodyOf(images);
  body.old_image = "not an item";
  EXPECT_FALSE(ValidateRecord(RecordOf(body)).ok());
  body = BodyOf(images);
  body.new_image = {};
  body.previous_size = 0;
  EXPECT_EQ(ValidateRecord(RecordOf(body)).message(),
            "Malformed change record: removes what was not there");
}

TEST(ChangeRecordTest, MutatedRecordsAreRefusedOrReadable) {
  const Images images;
  const std::string good = RecordOf(BodyOf(images));
  Random random(31);
  int refused = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string bytes = good;
    for (uint64_t edits = 1 + random.Uniform(3); edits > 0; --edits) {
      bytes[random.Uniform(bytes.size())] ^= static_cast<char>(1 << random.Uniform(8));
    }
    const auto block = std::make_unique<char[]>(bytes.size());
    std::memcpy(block.get(), bytes.data(), bytes.size());
    const RecordView record(std::string_view(block.get(), bytes.size()));
    if (!ValidateRecord(record.bytes()).ok()) {
      ++refused;
      continue;
    }
    for (const ItemView image : {record.keys(), record.new_image(), record.old_image()}) {
      if (!image.empty()) {
        ASSERT_EQ(EncodeItem(Rebuild(image.value())), image.bytes());
      }
    }
    ASSERT_LE(record.principal().size() + record.request_id().size(), bytes.size());
  }
  EXPECT_GT(refused, 5000);
}

}  // namespace
}  // namespace millrace
