#include "engine/table_codec.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/base/hex.h"

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
  TableSettings& settings = table.spec.settings;
  settings.on_demand_since_micros = 3;
  settings.switched_to_on_demand_micros = {0, 0, 2, 3};
  settings.throughput_changes = {4, 5, 6};
  settings.table_class = TableClass::kStandardInfrequentAccess;
  settings.class_changed_micros = 7;
  settings.class_changed_before_micros = 13;
  settings.on_demand.read_units_max = 8;
  settings.warm = WarmThroughput{9, 10};
  settings.tags["k"] = "v";
  settings.policies["stream/label"] = {"{}", "r"};
  table.ttl = TimeToLive{"ends", true, 11, IndexId(12), true};
  return table;
}

// What both versions have, behind the version's byte.
constexpr char kCommon[] =
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
    "0200000000000000";
constexpr char kSettings[] =
    "0300000000000000"
    "0400000000000000"
    "0500000000000000"
    "06"
    "01"
    "0700000000000000"
    "0d00000000000000"
    "01"
    "0800000000000000"
    "00"
    "0000000000000000"
    "01"
    "0900000000000000"
    "0a00000000000000"
    "01"
    "016b"
    "0176"
    "01"
    "0c73747265616d2f6c6162656c"
    "027b7d"
    "0172";
constexpr char kTimeToLive[] =
    "01"
    "04656e6473"
    "01"
    "0b00000000000000"
    "0c000000"
    "01";

constexpr char kIndex[] =
    "08000000"
    "00"
    "026279"
    "01"
    "016103"
    "01"
    "016202"
    "02"
    "01"
    "0178"
    "0100000000000000"
    "0200000000000000"
    "01"
    "0900000000000000"
    "00"
    "0000000000000000"
    "01"
    "0500000000000000"
    "0600000000000000"
    "01"
    "0000000000000000"
    "0300000000000000"
    "0700000000000000"
    "0000000000000000"
    "00";

constexpr char kSwitches[] =
    "0000000000000000"
    "0000000000000000"
    "0200000000000000"
    "0300000000000000";

// What versions 2 and 3 know of it.
TableSettings SettingsWithoutSwitches() {
  TableSettings settings = Sample().spec.settings;
  settings.switched_to_on_demand_micros = {};
  return settings;
}

Table SampleWithIndexes() {
  Table table = Sample();
  Index index;
  index.id = IndexId(8);
  index.spec.name = "by";
  index.spec.schema = {{{"a", ValueType::kString}}, {{"b", ValueType::kNumber}}};
  index.spec.projection = ProjectionType::kInclude;
  index.spec.included = {"x"};
  index.spec.throughput = {1, 2};
  index.spec.on_demand.read_units_max = 9;
  index.spec.warm = WarmThroughput{5, 6};
  index.throughput_changes.last_increase_micros = 7;
  index.status = IndexStatus::kCreating;
  index.created_micros = 3;
  table.indexes.push_back(std::move(index));
  return table;
}

TEST(TableCodec, GoldenOfVersion4) {
  const std::string before = std::string("04") + kCommon + kSettings + kTimeToLive;
  EXPECT_EQ(ToHex(EncodeTable(Sample())), before + "00" + kSwitches);
  EXPECT_EQ(ToHex(EncodeTable(SampleWithIndexes())), before + "01" + kIndex + kSwitches);
}

TEST(TableCodec, ReadsWhatItWrote) {
  const std::optional<Table> table = DecodeTable(EncodeTable(Sample()), Lsn(42));
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(table->spec.settings, Sample().spec.settings);
  EXPECT_EQ(table->ttl, Sample().ttl);
  EXPECT_EQ(table->spec.throughput, Sample().spec.throughput);
}

TEST(TableCodec, ReadsVersion1) {
  const std::optional<Table> table =
      DecodeTable(FromHex(std::string("01") + kCommon).value(), Lsn(42));
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(table->spec.name, "flights");
  EXPECT_EQ(table->streams.size(), 1u);
  EXPECT_EQ(table->spec.settings, TableSettings());
  EXPECT_FALSE(table->ttl.has_value());
}

TEST(TableCodec, ReadsVersion2) {
  const std::optional<Table> table =
      DecodeTable(FromHex(std::string("02") + kCommon + kSettings + kTimeToLive).value(), Lsn(42));
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(table->spec.settings, SettingsWithoutSwitches());
  EXPECT_TRUE(table->indexes.empty());
}

TEST(TableCodec, ReadsVersion3) {
  const std::optional<Table> table = DecodeTable(
      FromHex(std::string("03") + kCommon + kSettings + kTimeToLive + "01" + kIndex).value(),
      Lsn(42));
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(table->spec.settings, SettingsWithoutSwitches());
  EXPECT_EQ(table->indexes.size(), 1u);
}

TEST(TableCodec, IndexesComeBack) {
  const std::optional<Table> table = DecodeTable(EncodeTable(SampleWithIndexes()), Lsn(42));
  ASSERT_TRUE(table.has_value());
  ASSERT_EQ(table->indexes.size(), 1u);
  const Index& index = table->indexes[0];
  const Index sample = SampleWithIndexes().indexes[0];
  EXPECT_EQ(index.id, sample.id);
  EXPECT_EQ(index.spec.name, sample.spec.name);
  EXPECT_EQ(index.spec.kind, sample.spec.kind);
  EXPECT_EQ(index.spec.schema, sample.spec.schema);
  EXPECT_EQ(index.spec.projection, sample.spec.projection);
  EXPECT_EQ(index.spec.included, sample.spec.included);
  EXPECT_EQ(index.status, sample.status);
  EXPECT_EQ(index.created_lsn, Lsn(42));
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
  const std::string bytes = EncodeTable(SampleWithIndexes());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeTable(bytes.substr(0, size), Lsn(1)).has_value()) << size;
  }
  EXPECT_FALSE(DecodeTable(bytes + "x", Lsn(1)).has_value());
  EXPECT_FALSE(DecodeTable("\x7f" + bytes.substr(1), Lsn(1)).has_value());
}

TEST(TableCodec, CellKeysNameTheirTable) {
  EXPECT_EQ(TableCellKey(TableId(0xabc)), "catalog/table/00000abc");
  EXPECT_EQ(TableIdOfCellKey("catalog/table/00000abc"), TableId(0xabc));
  EXPECT_FALSE(TableIdOfCellKey("catalog/table/0000xabc").has_value());
  EXPECT_FALSE(TableIdOfCellKey("catalog/table/abc").has_value());
}

}  // namespace
}  // namespace millrace
