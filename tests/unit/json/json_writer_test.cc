#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/unit/json/json_testing.h"

namespace millrace {
namespace {

// What one call writes.
template <typename Call>
std::string Written(Call&& call) {
  std::string json;
  JsonWriter writer(&json);
  call(&writer);
  return json;
}

TEST(JsonWriterTest, CommasAreItsBusiness) {
  const std::string json = Written([](JsonWriter* w) {
    w->BeginObject();
    w->Key("a");
    w->Integer(1);
    w->Key("b");
    w->BeginArray();
    w->Null();
    w->Bool(true);
    w->Bool(false);
    w->BeginArray();
    w->EndArray();
    w->BeginObject();
    w->EndObject();
    w->String("x");
    w->Double(0.5);
    w->Base64("foo");
    w->Raw("[1]");
    w->Timestamp(0);
    w->EndArray();
    w->Key("c");
    w->BeginObject();
    w->Key("d");
    w->String("y");
    w->EndObject();
    w->Key("e");
    WriteAttributeValue(ValueView(), w);
    w->Key("f");
    w->BeginArray();
    WriteAttributeValue(ValueView(), w);
    WriteAttributeMap(MapView(std::string_view("\x09\0\0", 3)), w);
    w->EndArray();
    w->EndObject();
  });
  EXPECT_EQ(json, R"({"a":1,"b":[null,true,false,[],{},"x",0.5,"Zm9v",[1],0],"c":{"d":"y"},)"
                  R"("e":{"NULL":true},"f":[{"NULL":true},{}]})");
}

struct StringRow {
  std::string_view text;
  std::string_view json;
};

TEST(JsonWriterTest, Escapes) {
  const StringRow rows[] = {
      {"", R"("")"},
      {"plain", R"("plain")"},
      {"\"", R"("\"")"},
      {"\\", R"("\\")"},
      {"/", R"("/")"},
      {"\b\f\n\r\t", R"("\b\f\n\r\t")"},
      {std::string_view("\0\x01\x1f", 3), R"("\u0000\u0001\u001f")"},
      {"\x7f", "\"\x7f\""},
      {"\xC3\xA9\xE2\x80\xA8\xF0\x9F\x98\x80", "\"\xC3\xA9\xE2\x80\xA8\xF0\x9F\x98\x80\""},
      {"a\"b\"\"c", R"("a\"b\"\"c")"},
  };
  for (const StringRow& row : rows) {
    EXPECT_EQ(Written([&row](JsonWriter* w) { w->String(row.text); }), row.json);
    EXPECT_EQ(Written([&row](JsonWriter* w) {
                w->BeginObject();
                w->Key(row.text);
                w->Null();
                w->EndObject();
              }),
              "{" + std::string(row.json) + ":null}");
  }
}

// Texts are looked at in chunks: a byte to escape at every place of every length around them.
TEST(JsonWriterTest, EscapesWhereverTheByteIs) {
  for (size_t size = 1; size < 50; ++size) {
    for (size_t at = 0; at < size; ++at) {
      for (const char c : {'"', '\\', '\n', '\x1f', ' ', '\x7f', '\x80', '\xff'}) {
        std::string text(size, 'x');
        text[at] = c;
        const std::string json = Written([&text](JsonWriter* w) { w->String(text); });
        std::string expected = "\"" + text + "\"";
        if (c == '"' || c == '\\') expected.insert(1 + at, "\\");
        if (c == '\n') expected.replace(1 + at, 1, "\\n");
        if (c == '\x1f') expected.replace(1 + at, 1, "\\u001f");
        ASSERT_EQ(json, expected);
      }
    }
  }
}

TEST(JsonWriterTest, Numbers) {
  const std::pair<int64_t, std::string_view> integers[] = {
      {0, "0"},
      {-1, "-1"},
      {std::numeric_limits<int64_t>::max(), "9223372036854775807"},
      {std::numeric_limits<int64_t>::min(), "-9223372036854775808"},
  };
  for (const auto& [value, json] : integers) {
    EXPECT_EQ(Written([value = value](JsonWriter* w) { w->Integer(value); }), json);
  }
  const std::pair<double, std::string_view> doubles[] = {
      {0, "0"},
      {0.1, "0.1"},
      {-2.5, "-2.5"},
      {100, "100"},
      {1e22, "1e+22"},
      {5e-324, "5e-324"},
      {1.0 / 3, "0.3333333333333333"},
  };
  JsonParser parser;
  for (const auto& [value, json] : doubles) {
    const std::string written = Written([value = value](JsonWriter* w) { w->Double(value); });
    EXPECT_EQ(written, json);
    const auto root = parser.Parse(written);
    ASSERT_TRUE(root.ok());
    EXPECT_EQ(root->number(), value);
  }
  EXPECT_DEATH(Written([](JsonWriter* w) { w->Double(std::nan("")); }), "no infinity");
}

TEST(JsonWriterTest, Timestamps) {
  const std::pair<int64_t, std::string_view> rows[] = {
      {0, "0"},
      {1, "0"},
      {999, "0"},
      {1000, "0.001"},
      {1'763'694'000'123'456, "1763694000.123"},
      {1'763'694'000'123'999, "1763694000.123"},
      {1'763'694'000'000'000, "1763694000"},
      {1'763'694'000'100'000, "1763694000.100"},
      {1'763'694'000'020'000, "1763694000.020"},
      {-1, "-0.001"},
      {-1000, "-0.001"},
      {-1'000'000, "-1"},
      {-1'500'000, "-1.500"},
  };
  for (const auto& [micros, json] : rows) {
    EXPECT_EQ(Written([micros = micros](JsonWriter* w) { w->Timestamp(micros); }), json) << micros;
  }
}

TEST(JsonWriterTest, AttributeValues) {
  const std::pair<Value, std::string_view> rows[] = {
      {Value::Null(), R"({"NULL":true})"},
      {Value::Bool(true), R"({"BOOL":true})"},
      {Value::Bool(false), R"({"BOOL":false})"},
      {Value::String("a\"b"), R"({"S":"a\"b"})"},
      {Value::String(""), R"({"S":""})"},
      {Value::OfNumber(Number::FromInt(-1500)), R"({"N":"-1500"})"},
      {Value::OfNumber(Number()), R"({"N":"0"})"},
      {Value::Binary(std::string_view("\0\xff", 2)), R"({"B":"AP8="})"},
      {Value::OfSet(ValueType::kStringSet, {"b", "a\n"}), R"({"SS":["a\n","b"]})"},
      {Value::OfSet(ValueType::kNumberSet,
                    {Number::FromInt(10).Packed(), Number::FromInt(-2).Packed()}),
       R"({"NS":["-2","10"]})"},
      {Value::OfSet(ValueType::kBinarySet, {"foo", ""}), R"({"BS":["","Zm9v"]})"},
      {Value::OfList({}), R"({"L":[]})"},
      {Value::OfList({Value::Null(), Value::OfList({Value::String("x")})}),
       R"({"L":[{"NULL":true},{"L":[{"S":"x"}]}]})"},
      {Value::OfMap({}), R"({"M":{}})"},
      {Value::OfMap({{"b\t", Value::Null()}, {"a", Value::OfMap({{"c", Value::Null()}})}}),
       R"({"M":{"a":{"M":{"c":{"NULL":true}}},"b\t":{"NULL":true}}})"},
  };
  for (const auto& [value, json] : rows) {
    EXPECT_EQ(JsonOf(value), json);
  }
}

}  // namespace
}  // namespace millrace
