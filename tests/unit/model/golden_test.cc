#include <gtest/gtest.h>

#include "engine/base/hex.h"
#include "engine/model/change_record.h"
#include "engine/model/schema.h"
#include "tests/unit/model/golden_file.h"
#include "tests/unit/model/support.h"

// The byte formats of FORMAT.md against files that are kept for ever: what is written must be what
// the file says, and what the file says must be read.
namespace millrace {
namespace {

using Rows = std::vector<std::vector<std::string>>;

TEST(GoldenTest, Numbers) {
  Rows rows;
  for (const char* text : {"-99999999999999999999999999999999999999e88",
                           "-1e125",
                           "-12345.678",
                           "-100",
                           "-99",
                           "-10",
                           "-1.01",
                           "-1",
                           "-0.5",
                           "-0.000000001",
                           "-1e-130",
                           "0",
                           "1e-130",
                           "0.000000001",
                           "0.01",
                           "0.1",
                           "0.5",
                           "1",
                           "1.01",
                           "1.5",
                           "3.1415926535897932384626433832795028841",
                           "9",
                           "10",
                           "12",
                           "99",
                           "100",
                           "123",
                           "12345.678",
                           "1000000",
                           "12345678901234567890123456789012345678",
                           "1e125",
                           "99999999999999999999999999999999999999e88"}) {
    rows.push_back({text, ToHex(N(text).Packed())});
  }
  ExpectGolden("numbers_v1.txt", "number <tab> packed form, in ascending order", rows);
  std::string previous;
  for (const auto& row : ReadGolden("numbers_v1.txt")) {
    const std::string packed = FromHex(row.at(1)).value();
    ASSERT_TRUE(Number::IsValidPacked(packed)) << row[0];
    EXPECT_EQ(Number::FromPacked(packed), N(row[0]));
    EXPECT_LT(previous, packed) << row[0];
    previous = packed;
  }
}

Value EveryType() {
  return Map({{"null", Value::Null()},
              {"yes", Value::Bool(true)},
              {"no", Value::Bool(false)},
              {"number", Num("-12345.678")},
              {"string", Str("caf\xc3\xa9")},
              {"binary", Value::Binary(std::string("\x00\xff\x80", 3))},
              {"strings", Set(ValueType::kStringSet, {"b", "a", ""})},
              {"numbers", Set(ValueType::kNumberSet, {"10", "-1", "2.5"})},
              {"binaries", Set(ValueType::kBinarySet, {"\xff", "\x01"})},
              {"list", Value::OfList({Num("1"), Str("x"), Value::OfList({})})},
              {"map", Map({{"inner", Map({})}, {"also", Value::Null()}})}});
}

Value Wide() {
  return Map({{"pk", Str("w")}, {"pad", Str(std::string(65536, 'x'))}});
}

TEST(GoldenTest, Items) {
  const std::pair<std::string, Value> items[] = {
      {"empty", Map({})},
      {"one", Map({{"pk", Str("a")}})},
      {"every type", EveryType()},
      {"nested", Map({{"pk", Str("n")}, {"doc", NestedMaps(31)}})},
  };
  Rows rows;
  for (const auto& [name, map] : items) {
    const std::string bytes = EncodeItem(map);
    rows.push_back({name, std::to_string(ItemView(bytes).aws_size()),
                    Describe(ItemView(bytes).value()), ToHex(bytes)});
  }
  ExpectGolden("items_v1.txt", "name <tab> AWS size <tab> content <tab> item bytes", rows);
  for (const auto& row : ReadGolden("items_v1.txt")) {
    const std::string bytes = FromHex(row.at(3)).value();
    ASSERT_TRUE(ValidateItem(bytes).ok()) << row[0];
    EXPECT_EQ(std::to_string(ItemView(bytes).aws_size()), row[1]) << row[0];
    EXPECT_EQ(Describe(ItemView(bytes).value()), row[2]) << row[0];
    EXPECT_EQ(EncodeItem(Rebuild(ItemView(bytes).value())), bytes) << row[0];
  }
}

// Too long to keep whole: the bytes before the padding, and the digest of all.
TEST(GoldenTest, WideItem) {
  const std::string bytes = EncodeItem(Wide());
  ASSERT_TRUE(ValidateItem(bytes).ok());
  ExpectGolden("wide_item_v1.txt", "first 48 bytes <tab> SHA-256 of the item bytes",
               {{ToHex(bytes.substr(0, 48)), ToHex(BytesOf(Sha256(bytes)))}});
}

TEST(GoldenTest, Keys) {
  const KeySchema schemas[] = {
      HashSchema({"pk", ValueType::kString}),
      CompositeSchema({"pk", ValueType::kNumber}, {"sk", ValueType::kBinary}),
      CompositeSchema({"pk", ValueType::kBinary}, {"sk", ValueType::kNumber}),
  };
  const Value maps[] = {
      Map({{"pk", Str("caf\xc3\xa9")}}),
      Map({{"pk", Num("-1.5")}, {"sk", Value::Binary(std::string("\x00\xff", 2))}}),
      Map({{"pk", Value::Binary("\x01")}, {"sk", Num("0")}}),
  };
  Rows rows;
  for (size_t i = 0; i < std::size(maps); ++i) {
    const std::string bytes = maps[i].Encode();
    const ItemKey key = KeyOfKeyMap(schemas[i], ValueView(bytes)).value();
    rows.push_back({Describe(ValueView(bytes)), ToHex(key.pk), ToHex(key.sk)});
  }
  ExpectGolden("keys_v1.txt", "key <tab> pk <tab> sk", rows);
  const Rows golden = ReadGolden("keys_v1.txt");
  for (size_t i = 0; i < std::size(schemas); ++i) {
    const std::string item =
        KeysItem(schemas[i], {FromHex(golden[i].at(1)).value(), FromHex(golden[i].at(2)).value()});
    EXPECT_EQ(Describe(ItemView(item).value()), golden[i][0]);
  }
}

TEST(GoldenTest, Positions) {
  const Position positions[] = {{},
                                {0, Lsn(1), 0},
                                {1, Lsn(0x0102030405060708), 0x0a0b0c},
                                {0xffffff, Lsn(~uint64_t{0}), 0xffffff}};
  Rows rows;
  for (const Position& position : positions) {
    std::string bytes;
    AppendPosition(position, &bytes);
    rows.push_back({SequenceNumberOf(position), ToHex(bytes)});
  }
  ExpectGolden("positions_v1.txt", "SequenceNumber <tab> position bytes", rows);
  for (const auto& row : ReadGolden("positions_v1.txt")) {
    EXPECT_EQ(LoadPosition(FromHex(row.at(1)).value().data()), ParseSequenceNumber(row[0]));
  }
}

TEST(GoldenTest, ChangeRecords) {
  const std::string keys = EncodeItem(Map({{"pk", Str("a")}}));
  const std::string before = EncodeItem(Map({{"pk", Str("a")}, {"n", Num("1")}}));
  const std::string after = EncodeItem(Map({{"pk", Str("a")}, {"n", Num("2")}}));
  struct Row {
    std::string name;
    uint32_t previous_size;
    std::string_view new_image, old_image, principal;
    uint8_t flags;
  };
  const Row records[] = {
      {"INSERT", 0, after, {}, "AKIDEXAMPLE", 0},
      {"MODIFY", 6, after, before, "AKIDEXAMPLE", 0},
      {"REMOVE", 6, {}, before, "dynamodb.amazonaws.com", kRecordByService},
  };
  Rows rows;
  Digest previous{};
  for (const Row& row : records) {
    RecordBody body;
    body.key_hash = 0xf0e1d2c3b4a59687;
    body.previous_size = row.previous_size;
    body.hop_count = 1;
    body.origin_region = 2;
    body.causation = {0, Lsn(3), 4};
    body.keys = keys;
    body.new_image = row.new_image;
    body.old_image = row.old_image;
    body.principal = row.principal;
    body.request_id = "REQUEST";
    const std::string body_bytes = EncodeRecordBody(body);
    RecordHeader header;
    header.position = {1, Lsn(10 + rows.size()), 1};
    header.item_previous = {1, Lsn(9 + rows.size()), 1};
    header.commit_time_micros = 1'700'000'000'000'000;
    header.previous_hash = previous;
    header.body_digest = Sha256(body_bytes);
    header.flags = row.flags;
    std::string bytes;
    AppendRecordHeader(header, &bytes);
    previous = ChainHash(bytes);
    rows.push_back({row.name, ToHex(bytes), ToHex(body_bytes)});
  }
  ExpectGolden("change_records_v1.txt", "event <tab> header <tab> body; a chain of one shard",
               rows);
  previous = {};
  for (const auto& row : ReadGolden("change_records_v1.txt")) {
    const std::string bytes = FromHex(row.at(1)).value() + FromHex(row.at(2)).value();
    ASSERT_TRUE(ValidateRecord(bytes).ok()) << row[0];
    const RecordView record(bytes);
    EXPECT_EQ(WireName(record.event_name()), row[0]);
    EXPECT_TRUE(VerifyRecordDigest(record));
    EXPECT_EQ(record.header().previous_hash, previous);
    EXPECT_EQ(Describe(record.keys().value()), "M{pk:S(a)}");
    EXPECT_EQ(record.request_id(), "REQUEST");
    previous = ChainHash(record.header_bytes());
  }
}

}  // namespace
}  // namespace millrace
