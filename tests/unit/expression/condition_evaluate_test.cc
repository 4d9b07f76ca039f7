#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/expression/expression.h"
#include "tests/unit/expression/support.h"

namespace millrace {
namespace {

using testing::ItemFromJson;
using testing::MakePlaceholders;

struct Row {
  const char* expression;
  const char* values;
  const char* item;  // "": no such item
  bool expected;
};

constexpr const char* kNames = R"({"#a": "a", "#name": "name", "#dot": "x.y", "#idx": "[0]"})";

void ExpectRow(const Row& row) {
  Placeholders placeholders = MakePlaceholders(kNames, row.values);
  const Result<Condition> condition =
      Condition::Parse("ConditionExpression", row.expression, &placeholders);
  ASSERT_TRUE(condition.ok()) << row.expression << ": " << condition.status().ToString();
  const std::string item = ItemFromJson(row.item);
  const Result<bool> holds = condition->Evaluate(ItemView(item));
  ASSERT_TRUE(holds.ok()) << row.expression;
  EXPECT_EQ(*holds, row.expected) << row.expression << " with " << row.values << " on " << row.item;
}

template <size_t n>
void ExpectRows(const Row (&rows)[n]) {
  for (const Row& row : rows) ExpectRow(row);
}

TEST(ConditionEvaluate, SearchesAreCounted) {
  const std::pair<const char*, size_t> rows[] = {
      {"a = :v", 0},
      {"begins_with(a, :v)", 0},
      {"contains(a, :v)", 1},
      {"NOT contains(a, :v) AND (b = :v OR contains(b, a))", 2},
  };
  for (const auto& [text, searches] : rows) {
    Placeholders placeholders = MakePlaceholders(kNames, R"({":v": "x"})");
    const auto condition = Condition::Parse("ConditionExpression", text, &placeholders);
    ASSERT_TRUE(condition.ok()) << text;
    EXPECT_EQ(condition->Searches(), searches) << text;
  }
}

TEST(ConditionEvaluate, Equality) {
  const Row rows[] = {
      {"a = :v", R"({":v": 1})", R"({"a": 1})", true},
      {"a = :v", R"({":v": {"$n": "1.0"}})", R"({"a": 1})", true},
      {"a = :v", R"({":v": {"$n": "100e-2"}})", R"({"a": 1})", true},
      {"a = :v", R"({":v": 2})", R"({"a": 1})", false},
      {"a = :v", R"({":v": "1"})", R"({"a": 1})", false},
      {"a = :v", R"({":v": {"$b": "x"}})", R"({"a": "x"})", false},
      {"a = :v", R"({":v": ""})", R"({"a": ""})", true},
      {"a = :v", R"({":v": null})", R"({"a": null})", true},
      {"a = :v", R"({":v": true})", R"({"a": true})", true},
      {"a = :v", R"({":v": false})", R"({"a": true})", false},
      {"a = :v", R"({":v": [1, "x", {"b": [null]}]})", R"({"a": [1, "x", {"b": [null]}]})", true},
      {"a = :v", R"({":v": [1, "x", {"b": [true]}]})", R"({"a": [1, "x", {"b": [null]}]})", false},
      {"a = :v", R"({":v": {"x": 1, "y": 2}})", R"({"a": {"y": 2, "x": 1}})", true},
      {"a = :v", R"({":v": {"x": 1}})", R"({"a": {"y": 2, "x": 1}})", false},
      {"a = :v", R"({":v": {"$ss": ["c", "b", "a"]}})", R"({"a": {"$ss": ["a", "b", "c"]}})", true},
      {"a = :v", R"({":v": {"$ns": [3, 1, 4]}})", R"({"a": {"$ns": [1, 2, 3]}})", false},
      {"a = :v", R"({":v": {"$ns": [3, 1, 2]}})", R"({"a": {"$ns": [1, 2, 3]}})", true},
      {"a = :v", R"({":v": {"$ns": [1]}})", R"({"a": {"$ss": ["1"]}})", false},
      {"a = :v", R"({":v": {"x": {"$ss": ["b", "a"]}}})", R"({"a": {"x": {"$ss": ["a", "b"]}}})",
       true},
      {":v = a", R"({":v": 1})", R"({"a": 1})", true},
      {"a = b", "", R"({"a": 1, "b": 1})", true},
      {"a = b", "", R"({"a": 1, "b": 2})", false},
      {":v = :w", R"({":v": 1, ":w": 1})", R"({})", true},
      {"a <> :v", R"({":v": 1})", R"({"a": 1})", false},
      {"a <> :v", R"({":v": 2})", R"({"a": 1})", true},
      {"a <> :v", R"({":v": "1"})", R"({"a": 1})", true},
      {"a <> :v", R"({":v": {"$ss": ["b", "a"]}})", R"({"a": {"$ss": ["a", "b"]}})", false},
  };
  ExpectRows(rows);
}

TEST(ConditionEvaluate, WhatIsNotThereEqualsNothing) {
  const Row rows[] = {
      {"a = :v", R"({":v": 1})", R"({})", false},
      {"a = :v", R"({":v": null})", R"({})", false},
      {"a = b", "", R"({})", false},
      {"a <> :v", R"({":v": 1})", R"({})", true},
      {":v <> a", R"({":v": 1})", R"({})", true},
      {"a <> b", "", R"({})", true},
      {"a < :v", R"({":v": 1})", R"({})", false},
      {":v < a", R"({":v": 1})", R"({})", false},
      {"a >= :v", R"({":v": 1})", R"({})", false},
      {"a <= b", "", R"({})", false},
      {"NOT a = :v", R"({":v": 1})", R"({})", true},
      {"a between :v and :w", R"({":v": 1, ":w": 2})", R"({})", false},
      {":v between a and :w", R"({":v": 1, ":w": 2})", R"({})", false},
      {"a in (:v, b)", R"({":v": 1})", R"({})", false},
      {"begins_with(a, :v)", R"({":v": ""})", R"({})", false},
      {"contains(a, :v)", R"({":v": ""})", R"({})", false},
      {"size(a) >= :v", R"({":v": 0})", R"({})", false},
      {"size(a) <> :v", R"({":v": 0})", R"({})", true},
      {"attribute_type(a, :v)", R"({":v": "NULL"})", R"({})", false},
      {"a = :v", R"({":v": 1})", "", false},
      {"a <> :v", R"({":v": 1})", "", true},
      {"attribute_exists(a)", "", "", false},
      {"attribute_not_exists(a)", "", "", true},
      {"NOT attribute_exists(a)", "", "", true},
      {":v = :v", R"({":v": 1})", "", true},
  };
  ExpectRows(rows);
}

TEST(ConditionEvaluate, Order) {
  const Row rows[] = {
      {"a < :v", R"({":v": 2})", R"({"a": 1})", true},
      {"a < :v", R"({":v": 1})", R"({"a": 1})", false},
      {"a <= :v", R"({":v": 1})", R"({"a": 1})", true},
      {"a > :v", R"({":v": -10})", R"({"a": -9})", true},
      {"a > :v", R"({":v": 9})", R"({"a": 10})", true},
      {"a >= :v", R"({":v": {"$n": "1e-130"}})", R"({"a": 0})", false},
      {"a < :v", R"({":v": {"$n": "1e125"}})", R"({"a": {"$n": "9.99e124"}})", true},
      {"a < :v", R"({":v": "b"})", R"({"a": "a"})", true},
      {"a < :v", R"({":v": "a"})", R"({"a": ""})", true},
      {"a < :v", R"({":v": "a"})", R"({"a": "B"})", true},
      {"a < :v", R"({":v": "é"})", R"({"a": "z"})", true},
      {"a < :v", R"({":v": "aa"})", R"({"a": "a"})", true},
      {"a < :v", R"({":v": {"$b": "b"}})", R"({"a": {"$b": "a"}})", true},
      {"a < :v", R"({":v": "2"})", R"({"a": 1})", false},
      {"a > :v", R"({":v": "2"})", R"({"a": 1})", false},
      {"a <> :v", R"({":v": "2"})", R"({"a": 1})", true},
      {"a < b", "", R"({"a": [1], "b": [2]})", false},
      {"a < b", "", R"({"a": true, "b": true})", false},
      {"a >= b", "", R"({"a": true, "b": true})", false},
      {"a >= b", "", R"({"a": null, "b": null})", false},
      {"a <= b", "", R"({"a": {"$ss": ["a"]}, "b": {"$ss": ["a"]}})", false},
      {"a between :v and :w", R"({":v": 1, ":w": 3})", R"({"a": 1})", true},
      {"a between :v and :w", R"({":v": 1, ":w": 3})", R"({"a": 3})", true},
      {"a between :v and :w", R"({":v": 1, ":w": 3})", R"({"a": 4})", false},
      {"a between :v and :w", R"({":v": 1, ":w": 3})", R"({"a": 0})", false},
      {"a between :v and :w", R"({":v": 1, ":w": 3})", R"({"a": "2"})", false},
      {"a between b and c", "", R"({"a": "m", "b": "a", "c": "z"})", true},
      {"a between b and c", "", R"({"a": 2, "b": "a", "c": 3})", false},
      {":v between a and b", R"({":v": 2})", R"({"a": 1, "b": 2})", true},
      {"NOT a between :v and :w", R"({":v": 1, ":w": 3})", R"({"a": 2})", false},
      {"a in (:v, :w)", R"({":v": 1, ":w": "x"})", R"({"a": "x"})", true},
      {"a in (:v, :w)", R"({":v": 1, ":w": "x"})", R"({"a": 1})", true},
      {"a in (:v, :w)", R"({":v": 1, ":w": "x"})", R"({"a": "1"})", false},
      {"a in (b, c)", "", R"({"a": [1], "c": [1]})", true},
      {"a in (:v)", R"({":v": [1]})", R"({"a": [1]})", true},
      {"(a) in ((b), (size(c)))", "", R"({"a": 3, "c": "xyz"})", true},
  };
  ExpectRows(rows);
}

TEST(ConditionEvaluate, Functions) {
  const Row rows[] = {
      {"attribute_exists(a)", "", R"({"a": null})", true},
      {"attribute_not_exists(a)", "", R"({"a": null})", false},
      {"attribute_exists(a.b)", "", R"({"a": {"b": 1}})", true},
      {"attribute_exists(a.b)", "", R"({"a": {"c": 1}})", false},
      {"attribute_exists(a.b)", "", R"({"a": [1]})", false},
      {"attribute_exists(a[0])", "", R"({"a": [1]})", true},
      {"attribute_exists(a[1])", "", R"({"a": [1]})", false},
      {"attribute_exists(a[0])", "", R"({"a": {"b": 1}})", false},
      {"attribute_exists(a[0])", "", R"({"a": {"$ss": ["x"]}})", false},
      {"attribute_not_exists(a[0].b.c)", "", R"({"a": [{"b": 1}]})", true},
      {"begins_with(a, :v)", R"({":v": "hell"})", R"({"a": "hello"})", true},
      {"begins_with(a, :v)", R"({":v": ""})", R"({"a": "hello"})", true},
      {"begins_with(a, :v)", R"({":v": "hello!"})", R"({"a": "hello"})", false},
      {"begins_with(a, :v)", R"({":v": "ello"})", R"({"a": "hello"})", false},
      {"begins_with(a, :v)", R"({":v": {"$b": "hi"}})", R"({"a": {"$b": "hi there"}})", true},
      {"begins_with(a, :v)", R"({":v": {"$b": "h"}})", R"({"a": "hello"})", false},
      {"begins_with(a, :v)", R"({":v": "1"})", R"({"a": 1})", false},
      {"begins_with(a, b)", "", R"({"a": 12, "b": 1})", false},
      {"begins_with(:v, a)", R"({":v": "hellohi"})", R"({"a": "hello"})", true},
      {"contains(a, :v)", R"({":v": "ell"})", R"({"a": "hello"})", true},
      {"contains(a, :v)", R"({":v": ""})", R"({"a": "hello"})", true},
      {"contains(a, :v)", R"({":v": "elo"})", R"({"a": "hello"})", false},
      {"contains(a, :v)", R"({":v": "hello"})", R"({"a": "hello"})", true},
      {"contains(a, :v)", R"({":v": "hello!"})", R"({"a": "hello"})", false},
      {"contains(a, :v)", R"({":v": ""})", R"({"a": ""})", true},
      {"contains(a, :v)", R"({":v": "x"})", R"({"a": ""})", false},
      {"contains(a, :v)", R"({":v": {"$b": "here"}})", R"({"a": {"$b": "hi there"}})", true},
      {"contains(a, :v)", R"({":v": {"$b": "dog"}})", R"({"a": {"$b": "hi there"}})", false},
      {"contains(a, :v)", R"({":v": "b"})", R"({"a": {"$ss": ["a", "b", "c"]}})", true},
      {"contains(a, :v)", R"({":v": "d"})", R"({"a": {"$ss": ["a", "b", "c"]}})", false},
      {"contains(a, :v)", R"({":v": "0"})", R"({"a": {"$ss": ["a", "b", "c"]}})", false},
      {"contains(a, :v)", R"({":v": 4})", R"({"a": {"$ns": [2, 4, 7]}})", true},
      {"contains(a, :v)", R"({":v": {"$n": "4.00"}})", R"({"a": {"$ns": [2, 4, 7]}})", true},
      {"contains(a, :v)", R"({":v": "4"})", R"({"a": {"$ns": [2, 4, 7]}})", false},
      {"contains(a, :v)", R"({":v": {"$b": "x"}})", R"({"a": {"$bs": ["x", "y"]}})", true},
      {"contains(a, :v)", R"({":v": {"$ns": [2]}})", R"({"a": {"$ns": [2, 4, 7]}})", false},
      {"contains(a, :v)", R"({":v": 4})", R"({"a": [2, 4, 7]})", true},
      {"contains(a, :v)", R"({":v": 5})", R"({"a": [2, 4, 7]})", false},
      {"contains(a, :v)", R"({":v": {"$ns": [1, 2]}})", R"({"a": ["hi", {"$ns": [2, 1]}, [3, 4]]})",
       true},
      {"contains(a, :v)", R"({":v": [3, 4]})", R"({"a": ["hi", {"$ns": [2, 1]}, [3, 4]]})", true},
      {"contains(a, :v)", R"({":v": "b"})", R"({"a": {"b": 1}})", false},
      {"contains(a, :v)", R"({":v": 1})", R"({"a": 11})", false},
      {"contains(a, b)", "", R"({"a": "hello", "b": "lo"})", true},
      {"contains(:v, a)", R"({":v": {"$ss": ["x", "y"]}})", R"({"a": "y"})", true},
      {"contains(a, size(b))", "", R"({"a": [1, 2], "b": "xy"})", true},
      {"size(a) = :v", R"({":v": 5})", R"({"a": "hello"})", true},
      {"size(a) = :v", R"({":v": 0})", R"({"a": ""})", true},
      {"size(a) = :v", R"({":v": 1})", R"({"a": "é"})", true},
      {"size(a) = :v", R"({":v": 3})", R"({"a": "é𝄞"})", true},
      {"size(a) = :v", R"({":v": 4})", R"({"a": "中文字x"})", true},
      {"size(a) = :v", R"({":v": 8})", R"({"a": {"$b": "hi there"}})", true},
      {"size(a) = :v", R"({":v": 3})", R"({"a": {"$ns": [2, 4, 7]}})", true},
      {"size(a) = :v", R"({":v": 1})", R"({"a": {"$ss": ["long"]}})", true},
      {"size(a) = :v", R"({":v": 3})", R"({"a": [2, "dog", 7]})", true},
      {"size(a) = :v", R"({":v": 2})", R"({"a": {"x": 2, "y": {"m": 3}}})", true},
      {"size(a) = :v", R"({":v": 0})", R"({"a": []})", true},
      {"size(a) = :v", R"({":v": 1})", R"({"a": 5})", false},
      {"size(a) = :v", R"({":v": 1})", R"({"a": true})", false},
      {"size(a) = :v", R"({":v": 1})", R"({"a": null})", false},
      {"size(a) = :v", R"({":v": "dog"})", R"({"a": "hello"})", false},
      {"size(a) = b", "", R"({"a": "hello", "b": 5})", true},
      {"size(a) < size(b)", "", R"({"a": "hello", "b": [1, 2, 3, 4, 5, 6]})", true},
      {"size(a) between :v and :w", R"({":v": 1, ":w": 5})", R"({"a": "hello"})", true},
      {"size(:v) = :w", R"({":v": "abc", ":w": 3})", R"({})", true},
      {"attribute_type(a, :v)", R"({":v": "S"})", R"({"a": "x"})", true},
      {"attribute_type(a, :v)", R"({":v": "N"})", R"({"a": "x"})", false},
      {"attribute_type(a, :v)", R"({":v": "NULL"})", R"({"a": null})", true},
      {"attribute_type(a, :v)", R"({":v": "BOOL"})", R"({"a": true})", true},
      {"attribute_type(a, :v)", R"({":v": "L"})", R"({"a": []})", true},
      {"attribute_type(a, :v)", R"({":v": "M"})", R"({"a": {}})", true},
      {"attribute_type(a, :v)", R"({":v": "BS"})", R"({"a": {"$bs": ["x"]}})", true},
      {"attribute_type(:w, :v)", R"({":v": "N", ":w": 0})", R"({})", true},
  };
  ExpectRows(rows);
}

TEST(ConditionEvaluate, Paths) {
  const Row rows[] = {
      {"a.b[0].c = :v", R"({":v": 1})", R"({"a": {"b": [{"c": 1}]}})", true},
      {"#a.b[1] = :v", R"({":v": 1})", R"({"a": {"b": [0, 1]}})", true},
      {"#a.#name = :v", R"({":v": 1})", R"({"a": {"name": 1}})", true},
      {"#dot = :v", R"({":v": 1})", R"({"x.y": 1, "x": {"y": 2}})", true},
      {"a.#idx = :v", R"({":v": 1})", R"({"a": {"[0]": 1}})", true},
      {"a.#idx = :v", R"({":v": 1})", R"({"a": [1]})", false},
      {"a[0][1][2] = :v", R"({":v": 1})", R"({"a": [[0, [0, 0, 1]]]})", true},
      {"A = :v", R"({":v": 1})", R"({"a": 1})", false},
  };
  ExpectRows(rows);
}

// Against a truth table: every assignment of three attributes.
TEST(ConditionEvaluate, NotBindsTighterThanAndTighterThanOr) {
  struct {
    const char* expression;
    bool (*expected)(bool a, bool b, bool c);
  } rows[] = {
      {"a = :t OR b = :t AND c = :t", [](bool a, bool b, bool c) { return a || (b && c); }},
      {"a = :t AND b = :t OR c = :t", [](bool a, bool b, bool c) { return (a && b) || c; }},
      {"(a = :t OR b = :t) AND c = :t", [](bool a, bool b, bool c) { return (a || b) && c; }},
      {"a = :t AND (b = :t OR c = :t)", [](bool a, bool b, bool c) { return a && (b || c); }},
      {"NOT a = :t AND b = :t", [](bool a, bool b, bool) { return !a && b; }},
      {"NOT (a = :t AND b = :t)", [](bool a, bool b, bool) { return !(a && b); }},
      {"NOT a = :t OR NOT b = :t AND NOT c = :t",
       [](bool a, bool b, bool c) { return !a || (!b && !c); }},
      {"NOT NOT a = :t", [](bool a, bool, bool) { return a; }},
      {"NOT (NOT a = :t OR b = :t)", [](bool a, bool b, bool) { return !(!a || b); }},
      {"a = :t AND b = :t AND c = :t", [](bool a, bool b, bool c) { return a && b && c; }},
      {"a = :t OR b = :t OR c = :t", [](bool a, bool b, bool c) { return a || b || c; }},
      {"(a = :t OR (b = :t AND (NOT c = :t)))",
       [](bool a, bool b, bool c) { return a || (b && !c); }},
      {"NOT (a = :t OR b = :t) OR c = :t AND NOT (b = :t)",
       [](bool a, bool b, bool c) { return !(a || b) || (c && !b); }},
      {"(a = :t AND b = :t OR c = :t) AND NOT (a = :t AND c = :t)",
       [](bool a, bool b, bool c) { return ((a && b) || c) && !(a && c); }},
  };
  for (const auto& row : rows) {
    for (int bits = 0; bits < 8; ++bits) {
      const bool a = (bits & 1) != 0, b = (bits & 2) != 0, c = (bits & 4) != 0;
      const auto text = [](bool value) { return std::string(value ? "true" : "false"); };
      const std::string item =
          R"({"a":)" + text(a) + R"(,"b":)" + text(b) + R"(,"c":)" + text(c) + "}";
      ExpectRow({row.expression, R"({":t": true})", item.c_str(), row.expected(a, b, c)});
    }
  }
}

TEST(ConditionEvaluate, TopLevelAttributes) {
  Placeholders placeholders = MakePlaceholders(kNames, R"({":v": 1})");
  const Result<Condition> condition = Condition::Parse(
      "FilterExpression", "z.y[1] = :v AND size(#name) < b.#dot OR z = :v", &placeholders);
  ASSERT_TRUE(condition.ok());
  EXPECT_EQ(condition->TopLevelAttributes(), (std::vector<std::string>{"b", "name", "z"}));
}

// A copy shares what was parsed; the text given may go.
TEST(ConditionEvaluate, OwnsItsText) {
  Placeholders placeholders = MakePlaceholders("", R"({":v": 1})");
  std::optional<Condition> copy;
  {
    std::string text = "attribute_with_a_long_name = :v AND nested.inside = :v";
    Result<Condition> condition = Condition::Parse("FilterExpression", text, &placeholders);
    text.assign(text.size(), '!');
    copy = *condition;
  }
  const std::string item =
      ItemFromJson(R"({"attribute_with_a_long_name": 1, "nested": {"inside": 1}})");
  EXPECT_TRUE(copy->Evaluate(ItemView(item)).value());
}

}  // namespace
}  // namespace millrace
