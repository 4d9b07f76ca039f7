#include <gtest/gtest.h>

#include "engine/base/limits.h"
#include "tests/unit/json/json_testing.h"

namespace millrace {
namespace {

struct Row {
  std::string_view json;
  std::string_view hex;
};

TEST(AttributeDecodeTest, GivesCanonicalBytes) {
  const Row rows[] = {
      {R"({"S":"a"})", "0361"},
      {R"({"S":""})", "03"},
      {R"({"S":"\u00e9\u2028\ud83d\ude00\u0000\n\/"})", "03c3a9e280a8f09f9880000a2f"},
      {"{\"S\":\"\xE2\x80\xA8\x7f\"}", "03e280a87f"},
      {R"({"N":"0"})", "0280"},
      {R"({"N":"1"})", "02c102"},
      {R"({"N":"1e0"})", "02c102"},
      {R"({"N":"-1"})", "023e6466"},
      {R"({"N":"100"})", "02c202"},
      {R"({"B":""})", "04"},
      {R"({"B":"AAEC/w=="})", "04000102ff"},
      {R"({"BOOL":true})", "0101"},
      {R"({"BOOL":false})", "0100"},
      {R"({"NULL":true})", "00"},
      {R"({"SS":["b","a"]})",
       "05020001000200"
       "6162"},
      {R"({"SS":["",  "a"]})",
       "05020000000100"
       "61"},
      {R"({"NS":["2","1"]})",
       "06020002000400"
       "c102c103"},
      {R"({"BS":["/w==","AA=="]})",
       "07020001000200"
       "00ff"},
      {R"({"L":[]})", "080000"},
      {R"({"L":[{"S":"a"},{"NULL":true}]})",
       "08020002000300"
       "036100"},
      {R"({"M":{}})", "090000"},
      {R"({"M":{"b":{"BOOL":true},"a":{"S":"x"}}})",
       "09020004000800"
       "0161037801620101"},
      {R"({"M":{"m":{"M":{"l":{"L":[{"S":"x"}]}}}}})",
       "0901001000"
       "016d"
       "0901000900"
       "016c"
       "08010002000378"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(DecodedHex(row.json), row.hex) << row.json;
  }
}

TEST(AttributeDecodeTest, TakesWordsForBooleans) {
  for (const std::string_view word : {"true", "TRUE", "True", "yes", "1"}) {
    EXPECT_EQ(DecodedHex("{\"BOOL\":\"" + std::string(word) + "\"}"), "0101") << word;
    EXPECT_EQ(DecodedHex("{\"NULL\":\"" + std::string(word) + "\"}"), "00") << word;
  }
  for (const std::string_view word : {"false", "FALSE", "no", "No", "0"}) {
    EXPECT_EQ(DecodedHex("{\"BOOL\":\"" + std::string(word) + "\"}"), "0100") << word;
  }
}

TEST(AttributeDecodeTest, IgnoresWhatIsOutsideTheModel) {
  const Row rows[] = {
      {R"({"S":"a","X":1,"s":{},"SSS":[[]],"":null,"bool":true})", "0361"},
      {R"({"S":"a","N":null})", "0361"},
      {R"({"S":"a","S":"b"})", "0362"},
      {R"({"N":"1","N":null,"S":"b"})", "0362"},
      {R"({"S":"b","N":"1","N":null})", "0362"},
      {R"({"M":{"a":{"S":"x"},"a":{"S":"y"},"b":{"S":"z"},"a":{"S":"w"}}})",
       "09020004000800"
       "016103770162037a"},
      {R"({"M":{"a":null,"a":{"S":"x"}}})",
       "09010004000161"
       "0378"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(DecodedHex(row.json), row.hex) << row.json;
  }
}

TEST(AttributeDecodeTest, AMapIsAnItem) {
  EXPECT_EQ(DecodedMapHex("{}"), "090000");
  EXPECT_EQ(DecodedMapHex(R"({"b":{"N":"1"},"a":{"S":"x"}})"),
            "09020004000900"
            "016103780162"
            "02c102");
}

// Names in any order, prefixes of one another, bytes above 127: the order is memcmp's.
TEST(AttributeDecodeTest, SortsNamesByBytes) {
  JsonParser parser;
  const auto document =
      parser.Parse(R"({"é":{"S":"5"},"b":{"S":"4"},"ab":{"S":"3"},"B":{"S":"1"},"a":{"S":"2"}})");
  ASSERT_TRUE(document.ok());
  const auto value = DecodeAttributeMap(*document);
  ASSERT_TRUE(value.ok()) << value.status().ToString();
  const std::string bytes = value->Encode();
  EXPECT_TRUE(ValidateValue(bytes, kNestingDepthMax).ok());
  const MapView map(bytes);
  std::string order;
  for (size_t i = 0; i < map.size(); ++i) order += map.value(i).text();
  EXPECT_EQ(order, "12345");
}

TEST(AttributeDecodeTest, WidensOffsets) {
  const std::string text(0xfffe, 'x');
  const std::string narrow = DecodedHex(R"({"L":[{"S":")" + text + R"("}]})");
  EXPECT_EQ(narrow.substr(0, 10), "080100ffff");
  const std::string wide = DecodedHex(R"({"L":[{"S":"x)" + text + R"("}]})");
  EXPECT_EQ(wide.substr(0, 18), "880100000000000100");
}

TEST(AttributeDecodeTest, CountsLevelsFromTheItem) {
  constexpr std::string_view kLeaf = R"({"S":"x"})";
  const std::string error =
      "ValidationException: Nesting Levels have exceeded supported limits: Attributes in the item "
      "have nested levels beyond supported limit";
  struct Form {
    std::string_view open, close;
  };
  for (const Form& form : {Form{R"({"M":{"a":)", "}}"}, Form{R"({"L":[)", "]}"}}) {
    const std::string deepest = Nested(31, form.open, kLeaf, form.close);
    const std::string too_deep = Nested(32, form.open, kLeaf, form.close);
    EXPECT_EQ(DecodedHex(deepest).substr(0, 2), form.open[2] == 'M' ? "09" : "08");
    EXPECT_EQ(DecodedHex(too_deep), error);
    EXPECT_EQ(DecodedMapHex("{\"a\":" + deepest + "}").substr(0, 2), "09");
    EXPECT_EQ(DecodedMapHex("{\"a\":" + too_deep + "}"), error);
    // The container counts, not what is in it.
    EXPECT_EQ(DecodedMapHex("{\"a\":" + Nested(31, form.open, R"({"L":[]})", form.close) + "}"),
              error);
    // Far deeper, as long as it is JSON to the parser.
    EXPECT_EQ(DecodedHex(Nested(127, form.open, kLeaf, form.close)), error);
    EXPECT_EQ(DecodedHex(Nested(128, form.open, kLeaf, form.close)), "not JSON");
  }
}

TEST(AttributeDecodeTest, ALevelMoreInAnExpression) {
  const auto decode = [](int levels) {
    JsonParser parser;
    const auto document = parser.Parse(Nested(levels, R"({"L":[)", R"({"S":"x"})", "]}"));
    return DecodeExpressionValue(*document).status();
  };
  EXPECT_TRUE(decode(32).ok());
  EXPECT_TRUE(IsNestedTooDeep(decode(33)));
}

TEST(AttributeDecodeTest, TheDeepestItemIsValid) {
  JsonParser parser;
  const auto document =
      parser.Parse("{\"a\":" + Nested(31, R"({"M":{"a":)", R"({"S":"x"})", "}}") + "}");
  ASSERT_TRUE(document.ok());
  const auto value = DecodeAttributeMap(*document);
  ASSERT_TRUE(value.ok());
  const std::string bytes = value->Encode();
  EXPECT_EQ(NestingDepth(ValueView(bytes)), kNestingDepthMax);
  EXPECT_TRUE(ValidateValue(bytes, kNestingDepthMax).ok());
}

TEST(AttributeDecodeTest, NamesHaveALongestLength) {
  const std::string longest(kAttributeNameSizeMax, 'n');
  EXPECT_EQ(DecodedMapHex("{\"" + longest + "\":{\"NULL\":true}}").substr(0, 2), "89");
  EXPECT_EQ(DecodedMapHex("{\"n" + longest + "\":{\"NULL\":true}}"),
            "ValidationException: Attribute name is too large, must be less than 65536 bytes");
}

}  // namespace
}  // namespace millrace
