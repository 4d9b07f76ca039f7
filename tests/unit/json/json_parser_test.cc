#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <vector>

#include "tests/unit/json/json_testing.h"

namespace millrace {
namespace {

TEST(JsonParserTest, Kinds) {
  JsonParser parser;
  const auto root =
      parser.Parse(R"([null, true, -5, 1.5, "text", [1, 2], {"a": 1}, 1e2, -0, -0.0])");
  ASSERT_TRUE(root.ok());
  ASSERT_TRUE(root->Is(JsonKind::kArray));
  EXPECT_EQ(root->size(), 10u);
  std::vector<JsonValue> values;
  ASSERT_TRUE(root->ForEachElement([&values](JsonValue value) {
                    values.push_back(value);
                    return Status::Ok();
                  })
                  .ok());
  EXPECT_TRUE(values[0].Is(JsonKind::kNull));
  EXPECT_TRUE(values[1].boolean());
  EXPECT_EQ(values[2].integer(), -5);
  EXPECT_EQ(values[2].number(), -5.0);
  EXPECT_EQ(values[3].number(), 1.5);
  EXPECT_EQ(values[4].string(), "text");
  EXPECT_EQ(values[5].size(), 2u);
  EXPECT_EQ(values[6].size(), 1u);
  EXPECT_TRUE(values[7].Is(JsonKind::kDouble));
  EXPECT_TRUE(values[8].Is(JsonKind::kInteger));
  EXPECT_TRUE(values[9].Is(JsonKind::kDouble));
  EXPECT_TRUE(JsonValue().Is(JsonKind::kNull));
}

TEST(JsonParserTest, MembersInOrderAndTheLastOfDuplicates) {
  JsonParser parser;
  const auto root = parser.Parse(R"({"b":1,"a":2,"b":3,"\u00e9":4})");
  ASSERT_TRUE(root.ok());
  std::string names;
  ASSERT_TRUE(root->ForEachMember([&names](std::string_view name, JsonValue) {
                    names += name;
                    return Status::Ok();
                  })
                  .ok());
  EXPECT_EQ(names, "bab\xC3\xA9");
  EXPECT_EQ(root->Find("b")->integer(), 3);
  EXPECT_EQ(root->Find("a")->integer(), 2);
  EXPECT_EQ(root->Find("\xC3\xA9")->integer(), 4);
  EXPECT_FALSE(root->Find("c").has_value());
  EXPECT_FALSE(root->Find("").has_value());
}

TEST(JsonParserTest, AVisitorStopsWithItsError) {
  JsonParser parser;
  const auto root = parser.Parse(R"({"a":[1,2,3],"b":0})");
  ASSERT_TRUE(root.ok());
  int visits = 0;
  const auto stop = [&visits](JsonValue) {
    return ++visits == 2 ? Status::Validation("enough") : Status::Ok();
  };
  const Status status = root->ForEachMember(
      [&stop](std::string_view, JsonValue value) { return value.ForEachElement(stop); });
  EXPECT_EQ(status.message(), "enough");
  EXPECT_EQ(visits, 2);
}

struct IntegerRow {
  std::string_view json;
  int64_t value;
};

TEST(JsonParserTest, IntegersSaturate) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  const IntegerRow rows[] = {
      {"9223372036854775807", kMax},
      {"9223372036854775808", kMax},
      {"18446744073709551615", kMax},
      {"18446744073709551616", kMax},
      {"-9223372036854775808", kMin},
      {"-9223372036854775809", kMin},
      {"-0", 0},
      {"123456789012345678901234567890", kMax},
      {"-99999999999999999999", kMin},
  };
  JsonParser parser;
  for (const IntegerRow& row : rows) {
    const std::string json = "{\"\\\"1e999\": " + std::string(row.json) + ", \"b\":[1]}";
    const auto root = parser.Parse(json);
    ASSERT_TRUE(root.ok()) << json;
    const JsonValue value = *root->Find("\"1e999");
    ASSERT_TRUE(value.Is(JsonKind::kInteger)) << json;
    EXPECT_EQ(value.integer(), row.value) << json;
    EXPECT_EQ(root->Find("b")->size(), 1u);
  }
}

struct DoubleRow {
  std::string_view json;
  double value;
};

TEST(JsonParserTest, DoublesOutOfRangeAreNoError) {
  const DoubleRow rows[] = {
      {"1e400", 9e307},      {"-1e400", -9e307},         {"1E309", 9e307},
      {"123.5e+400", 9e307}, {"-10.0e308", -9e307},      {"1e308", 1e308},
      {"1e-400", 0},         {"1.5e99999999999", 9e307}, {"1e-99999999999", 0},
      {"2.5", 2.5},          {"0.000001e400", 9e307},
  };
  JsonParser parser;
  for (const DoubleRow& row : rows) {
    const auto root = parser.Parse("[" + std::string(row.json) + ",1e400]");
    ASSERT_TRUE(root.ok()) << row.json;
    bool first = true;
    const Status status = root->ForEachElement([&](JsonValue value) {
      EXPECT_TRUE(value.Is(JsonKind::kDouble));
      EXPECT_EQ(value.number(), first ? row.value : 9e307) << row.json;
      first = false;
      return Status::Ok();
    });
    EXPECT_TRUE(status.ok());
  }
}

TEST(JsonParserTest, WhatIsNotJson) {
  const std::string_view rows[] = {
      "",
      " ",
      "\t\r\n",
      "{",
      "}",
      "[",
      "]",
      "[1",
      "[1,",
      "[1,]",
      "[,1]",
      "{\"a\"",
      "{\"a\":",
      "{\"a\":1",
      "{\"a\":1,",
      "{\"a\":1,}",
      "{a:1}",
      "{1:1}",
      "{\"a\" 1}",
      "{'a':1}",
      "[1] 2",
      "{}{}",
      "{},",
      "nul",
      "nulll",
      "True",
      "tru",
      "NaN",
      "Infinity",
      "01",
      "[01]",
      "[1.]",
      "[.5]",
      "[1e]",
      "[1e+]",
      "[+1]",
      "[--1]",
      "[-]",
      "[0x10]",
      "[1.5.5]",
      "\"",
      "\"a",
      "\"\\\"",
      "\"\\x\"",
      "\"\\u12\"",
      "\"\\u12g4\"",
      "// comment\n{}",
      "{} // comment",
      "\xEF\xBB\xBF{}",
      // A good number that has to be replaced beside a bad one.
      "[1e400, 01]",
      "[123456789012345678901234567890, 1.]",
      "[1e400",
      // Control characters in strings.
      "\"\n\"",
      "\"\t\"",
      "\"\x01\"",
      "\"\x1f\"",
      std::string_view("\"\0\"", 3),
      std::string_view("{}\0", 3),
      // Lone surrogates.
      R"("\ud800")",
      R"("\udc00")",
      R"("\ud800x")",
      R"("\ud800\u0041")",
      R"("\udc00\ud800")",
      R"("\ud800\ud800\udc00")",
      R"({"\ud800":1})",
      R"("\uDBFF\\uDC00")",
      // UTF-8: cut, overlong, a surrogate, too large, a lone continuation, bytes that never occur.
      "\"\xC3\"",
      "\"\xE2\x80\"",
      "\"\xF0\x9F\x98\"",
      "\"\xC0\x80\"",
      "\"\xE0\x80\x80\"",
      "\"\xF0\x80\x80\x80\"",
      "\"\xED\xA0\x80\"",
      "\"\xF4\x90\x80\x80\"",
      "\"\x80\"",
      "\"\xFF\"",
      "\"\xFE\"",
      "{\"\xFF\":1}",
      "\xFF",
  };
  JsonParser parser;
  for (const std::string_view row : rows) {
    const auto root = parser.Parse(row);
    ASSERT_FALSE(root.ok()) << row;
    EXPECT_TRUE(root.status().Is(ErrorCode::kSerialization));
    EXPECT_EQ(root.status().message(), "") << "AWS sends no text";
  }
  EXPECT_FALSE(parser.Parse({}).ok());
  EXPECT_TRUE(parser.Parse("{}").ok()) << "the parser goes on after errors";
}

struct StringRow {
  std::string_view json;
  std::string_view text;
};

TEST(JsonParserTest, Strings) {
  const StringRow rows[] = {
      {R"("")", ""},
      {R"("\"\\\/\b\f\n\r\t")", "\"\\/\b\f\n\r\t"},
      {R"("\u0000")", std::string_view("\0", 1)},
      {R"("\u001f\u007F")", "\x1f\x7f"},
      {R"("\u00e9")", "\xC3\xA9"},
      {R"("\u2028\u2029")", "\xE2\x80\xA8\xE2\x80\xA9"},
      {R"("\uFFFF\uFEFF")", "\xEF\xBF\xBF\xEF\xBB\xBF"},
      {R"("\ud83d\ude00")", "\xF0\x9F\x98\x80"},
      {R"("\uD800\uDC00\uDBFF\uDFFF")", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"},
      {"\"\xF0\x9F\x98\x80\"", "\xF0\x9F\x98\x80"},
      {"\"\xE2\x80\xA8\"", "\xE2\x80\xA8"},
      {R"("\\ud800")", "\\ud800"},
  };
  JsonParser parser;
  for (const StringRow& row : rows) {
    const auto root = parser.Parse(row.json);
    ASSERT_TRUE(root.ok()) << row.json;
    EXPECT_EQ(root->string(), row.text) << row.json;
  }
}

TEST(JsonParserTest, DepthIsBounded) {
  JsonParser parser;
  EXPECT_TRUE(parser.Parse(Nested(256, "[", "", "]")).ok());
  EXPECT_FALSE(parser.Parse(Nested(257, "[", "", "]")).ok());
  EXPECT_TRUE(parser.Parse(Nested(255, "{\"a\":", "{}", "}")).ok());
  EXPECT_FALSE(parser.Parse(Nested(256, "{\"a\":", "{}", "}")).ok());
  EXPECT_FALSE(parser.Parse(Nested(1'000'000, "[", "", "]")).ok());
  EXPECT_TRUE(parser.Parse("[[]]").ok());
}

// The limit stays when the buffers grow, and a long document leaves with the next.
TEST(JsonParserTest, LongDocuments) {
  JsonParser parser;
  for (const size_t size :
       {size_t{1} << 16, (size_t{1} << 20) - 2, size_t{1} << 20, size_t{3} << 20}) {
    const std::string text(size, 'x');
    const auto root = parser.Parse("\"" + text + "\"");
    ASSERT_TRUE(root.ok()) << size;
    EXPECT_EQ(root->string(), text);
    EXPECT_FALSE(parser.Parse(text + Nested(257, "[", "", "]")).ok());
    EXPECT_FALSE(parser.Parse(std::string(size, ' ') + Nested(257, "[", "", "]")).ok());
    EXPECT_TRUE(parser.Parse(std::string(size, ' ') + Nested(256, "[", "", "]")).ok());
  }
}

// simdjson reads past the end of its input: texts that end where their memory ends.
TEST(JsonParserTest, NeedsNoPadding) {
  JsonParser parser;
  for (size_t size = 2; size < 200; ++size) {
    const auto text = std::make_unique<char[]>(size);
    std::fill_n(text.get(), size, 'x');
    text[0] = text[size - 1] = '"';
    const auto root = parser.Parse({text.get(), size});
    ASSERT_TRUE(root.ok());
    EXPECT_EQ(root->string().size(), size - 2);
  }
}

TEST(JsonParserTest, CanBeMoved) {
  JsonParser first;
  JsonParser second = std::move(first);
  EXPECT_TRUE(second.Parse("[1]").ok());
  first = std::move(second);
  EXPECT_TRUE(first.Parse("[1]").ok());
}

}  // namespace
}  // namespace millrace
