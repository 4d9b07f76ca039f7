#include <gtest/gtest.h>

#include "engine/base/limits.h"
#include "tests/unit/json/json_testing.h"
#include "tests/unit/json/random_value.h"

namespace millrace {
namespace {

TEST(AttributeRoundTripTest, ValuesComeBackAsTheyWere) {
  JsonParser parser;
  for (uint64_t seed = 1; seed <= 2000; ++seed) {
    const std::string bytes = RandomValue(seed).Next(seed % 50 == 0 ? 31 : 4).Encode();
    std::string json;
    JsonWriter writer(&json);
    WriteAttributeValue(ValueView(bytes), &writer);
    const auto root = parser.Parse(json);
    ASSERT_TRUE(root.ok()) << "seed " << seed << ' ' << json;
    const auto value = DecodeAttributeValue(*root);
    ASSERT_TRUE(value.ok()) << "seed " << seed << ' ' << value.status().ToString() << ' ' << json;
    const std::string decoded = value->Encode();
    ASSERT_EQ(ToHex(decoded), ToHex(bytes)) << "seed " << seed << ' ' << json;
    ASSERT_TRUE(ValidateValue(decoded, kNestingDepthMax).ok()) << "seed " << seed;
  }
}

TEST(AttributeRoundTripTest, MapsComeBackAsTheyWere) {
  JsonParser parser;
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    const std::string bytes = RandomValue(seed).NextMap(3).Encode();
    std::string json;
    JsonWriter writer(&json);
    WriteAttributeMap(MapView(bytes), &writer);
    const auto root = parser.Parse(json);
    ASSERT_TRUE(root.ok()) << "seed " << seed << ' ' << json;
    const auto value = DecodeAttributeMap(*root);
    ASSERT_TRUE(value.ok()) << "seed " << seed << ' ' << value.status().ToString();
    ASSERT_EQ(ToHex(value->Encode()), ToHex(bytes)) << "seed " << seed << ' ' << json;
  }
}

// An item near AWS's largest: wide offsets, 20,000 elements.
TEST(AttributeRoundTripTest, LargeItems) {
  Value::List list;
  for (int i = 0; i < 20'000; ++i) list.push_back(Value::String("text " + std::to_string(i)));
  const Value item = Value::OfMap({{"list", Value::OfList(std::move(list))},
                                   {"text", Value::String(std::string(100'000, '\n'))}});
  const std::string bytes = item.Encode();
  std::string json;
  JsonWriter writer(&json);
  WriteAttributeMap(MapView(bytes), &writer);
  JsonParser parser;
  const auto root = parser.Parse(json);
  ASSERT_TRUE(root.ok());
  const auto value = DecodeAttributeMap(*root);
  ASSERT_TRUE(value.ok());
  EXPECT_TRUE(value->Encode() == bytes);
}

}  // namespace
}  // namespace millrace
