#include "engine/table_codec.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

Table Sample() {
  Table table;
  table.id = TableId(7);
  table.uuid = "u";
  table.spec.name = "flights";
  table.spec.schema.hash = {"pk", ValueType::kString};
  table.spec.schema.range = KeyAttribute{"n", ValueType::kNumber};
  table.spec.throughput = {5, 6};
  table.spec.billing_mode = BillingMode::kProvisioned;
  table.hash_seed = 0x0102030405060708;
  table.created_micros = 1000;
  table.streams.push_back({"label", StreamViewType::kOldImage, Lsn(0), Lsn(9), 1, 2});
  return table;
}

std::string Hex(const std::string& bytes) {
  std::string text;
  for (const char c : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    text += kDigits[static_cast<uint8_t>(c) >> 4];
    text += kDigits[c & 15];
  }
  return text;
}

TEST(TableCodec, GoldenOfVersion1) {
  EXPECT_EQ(Hex(EncodeTable(Sample())),
            "01"
            "07000000"
            "0175"
            "07666c6967687473"
            "02706b03"
            "01"
            "016e02"
            "00"
            "0500000000000000"
            "0600000000000000"
            "00"
            "0807060504030201"
            "e803000000000000"
            "0000000000000000"
            "00"
            "0000000000000000"
            "0000000000000000"
            "01"
            "056c6162656c"
            "02"
            "0000000000000000"
            "01"
            "0900000000000000"
            "0100000000000000"
            "0200000000000000");
}

TEST(TableCodec, UnknownLsnsBecomeTheCommitsOwn) {
  const std::optional<Table> table = DecodeTable(EncodeTable(Sample()), Lsn(42));
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(table->created_lsn, Lsn(42));
  EXPECT_EQ(table->streams[0].first, Lsn(42));
  EXPECT_EQ(table->streams[0].last, Lsn(9));
  EXPECT_FALSE(table->deleted());
  EXPECT_EQ(table->spec.schema, Sample().spec.schema);
}

TEST(TableCodec, TruncatedExtendedAndNewerBytesAreRefused) {
  const std::string bytes = EncodeTable(Sample());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeTable(bytes.substr(0, size), Lsn(1)).has_value()) << size;
  }
  EXPECT_FALSE(DecodeTable(bytes + "x", Lsn(1)).has_value());
  EXPECT_FALSE(DecodeTable("\x02" + bytes.substr(1), Lsn(1)).has_value());
}

TEST(TableCodec, CellKeysNameTheirTable) {
  EXPECT_EQ(TableCellKey(TableId(0xabc)), "catalog/table/00000abc");
  EXPECT_EQ(TableIdOfCellKey("catalog/table/00000abc"), TableId(0xabc));
  EXPECT_FALSE(TableIdOfCellKey("catalog/table/0000xabc").has_value());
  EXPECT_FALSE(TableIdOfCellKey("catalog/table/abc").has_value());
}

}  // namespace
}  // namespace millrace
