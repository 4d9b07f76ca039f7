#include <gtest/gtest.h>

#include <string>

#include "engine/expression/expression.h"
#include "tests/unit/expression/support.h"

namespace millrace {
namespace {

using testing::FromJson;
using testing::HashSchema;
using testing::ItemFromJson;
using testing::MakePlaceholders;
using testing::Show;

struct Row {
  const char* expression;
  const char* values;
  const char* item;
  const char* expected;  // the item after, or the error when it does not begin with "{"
};

constexpr const char* kNames = R"({"#1": "1", "#name": "name", "#dot": "x.y"})";
constexpr const char* kInvalidPath =
    "The document path provided in the update expression is invalid for update";
constexpr const char* kWrongType = "An operand in the update expression has an incorrect data type";
constexpr const char* kMissing =
    "The provided expression refers to an attribute that does not exist in the item";

void ExpectRow(const Row& row) {
  Placeholders placeholders = MakePlaceholders(kNames, row.values);
  const Result<UpdateExpression> update =
      UpdateExpression::Parse(row.expression, HashSchema(), &placeholders);
  ASSERT_TRUE(update.ok()) << row.expression << ": " << update.status().ToString();
  const std::string item = ItemFromJson(row.item);
  const Result<Value> after = update->Apply(ItemView(item));
  EXPECT_EQ(item, ItemFromJson(row.item)) << "the old item is only read";
  if (*row.expected != '{') {
    EXPECT_EQ(after.status().ok() ? "" : after.status().message(), row.expected)
        << row.expression << " on " << row.item;
    return;
  }
  ASSERT_TRUE(after.ok()) << row.expression << " on " << row.item << ": "
                          << after.status().ToString();
  const std::string bytes = after->Encode();
  EXPECT_EQ(Show(ValueView(bytes)), Show(ValueView(FromJson(row.expected).Encode())))
      << row.expression << " on " << row.item;
  EXPECT_EQ(bytes, FromJson(row.expected).Encode());
  EXPECT_TRUE(ValidateItem(EncodeItem(*after)).ok());
}

template <size_t n>
void ExpectRows(const Row (&rows)[n]) {
  for (const Row& row : rows) ExpectRow(row);
}

TEST(UpdateApply, SetAttributes) {
  const Row rows[] = {
      {"SET a = :v", R"({":v": 1})", R"({"pk": "k"})", R"({"pk": "k", "a": 1})"},
      {"SET a = :v", R"({":v": 1})", R"({"pk": "k", "a": "old"})", R"({"pk": "k", "a": 1})"},
      {"SET z = :v, b = :v", R"({":v": [1]})", R"({"pk": "k"})",
       R"({"pk": "k", "b": [1], "z": [1]})"},
      {"SET a = b", "", R"({"b": {"c": 1}})", R"({"a": {"c": 1}, "b": {"c": 1}})"},
      {"SET a = b.c[1]", "", R"({"b": {"c": [1, "x"]}})", R"({"a": "x", "b": {"c": [1, "x"]}})"},
      {"SET a = a", "", R"({"a": 1})", R"({"a": 1})"},
      {"SET #name = :v, #dot = :v", R"({":v": 1})", R"({})", R"({"name": 1, "x.y": 1})"},
      {"SET a = pk", "", R"({"pk": "k"})", R"({"pk": "k", "a": "k"})"},
      // Both sides read the old item.
      {"SET a = b, b = a", "", R"({"a": 1, "b": 2})", R"({"a": 2, "b": 1})"},
      {"SET a = :v, b = a", R"({":v": 9})", R"({"a": 1})", R"({"a": 9, "b": 1})"},
      {"SET b = a REMOVE a", "", R"({"a": 1})", R"({"b": 1})"},
      {"REMOVE a SET b = a", "", R"({"a": 1})", R"({"b": 1})"},
      {"SET b = a ADD a :v", R"({":v": 1})", R"({"a": 1})", R"({"a": 2, "b": 1})"},
      {"SET a = b", "", R"({"pk": "k"})", kMissing},
      {"SET a = b.c", "", R"({"b": {"d": 1}})", kMissing},
      {"SET a = b[3]", "", R"({"b": [1]})", kMissing},
      {"SET a = b.c", "", R"({"b": 1})", kMissing},
  };
  ExpectRows(rows);
}

TEST(UpdateApply, SetInside) {
  const Row rows[] = {
      {"SET a.b = :v", R"({":v": 1})", R"({"a": {}})", R"({"a": {"b": 1}})"},
      {"SET a.b = :v", R"({":v": 1})", R"({"a": {"b": 0, "c": 2}})", R"({"a": {"b": 1, "c": 2}})"},
      {"SET a.b.c = :v", R"({":v": 1})", R"({"a": {"b": {"c": 0, "d": 1}}, "x": 1})",
       R"({"a": {"b": {"c": 1, "d": 1}}, "x": 1})"},
      {"SET a.b = :v, a.c = :v, a.d = a.b", R"({":v": 1})", R"({"a": {"b": 7}})",
       R"({"a": {"b": 1, "c": 1, "d": 7}})"},
      {"SET a[0] = :v", R"({":v": 9})", R"({"a": [1, 2]})", R"({"a": [9, 2]})"},
      {"SET a[2] = :v", R"({":v": 9})", R"({"a": [1, 2]})", R"({"a": [1, 2, 9]})"},
      {"SET a[5] = :v", R"({":v": 9})", R"({"a": [1, 2, 3]})", R"({"a": [1, 2, 3, 9]})"},
      {"SET a[0] = :v", R"({":v": 9})", R"({"a": []})", R"({"a": [9]})"},
      {"SET a[4294967294] = :v", R"({":v": 9})", R"({"a": []})", R"({"a": [9]})"},
      {"SET a[9] = :x, a[7] = :y, a[0] = :z", R"({":x": "x", ":y": "y", ":z": "z"})",
       R"({"a": [1, 2]})", R"({"a": ["z", 2, "y", "x"]})"},
      {"SET a[1].b[0] = :v", R"({":v": 9})", R"({"a": [0, {"b": [1]}]})",
       R"({"a": [0, {"b": [9]}]})"},
      {"SET a.b = :v", R"({":v": 1})", R"({"pk": "k"})", kInvalidPath},
      {"SET a[0] = :v", R"({":v": 1})", R"({"pk": "k"})", kInvalidPath},
      {"SET a.b.c = :v", R"({":v": 1})", R"({"a": {}})", kInvalidPath},
      {"SET a.b = :v", R"({":v": 1})", R"({"a": "x"})", kInvalidPath},
      {"SET a.b = :v", R"({":v": 1})", R"({"a": [1]})", kInvalidPath},
      {"SET a[0] = :v", R"({":v": 1})", R"({"a": {"b": 1}})", kInvalidPath},
      {"SET a[0] = :v", R"({":v": 1})", R"({"a": {"$ss": ["x"]}})", kInvalidPath},
      {"SET a[5].b = :v", R"({":v": 1})", R"({"a": [{}]})", kInvalidPath},
  };
  ExpectRows(rows);
}

TEST(UpdateApply, Arithmetic) {
  const Row rows[] = {
      {"SET a = a + :v", R"({":v": 5})", R"({"a": 10})", R"({"a": 15})"},
      {"SET a = a - :v", R"({":v": 5})", R"({"a": 3})", R"({"a": -2})"},
      {"SET a = :v - a", R"({":v": 5})", R"({"a": 5})", R"({"a": 0})"},
      {"SET a = (b + c)", "", R"({"b": 1, "c": 2})", R"({"a": 3, "b": 1, "c": 2})"},
      {"SET a = ((b)+(c))", "", R"({"b": {"$n": "0.1"}, "c": {"$n": "0.2"}})",
       R"({"a": {"$n": "0.3"}, "b": {"$n": "0.1"}, "c": {"$n": "0.2"}})"},
      {"SET m.c = m.c + :v", R"({":v": 5})", R"({"m": {"c": 10}})", R"({"m": {"c": 15}})"},
      {"SET a = if_not_exists(a, :z) + :v", R"({":z": 0, ":v": 5})", R"({})", R"({"a": 5})"},
      {"SET a = if_not_exists(a, :z) + :v", R"({":z": 0, ":v": 5})", R"({"a": 1})", R"({"a": 6})"},
      {"SET a = b + :v", R"({":v": 5})", R"({})", kMissing},
      {"SET a = b + :v", R"({":v": 5})", R"({"b": "x"})", kWrongType},
      {"SET a = :v - b", R"({":v": 5})", R"({"b": [1]})", kWrongType},
  };
  ExpectRows(rows);
}

TEST(UpdateApply, NumbersOutOfRange) {
  for (const char* expression : {"SET a = a + :v", "ADD a :v"}) {
    Placeholders placeholders = MakePlaceholders("", R"({":v": {"$n": "9e125"}})");
    const Result<UpdateExpression> update =
        UpdateExpression::Parse(expression, HashSchema(), &placeholders);
    const std::string item = ItemFromJson(R"({"a": {"$n": "9e125"}})");
    const Number big = Number::Parse("9e125").value();
    EXPECT_EQ(update->Apply(ItemView(item)).status().message(),
              Number::Add(big, big).status().message());
  }
}

TEST(UpdateApply, Functions) {
  const Row rows[] = {
      {"SET a = if_not_exists(a, :v)", R"({":v": 1})", R"({})", R"({"a": 1})"},
      {"SET a = if_not_exists(a, :v)", R"({":v": 1})", R"({"a": 0})", R"({"a": 0})"},
      {"SET a = if_not_exists(b.c, :v)", R"({":v": 1})", R"({"b": {"c": "x"}})",
       R"({"a": "x", "b": {"c": "x"}})"},
      {"SET a = if_not_exists(b, c)", "", R"({"c": 2})", R"({"a": 2, "c": 2})"},
      {"SET a = if_not_exists(b, c)", "", R"({"b": 1, "c": 2})", R"({"a": 1, "b": 1, "c": 2})"},
      {"SET a = if_not_exists(b, if_not_exists(c, :v))", R"({":v": 3})", R"({})", R"({"a": 3})"},
      {"SET a = if_not_exists(b, c)", "", R"({})", kMissing},
      // As DynamoDB local has it: what is not taken must be in the item as well, of any type.
      {"SET a = if_not_exists(b, c)", "", R"({"b": 1})", kMissing},
      {"SET a = if_not_exists(a, c)", "", R"({"a": 1})", kMissing},
      {"SET a = if_not_exists(b, m.c)", "", R"({"b": 1, "m": {}})", kMissing},
      {"SET a = if_not_exists(b, m.c.d)", "", R"({"b": 1, "m": {"c": 1}})", kMissing},
      {"SET a = if_not_exists(b, l[1])", "", R"({"b": 1, "l": [1]})", kMissing},
      {"SET a = if_not_exists(b, if_not_exists(c, d))", "", R"({"b": 1})", kMissing},
      {"SET a = if_not_exists(b, if_not_exists(c, d))", "", R"({"b": 1, "c": 1})", kMissing},
      {"SET a = if_not_exists(b, if_not_exists(c, d))", "", R"({"b": 1, "d": 2})",
       R"({"a": 1, "b": 1, "d": 2})"},
      {"SET a = if_not_exists(b, c) + b", "", R"({"b": 1})", kMissing},
      {"SET a = if_not_exists(b, c) + b", "", R"({"b": 1, "c": "x"})",
       R"({"a": 2, "b": 1, "c": "x"})"},
      {"SET a = list_append(if_not_exists(b, c), b)", "", R"({"b": [1]})", kMissing},
      {"SET a = list_append(a, :v)", R"({":v": [3]})", R"({"a": [1, 2]})", R"({"a": [1, 2, 3]})"},
      {"SET a = list_append(:v, a)", R"({":v": [3]})", R"({"a": [1, 2]})", R"({"a": [3, 1, 2]})"},
      {"SET a = list_append(a, a)", "", R"({"a": [1, [2]]})", R"({"a": [1, [2], 1, [2]]})"},
      {"SET a = list_append(:v, :v)", R"({":v": []})", R"({})", R"({"a": []})"},
      {"SET a = list_append(if_not_exists(a, :e), :v)", R"({":v": [1], ":e": []})", R"({})",
       R"({"a": [1]})"},
      {"SET a = list_append(a, :v)", R"({":v": [1]})", R"({})", kMissing},
      {"SET a = list_append(a, :v)", R"({":v": [1]})", R"({"a": "x"})", kWrongType},
      {"SET a = list_append(a, if_not_exists(f, :v))", R"({":v": []})", R"({"a": {"$ns": [1]}})",
       kWrongType},
      {"SET a = list_append(b, c)", "", R"({"c": 1})", kMissing},
  };
  ExpectRows(rows);
}

TEST(UpdateApply, Remove) {
  const Row rows[] = {
      {"REMOVE a", "", R"({"pk": "k", "a": 1})", R"({"pk": "k"})"},
      {"REMOVE a, b, zzz", "", R"({"pk": "k", "a": 1, "b": 2, "c": 3})", R"({"pk": "k", "c": 3})"},
      {"REMOVE a", "", R"({"pk": "k"})", R"({"pk": "k"})"},
      {"REMOVE a.b", "", R"({"a": {"b": 1, "c": 2}})", R"({"a": {"c": 2}})"},
      {"REMOVE a.b", "", R"({"a": {"b": 1}})", R"({"a": {}})"},
      {"REMOVE a.zzz", "", R"({"a": {"b": 1}})", R"({"a": {"b": 1}})"},
      {"REMOVE a[1]", "", R"({"a": ["a", "b", "c", "d"]})", R"({"a": ["a", "c", "d"]})"},
      {"REMOVE a[1], a[2]", "", R"({"a": ["a", "b", "c", "d"]})", R"({"a": ["a", "d"]})"},
      {"REMOVE a[3], a[0]", "", R"({"a": ["a", "b", "c", "d"]})", R"({"a": ["b", "c"]})"},
      {"REMOVE a[0]", "", R"({"a": ["a"]})", R"({"a": []})"},
      {"REMOVE a[7]", "", R"({"a": ["a"]})", R"({"a": ["a"]})"},
      {"REMOVE a[0], a[1][1]", "", R"({"a": ["x", [1, 2, 3]]})", R"({"a": [[1, 3]]})"},
      {"REMOVE a[1][0], a[1][2], a[0][0], a[2]", "", R"({"a": [[1, 2], [3, 4, 5], 6]})",
       R"({"a": [[2], [4]]})"},
      // Indexes are those before the update.
      {"REMOVE a[0] SET a[1] = :v", R"({":v": "new"})", R"({"a": ["a", "b", "c"]})",
       R"({"a": ["new", "c"]})"},
      {"REMOVE a[0] SET a[3] = :v", R"({":v": "new"})", R"({"a": ["a", "b", "c"]})",
       R"({"a": ["b", "c", "new"]})"},
      {"REMOVE a[2] SET a[5] = :v", R"({":v": "new"})", R"({"a": ["a", "b"]})",
       R"({"a": ["a", "b", "new"]})"},
      {"REMOVE a[0] SET a[1].x = :v", R"({":v": 1})", R"({"a": [0, {"x": 0}]})",
       R"({"a": [{"x": 1}]})"},
      {"REMOVE a.b", "", R"({"a": "x"})", kInvalidPath},
      {"REMOVE a[1]", "", R"({"a": "x"})", kInvalidPath},
      {"REMOVE y.a", "", R"({"a": "x"})", kInvalidPath},
      {"REMOVE y[1]", "", R"({"a": "x"})", kInvalidPath},
      {"REMOVE a[1]", "", R"({"a": {"1": 2}})", kInvalidPath},
      {"REMOVE a.#1", "", R"({"a": [1, 2]})", kInvalidPath},
  };
  ExpectRows(rows);
}

TEST(UpdateApply, Add) {
  const Row rows[] = {
      {"ADD a :v", R"({":v": 5})", R"({"a": 10})", R"({"a": 15})"},
      {"ADD a :v", R"({":v": -5})", R"({"a": 5})", R"({"a": 0})"},
      {"ADD a :v", R"({":v": 5})", R"({})", R"({"a": 5})"},
      {"ADD a :v", R"({":v": {"$ss": ["b", "c"]}})", R"({"a": {"$ss": ["a", "b"]}})",
       R"({"a": {"$ss": ["a", "b", "c"]}})"},
      {"ADD a :v", R"({":v": {"$ns": [3, 1]}})", R"({"a": {"$ns": [1, 20]}})",
       R"({"a": {"$ns": [1, 3, 20]}})"},
      {"ADD a :v", R"({":v": {"$bs": ["x"]}})", R"({"a": {"$bs": ["y"]}})",
       R"({"a": {"$bs": ["x", "y"]}})"},
      {"ADD a :v", R"({":v": {"$ss": ["x"]}})", R"({})", R"({"a": {"$ss": ["x"]}})"},
      {"ADD a.b :v", R"({":v": 1})", R"({"a": {"b": 1}})", R"({"a": {"b": 2}})"},
      {"ADD a.b :v", R"({":v": 1})", R"({"a": {}})", R"({"a": {"b": 1}})"},
      {"ADD a[0] :v, a[9] :v", R"({":v": 1})", R"({"a": [1, 2]})", R"({"a": [2, 2, 1]})"},
      {"ADD a :v", R"({":v": 1})", R"({"a": "x"})", kWrongType},
      {"ADD a :v", R"({":v": 1})", R"({"a": {"$ns": [1]}})", kWrongType},
      {"ADD a :v", R"({":v": {"$ns": [1]}})", R"({"a": {"$ss": ["1"]}})", kWrongType},
      {"ADD a :v", R"({":v": {"$ns": [1]}})", R"({"a": {"b": 1}})", kWrongType},
      {"ADD b.a :v", R"({":v": {"$ss": ["a"]}})", R"({"b": "x"})", kInvalidPath},
      {"ADD y[1] :v", R"({":v": {"$ss": ["a"]}})", R"({"b": "x"})", kInvalidPath},
  };
  ExpectRows(rows);
}

TEST(UpdateApply, Delete) {
  const Row rows[] = {
      {"DELETE a :v", R"({":v": {"$ss": ["b", "z"]}})", R"({"a": {"$ss": ["a", "b"]}})",
       R"({"a": {"$ss": ["a"]}})"},
      {"DELETE a :v", R"({":v": {"$ss": ["a", "b"]}})", R"({"pk": "k", "a": {"$ss": ["a", "b"]}})",
       R"({"pk": "k"})"},
      {"DELETE a :v", R"({":v": {"$ns": [2]}})", R"({"a": {"$ns": [1, 2]}})",
       R"({"a": {"$ns": [1]}})"},
      {"DELETE a :v", R"({":v": {"$bs": ["q"]}})", R"({"a": {"$bs": ["x"]}})",
       R"({"a": {"$bs": ["x"]}})"},
      {"DELETE a :v", R"({":v": {"$ss": ["x"]}})", R"({"b": 1})", R"({"b": 1})"},
      {"DELETE a.b :v", R"({":v": {"$ss": ["x"]}})", R"({"a": {"b": {"$ss": ["x"]}, "c": 1}})",
       R"({"a": {"c": 1}})"},
      {"DELETE a.b :v", R"({":v": {"$ss": ["x"]}})", R"({"a": {}})", R"({"a": {}})"},
      {"DELETE a[1] :v", R"({":v": {"$ss": ["x"]}})", R"({"a": [0, {"$ss": ["x"]}, 2]})",
       R"({"a": [0, 2]})"},
      {"DELETE a :v", R"({":v": {"$ss": ["1"]}})", R"({"a": {"$ns": [1]}})", kWrongType},
      {"DELETE a :v", R"({":v": {"$ns": [1]}})", R"({"a": 1})", kWrongType},
      {"DELETE a.b :v", R"({":v": {"$ns": [1]}})", R"({"a": {"b": {"$ss": ["1"]}}})", kWrongType},
      {"DELETE y.a :v", R"({":v": {"$ns": [1]}})", R"({})", kInvalidPath},
      {"DELETE b[1] :v", R"({":v": {"$ns": [1]}})", R"({"b": "x"})", kInvalidPath},
  };
  ExpectRows(rows);
}

TEST(UpdateApply, Together) {
  const Row rows[] = {
      {"SET a = :v, m.x = a REMOVE b, l[0] ADD n :v DELETE s :s",
       R"({":v": 1, ":s": {"$ss": ["x"]}})",
       R"({"pk": "k", "a": 0, "b": 1, "m": {}, "l": [1, 2], "n": 1, "s": {"$ss": ["x", "y"]}, "z": 9})",
       R"({"pk": "k", "a": 1, "m": {"x": 0}, "l": [2], "n": 2, "s": {"$ss": ["y"]}, "z": 9})"},
      // A wrong type is reported before a path without a place, that before an operand that is not
      // there; a path through the wrong kind before all.
      {"SET a.b = :v, c = d + :v", R"({":v": 1})", R"({"d": "x"})", kWrongType},
      {"SET a.b = :v, c = d", R"({":v": 1})", R"({})", kInvalidPath},
      {"SET c = d, a.b = :v", R"({":v": 1})", R"({})", kInvalidPath},
      {"SET c = d + :v, a.b = :v", R"({":v": 1})", R"({"a": [], "d": "x"})", kInvalidPath},
      {"REMOVE a.b SET c = d", "", R"({})", kMissing},
      {"SET c = d REMOVE a.b", "", R"({})", kInvalidPath},
  };
  ExpectRows(rows);
}

TEST(UpdateApply, WideContainers) {
  // Offsets grow from two to four bytes when the value does, and shrink again.
  const std::string big(70000, 'x');
  const std::string values = R"({":v": ")" + big + R"("})";
  const std::string wide = R"({"a": ")" + big + R"(", "b": 1, "pk": "k"})";
  ExpectRow({"SET a = :v", values.c_str(), R"({"b": 1, "pk": "k"})", wide.c_str()});
  ExpectRow({"REMOVE a", "", wide.c_str(), R"({"b": 1, "pk": "k"})"});
  const std::string nested = R"({"m": {"a": ")" + big + R"(", "b": 1}})";
  ExpectRow({"SET m.a = :v", values.c_str(), R"({"m": {"b": 1}})", nested.c_str()});
  ExpectRow({"REMOVE m.a", "", nested.c_str(), R"({"m": {"b": 1}})"});
}

TEST(UpdateSelect, TheNestedPartsThatWereNamed) {
  struct {
    const char* expression;
    const char* values;
    const char* before;
    const char* updated_old;  // "": nothing
    const char* updated_new;
  } rows[] = {
      {"SET a = :v", R"({":v": 1})", R"({"pk": "k", "a": 0, "b": 1})", R"({"a": 0})",
       R"({"a": 1})"},
      {"SET a = :v", R"({":v": 1})", R"({"pk": "k"})", "", R"({"a": 1})"},
      {"REMOVE a", "", R"({"pk": "k", "a": 0})", R"({"a": 0})", ""},
      {"REMOVE zzz", "", R"({"pk": "k", "a": 0})", "", ""},
      {"SET m.x = :v", R"({":v": 1})", R"({"m": {"x": 0, "y": 2}})", R"({"m": {"x": 0}})",
       R"({"m": {"x": 1}})"},
      {"SET m.x = :v, m.z = :v", R"({":v": 1})", R"({"m": {"x": 0, "y": 2}})", R"({"m": {"x": 0}})",
       R"({"m": {"x": 1, "z": 1}})"},
      {"SET l[1] = :v", R"({":v": 1})", R"({"l": [7, 8, 9]})", R"({"l": [8]})", R"({"l": [1]})"},
      {"ADD n :v", R"({":v": 1})", R"({"n": 1})", R"({"n": 1})", R"({"n": 2})"},
      {"DELETE s :v", R"({":v": {"$ss": ["x"]}})", R"({"s": {"$ss": ["x"]}})",
       R"({"s": {"$ss": ["x"]}})", ""},
  };
  for (const auto& row : rows) {
    Placeholders placeholders = MakePlaceholders("", row.values);
    const Result<UpdateExpression> update =
        UpdateExpression::Parse(row.expression, HashSchema(), &placeholders);
    ASSERT_TRUE(update.ok()) << row.expression;
    const std::string before = ItemFromJson(row.before);
    const std::string after = EncodeItem(update->Apply(ItemView(before)).value());
    const auto expect = [&](const std::string& item, const std::string& expected) {
      const std::optional<Value> selected = update->SelectUpdated(ItemView(item));
      EXPECT_EQ(selected ? Show(ValueView(selected->Encode())) : "",
                expected.empty() ? "" : Show(ValueView(FromJson(expected).Encode())))
          << row.expression;
    };
    expect(before, row.updated_old);
    expect(after, row.updated_new);
    EXPECT_FALSE(update->SelectUpdated(ItemView()).has_value());
  }
}

}  // namespace
}  // namespace millrace
