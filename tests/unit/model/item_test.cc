#include "engine/model/item.h"

#include <gtest/gtest.h>

#include "engine/base/limits.h"
#include "tests/unit/model/support.h"

namespace millrace {
namespace {

TEST(ItemTest, EncodesHeaderAndMap) {
  const Value map = Map({{"pk", Str("a")}, {"n", Num("42")}});
  const std::string bytes = EncodeItem(map);
  EXPECT_TRUE(ValidateItem(bytes).ok());
  const ItemView item(bytes);
  EXPECT_FALSE(item.empty());
  EXPECT_EQ(item.aws_size(), 2u + 1 + 1 + 2);
  EXPECT_EQ(item.value().bytes(), map.Encode());
  EXPECT_EQ(item.attributes().size(), 2u);
  EXPECT_EQ(item.Find("pk")->text(), "a");
  EXPECT_FALSE(item.Find("p"));
  EXPECT_EQ(EncodeItem(item.value()), bytes);
  EXPECT_TRUE(ItemView().empty());
}

TEST(ItemTest, SizeCountsNamesAndValuesOnly) {
  const std::pair<Value, uint32_t> rows[] = {
      {Map({}), 0},
      {Map({{"pk", Str("k")}}), 3},
      {Map({{"pk", Str("k")}, {"n", Num("42")}}), 3 + 1 + 2},
      {Map({{"\xc2\xa3", Str("")}}), 2},
      {Map({{"m", Map({})}, {"l", Value::OfList({})}}), 1 + 3 + 1 + 3},
      {Map({{"m", Map({{"ab", Value::Bool(true)}})}}), 1 + 3 + 2 + 1 + 1},
  };
  for (const auto& [map, size] : rows) EXPECT_EQ(ItemView(EncodeItem(map)).aws_size(), size);
}

TEST(ItemTest, Holds400KilobytesAndNoByteMore) {
  for (const size_t total : {kItemSizeMax, kItemSizeMax + 1}) {
    const Value map = Map({{"pk", Str("k")}, {"pad", Str(std::string(total - 3 - 3, 'x'))}});
    const std::string bytes = EncodeItem(map);
    ASSERT_EQ(ItemView(bytes).aws_size(), total);
    ASSERT_TRUE(ValidateItem(bytes).ok());
    const Status status = CheckItemSize(ItemView(bytes));
    EXPECT_EQ(status.ok(), total == kItemSizeMax);
    if (!status.ok()) {
      EXPECT_EQ(status.message(), "Item size has exceeded the maximum allowed size");
    }
  }
}

// The limit of 32 levels counts the item's own map.
TEST(ItemTest, BoundsDepth) {
  EXPECT_TRUE(ValidateItem(EncodeItem(Map({{"a", NestedMaps(31)}}))).ok());
  EXPECT_FALSE(ValidateItem(EncodeItem(Map({{"a", NestedMaps(32)}}))).ok());
}

TEST(ItemTest, RefusesBadHeaders) {
  const std::string good = EncodeItem(Map({{"a", Num("1")}}));
  std::string version = good, size = good, list = good;
  version[0] = 2;
  ++size[1];
  list = good.substr(0, kItemHeaderSize) + Value::OfList({}).Encode();
  EXPECT_EQ(ValidateItem(version).message(), "Malformed item bytes: unknown version");
  EXPECT_EQ(ValidateItem(size).message(),
            "Malformed item bytes: the stated size is not the real one");
  EXPECT_EQ(ValidateItem(list).message(), "Malformed item bytes: not a map");
  for (size_t n = 0; n < good.size(); ++n) {
    EXPECT_FALSE(ValidateItem(std::string(good.data(), n)).ok()) << n;
  }
  EXPECT_FALSE(ValidateItem(good + "x").ok());
}

}  // namespace
}  // namespace millrace
