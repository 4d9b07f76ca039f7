#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "engine/expression/expression.h"
#include "tests/unit/expression/support.h"

namespace millrace {
namespace {

using testing::HashSchema;
using testing::ItemFromJson;
using testing::MakePlaceholders;

std::string NameError(std::string_view placeholder, std::string_view name = "n") {
  return Placeholders().AddName(placeholder, name).ToString();
}
std::string ValueError(std::string_view placeholder) {
  return Placeholders().AddValue(placeholder, Value::Null()).ToString();
}

TEST(Placeholders, Syntax) {
  for (const std::string key : {"#a", "#_", "#0", "#Aa_09"}) EXPECT_EQ(NameError(key), "OK") << key;
  for (const std::string key : {":a", ":_", ":0", ":Aa_09"})
    EXPECT_EQ(ValueError(key), "OK") << key;
  for (const std::string key :
       {"", "a", "#", ":a", "#a-b", "#a.b", "#a b", " #a", "##a", "#\xc3\xa9", "#a[0]"}) {
    EXPECT_EQ(NameError(key),
              "ValidationException: ExpressionAttributeNames contains invalid key: Syntax error; "
              "key: \"" +
                  key + "\"");
  }
  for (const std::string key : {"", "a", ":", "#a", ":a-b", "::a"}) {
    EXPECT_EQ(ValueError(key),
              "ValidationException: ExpressionAttributeValues contains invalid key: Syntax error; "
              "key: \"" +
                  key + "\"");
  }
  EXPECT_EQ(NameError("#a", ""),
            "ValidationException: ExpressionAttributeNames contains invalid value: Empty attribute "
            "name for key #a");
}

TEST(Placeholders, Length) {
  EXPECT_EQ(NameError("#" + std::string(254, 'a')), "OK");
  EXPECT_EQ(NameError("#" + std::string(255, 'a')),
            "ValidationException: ExpressionAttributeNames contains invalid key: The expression "
            "attribute map contains a "
            "key that is too long; size of key: 256");
  EXPECT_EQ(ValueError(":" + std::string(255, 'a')),
            "ValidationException: ExpressionAttributeValues contains invalid key: The expression "
            "attribute map contains a "
            "key that is too long; size of key: 256");
}

TEST(Placeholders, Unused) {
  Placeholders placeholders;
  EXPECT_FALSE(placeholders.has_names());
  EXPECT_FALSE(placeholders.has_values());
  EXPECT_TRUE(placeholders.CheckAllUsed().ok());

  placeholders = MakePlaceholders(R"({"#a": "a", "#b": "b"})", R"({":v": 1, ":w": 2})");
  EXPECT_TRUE(placeholders.has_names());
  EXPECT_TRUE(placeholders.has_values());
  EXPECT_EQ(placeholders.CheckAllUsed().message(),
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}");
  // Used by any of the request's expressions.
  ASSERT_TRUE(Projection::Parse("#b", &placeholders).ok());
  EXPECT_EQ(placeholders.CheckAllUsed().message(),
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a}");
  ASSERT_TRUE(UpdateExpression::Parse("SET #a = :w", HashSchema(), &placeholders).ok());
  EXPECT_EQ(placeholders.CheckAllUsed().message(),
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}");
  ASSERT_TRUE(Condition::Parse("ConditionExpression", "#a = :v", &placeholders).ok());
  EXPECT_TRUE(placeholders.CheckAllUsed().ok());
}

// What was parsed looks into the placeholders: they may be moved, and grow.
TEST(Placeholders, StayWhereTheyAre) {
  Placeholders placeholders = MakePlaceholders(R"({"#a": "a"})", R"({":v": 1})");
  const Result<Condition> condition =
      Condition::Parse("ConditionExpression", "#a = :v", &placeholders);
  const Placeholders moved = [&] {
    for (int i = 0; i < 1000; ++i) {
      EXPECT_TRUE(placeholders.AddName("#n" + std::to_string(i), std::string(i + 1, 'x')).ok());
      EXPECT_TRUE(
          placeholders.AddValue(":v" + std::to_string(i), Value::String(std::string(i, 'x'))).ok());
    }
    return std::move(placeholders);
  }();
  const std::string item = ItemFromJson(R"({"a": 1})");
  EXPECT_TRUE(condition->Evaluate(ItemView(item)).value());
}

TEST(Placeholders, ManyAreFound) {
  Placeholders placeholders;
  std::string expression;
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(placeholders.AddName("#n" + std::to_string(i), "name" + std::to_string(i)).ok());
    expression += (i == 0 ? "#n" : ",#n") + std::to_string(499 - i);
  }
  const Result<Projection> projection = Projection::Parse(expression, &placeholders);
  ASSERT_TRUE(projection.ok()) << projection.status().ToString();
  EXPECT_EQ(projection->TopLevelAttributes().size(), 500u);
  EXPECT_TRUE(placeholders.CheckAllUsed().ok());
}

}  // namespace
}  // namespace millrace
