#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/expression/expression.h"
#include "tests/unit/expression/support.h"

namespace millrace {
namespace {

using testing::FromJson;
using testing::ItemFromJson;
using testing::MakePlaceholders;
using testing::Show;

constexpr const char* kNames = R"({"#a": "a", "#c": "c", "#d": "[3]", "#name": "name"})";

TEST(Projection, Selects) {
  const std::string item = R"({
    "pk": "k", "n": 1, "name": "x", "tags": {"$ss": ["a", "b"]},
    "a": {"b": {"c": 1, "d": 2}, "e": [1]},
    "l": ["l0", "l1", "l2"],
    "m": [{"x": 1, "y": 2}, {"x": 3}, [[7, 8], [9]]]})";
  struct {
    const char* expression;
    const char* expected;
  } rows[] = {
      {"pk", R"({"pk": "k"})"},
      {"n, pk", R"({"pk": "k", "n": 1})"},
      {" n ,pk\n", R"({"pk": "k", "n": 1})"},
      {"#name", R"({"name": "x"})"},
      {"a", R"({"a": {"b": {"c": 1, "d": 2}, "e": [1]}})"},
      {"a.b", R"({"a": {"b": {"c": 1, "d": 2}}})"},
      {"a.b.d", R"({"a": {"b": {"d": 2}}})"},
      {"a.b.d, a.e", R"({"a": {"b": {"d": 2}, "e": [1]}})"},
      {"#a.b.#c", R"({"a": {"b": {"c": 1}}})"},
      {"l[2], l[0]", R"({"l": ["l0", "l2"]})"},
      {"l[0], l[1], l[2]", R"({"l": ["l0", "l1", "l2"]})"},
      {"l[3], l[1]", R"({"l": ["l1"]})"},
      {"m[1].x, m[0].y", R"({"m": [{"y": 2}, {"x": 3}]})"},
      {"m[2][0][1], m[2][1]", R"({"m": [[[8], [9]]]})"},
      {"tags", R"({"tags": {"$ss": ["a", "b"]}})"},
      {"n, zzz, a.zzz, a.b.c.d, l.x, tags[0]", R"({"n": 1})"},
      {"n, a[0], l[9]", R"({"n": 1})"},
      {"zzz", R"({})"},
      {"a.zzz", R"({})"},
      {"l[9].x", R"({})"},
      {"a.e[0], n, pk, l[1]", R"({"pk": "k", "n": 1, "a": {"e": [1]}, "l": ["l1"]})"},
  };
  for (const auto& row : rows) {
    Placeholders placeholders = MakePlaceholders(kNames, "");
    const Result<Projection> projection = Projection::Parse(row.expression, &placeholders);
    ASSERT_TRUE(projection.ok()) << row.expression << ": " << projection.status().ToString();
    const std::string bytes = ItemFromJson(item);
    const std::string selected = projection->Apply(ItemView(bytes)).Encode();
    EXPECT_EQ(Show(ValueView(selected)), Show(ValueView(FromJson(row.expected).Encode())))
        << row.expression;
    EXPECT_EQ(selected, FromJson(row.expected).Encode()) << row.expression;
    EXPECT_TRUE(ValidateValue(selected, 32).ok()) << row.expression;
  }
}

TEST(Projection, OfNoItemIsEmpty) {
  Placeholders none;
  const Result<Projection> projection = Projection::Parse("a, b.c", &none);
  EXPECT_EQ(ValueView(projection->Apply(ItemView()).Encode()).count(), 0u);
  EXPECT_EQ(projection->TopLevelAttributes(), (std::vector<std::string>{"a", "b"}));
}

