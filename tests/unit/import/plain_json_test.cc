#include "connectors/import/plain_json.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

struct Row {
  std::string json;
  std::string type;       // empty: as the notation says
  std::string attribute;  // or "!" and the error
};

TEST(PlainJsonTest, Rows) {
  const Row rows[] = {
      {R"("a")", "", R"({"S":"a"})"},
      {R"("a\"\\\u00e9")", "", R"({"S":"a\"\\\u00e9"})"},
      {"12", "", R"({"N":"12"})"},
      {"-1.50e+3", "", R"({"N":"-1.50e+3"})"},
      {"12345678901234567890123456789012345678", "",
       R"({"N":"12345678901234567890123456789012345678"})"},
      {"0.1234567890123456789", "", R"({"N":"0.1234567890123456789"})"},
      {"true", "", R"({"BOOL":true})"},
      {"false", "", R"({"BOOL":false})"},
      {"null", "", R"({"NULL":true})"},
      {"[]", "", R"({"L":[]})"},
      {"{}", "", R"({"M":{}})"},
      {R"([1, "a" ,[ null ]])", "", R"({"L":[{"N":"1"},{"S":"a"},{"L":[{"NULL":true}]}]})"},
      {R"({"a" : 1 , "b":{"c":[true]}, "d":[{"e":2},3]})", "",
       R"({"M":{"a":{"N":"1"},"b":{"M":{"c":{"L":[{"BOOL":true}]}}},"d":{"L":[{"M":{"e":{"N":"2"}}},{"N":"3"}]}}})"},
      {R"({"a:b":"c,d"})", "", R"({"M":{"a:b":{"S":"c,d"}}})"},
      {R"({"{":"}"})", "", R"({"M":{"{":{"S":"}"}}})"},
      {"12", "S", R"({"S":"12"})"},
      {"true", "S", R"({"S":"true"})"},
      {R"("12")", "N", R"({"N":"12"})"},
      {R"("YQ==")", "B", R"({"B":"YQ=="})"},
      {R"("true")", "BOOL", R"({"BOOL":true})"},
      {"false", "BOOL", R"({"BOOL":false})"},
      {"null", "N", R"({"NULL":true})"},
      {R"([ "a" , "b" ])", "SS", R"({"SS":["a","b"]})"},
      {R"([1,"2"])", "NS", R"({"NS":["1","2"]})"},
      {R"(["YQ=="])", "BS", R"({"BS":["YQ=="]})"},
      {"[1]", "L", R"({"L":[{"N":"1"}]})"},
      {R"({"a":1})", "M", R"({"M":{"a":{"N":"1"}}})"},
      {"12", "B", "!a number can't be of type B"},
      {"true", "N", "!a boolean can't be of type N"},
      {"[1]", "SS", "!a number can't be of type S"},
      {"[[1]]", "NS", "!an array can't be of type N"},
      {"{}", "L", "!an object can't be of type L"},
      {"[]", "M", "!an array can't be of type M"},
      {R"("a")", "SS", "!a string can't be of type SS"},
      {R"("yes")", "BOOL", "!a string can't be of type BOOL"},
      {R"("a")", "NULL", "!a string can't be of type NULL"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.json + " " + row.type);
    JsonParser parser;
    const auto value = parser.Parse(row.json);
    ASSERT_TRUE(value.ok());
    std::string out;
    const auto type = row.type.empty() ? std::nullopt : ParseValueType(row.type);
    const Status done = AppendAttribute(row.json, *value, type, &out);
    EXPECT_EQ(done.ok() ? out : "!" + done.message(), row.attribute);
    EXPECT_TRUE(!done.ok() || parser.Parse(out).ok());
  }
}

TEST(PlainJsonTest, DeepNestingDoesNotRecurse) {
  const std::string json = std::string(255, '[') + std::string(255, ']');
  JsonParser parser;
  const auto value = parser.Parse(json);
  ASSERT_TRUE(value.ok());
  std::string out;
  EXPECT_TRUE(AppendAttribute(json, *value, std::nullopt, &out).ok());
}

TEST(JsonMembersTest, WalksTheText) {
  JsonMembers members(R"(  { "a" : 1 , "b,}" : {"c": "}"} , "d":[1, 2]  })");
  const auto a = members.Next();
  EXPECT_EQ(a.name, "\"a\"");
  EXPECT_EQ(a.value, "1");
  const auto b = members.Next();
  EXPECT_EQ(b.name, "\"b,}\"");
  EXPECT_EQ(b.value, R"({"c": "}"})");
  EXPECT_EQ(members.Next().value, "[1, 2]");
}

TEST(ParseValueTypeTest, Names) {
  EXPECT_EQ(ParseValueType("SS"), ValueType::kStringSet);
  EXPECT_EQ(ParseValueType("M"), ValueType::kMap);
  EXPECT_EQ(ParseValueType("s"), std::nullopt);
  EXPECT_EQ(ParseValueType(""), std::nullopt);
}

}  // namespace
}  // namespace millrace