TEST(Projection, Errors) {
  const std::string overlap =
      "Two document paths overlap with each other; must remove or rewrite one of these paths; path "
      "one: ";
  const std::string conflict =
      "Two document paths conflict with each other; must remove or rewrite one of these paths; "
      "path one: ";
  struct {
    const char* expression;
    std::string error;
  } rows[] = {
      {"", "The expression can not be empty;"},
      {"!!", "Syntax error; token: \"!\", near: \"!!\""},
      {"a,", "Syntax error; token: \"<EOF>\", near: \",\""},
      {",a", "Syntax error; token: \",\", near: \",a\""},
      {"a b", "Syntax error; token: \"b\", near: \"a b\""},
      {"dummy-id", "Syntax error; token: \"-\", near: \"dummy-id\""},
      {"#AMZN_MAPPED_2021-03-03", "Syntax error; token: \"-\", near: \"#AMZN_MAPPED_2021-0\""},
      {"\"a b\"", "Syntax error; token: \"\"\", near: \"\"a\""},
      {"a[]", "Syntax error; token: \"]\", near: \"[]\""},
      {"a[x]", "Syntax error; token: \"x\", near: \"[x]\""},
      {"a.", "Syntax error; token: \"<EOF>\", near: \".\""},
      {"a.1", "Syntax error; token: \"1\", near: \".1\""},
      {"(a)", "Syntax error; token: \"(\", near: \"(a\""},
      {":a", "Syntax error; token: \":a\", near: \":a\""},
      {"size(a)", "Syntax error; token: \"(\", near: \"size(a\""},
      {"or", "Syntax error; token: \"or\", near: \"or\""},
      {"Add", "Syntax error; token: \"Add\", near: \"Add\""},
      {"Path", "Attribute name is a reserved keyword; reserved keyword: Path"},
      {"a, b.list[0].COMMENT", "Attribute name is a reserved keyword; reserved keyword: list"},
      {"#undef",
       "An expression attribute name used in the document path is not defined; attribute name: "
       "#undef"},
      {"a[99999999999]", "List index is not within the allowable range; index: [99999999999]"},
      {"a, #a", overlap + "[a], path two: [a]"},
      {"a, a.b", overlap + "[a], path two: [a, b]"},
      {"a.b[1], a.b", overlap + "[a, b, [1]], path two: [a, b]"},
      {"x, a.b.c, y, a.b.#c, z", overlap + "[a, b, c], path two: [a, b, c]"},
      {"a.b, a[0]", conflict + "[a, b], path two: [a, [0]]"},
      {"x[0], y, x.y", conflict + "[x, [0]], path two: [x, y]"},
      {"a.b, a[0], a.b.c", overlap + "[a, b], path two: [a, b, c]"},
  };
  for (const auto& row : rows) {
    Placeholders placeholders = MakePlaceholders(kNames, "");
    const Result<Projection> projection = Projection::Parse(row.expression, &placeholders);
    ASSERT_FALSE(projection.ok()) << row.expression;
    EXPECT_EQ(projection.status().message(), "Invalid ProjectionExpression: " + row.error)
        << row.expression;
  }
}

TEST(Projection, ALimitIsOnTheTextAsItIsSent) {
  EXPECT_TRUE(Projection::Parse(std::string(4096, 'x'), nullptr).ok());
  EXPECT_EQ(Projection::Parse(std::string(4097, 'x'), nullptr).status().message(),
            "Invalid ProjectionExpression: Expression size has exceeded the maximum allowed size; "
            "expression size: 4097");
  Placeholders placeholders;
  std::string expression;
  for (int i = 0; i < 30; ++i) {
    const std::string placeholder = "#a" + std::to_string(i);
    ASSERT_TRUE(placeholders.AddName(placeholder, std::string(246, 'n') + std::to_string(i)).ok());
    expression += (i == 0 ? "" : ", ") + placeholder;
  }
  EXPECT_TRUE(Projection::Parse(expression, &placeholders).ok());
  EXPECT_TRUE(placeholders.CheckAllUsed().ok());
}

TEST(Projection, ManyPaths) {
  std::string expression = "a0";
  std::string json = R"({"a0": 0)";
  for (int i = 1; i < 700; ++i) {
    expression += ",a" + std::to_string(i);
    json += ",\"a" + std::to_string(i) + "\": " + std::to_string(i);
  }
  const std::string item = ItemFromJson(json + "}");
  const Result<Projection> projection = Projection::Parse(expression, nullptr);
  ASSERT_TRUE(projection.ok());
  EXPECT_EQ(projection->Apply(ItemView(item)).Encode(), ItemView(item).value().bytes());
}

}  // namespace
}  // namespace millrace
