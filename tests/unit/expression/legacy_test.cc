#include "engine/expression/legacy.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/model/item.h"
#include "tests/unit/expression/support.h"

namespace millrace {
namespace {

using testing::FromJson;
using testing::HashSchema;
using testing::ItemFromJson;
using testing::RangeSchema;
using testing::Show;

AttributeComparison Comparison(const std::string& attribute, const std::string& op,
                               const std::string& values) {
  AttributeComparison comparison;
  comparison.attribute = attribute;
  comparison.op = ComparisonOperatorOf(op).value();
  const std::string bytes = FromJson(values).Encode();
  const ListView list = ValueView(bytes).list();
  for (size_t i = 0; i < list.size(); ++i) comparison.values.emplace_back(list.value(i));
  return comparison;
}

// On {"n": 5, "s": "middle", "b": bytes, "l": [1, "x"], "ss": {"a", "b"}, "t": true, "z": null}.
struct ConditionRow {
  const char* attribute;
  const char* op;
  const char* values;
  bool expected;
};
constexpr const char* kItem =
    R"({"n": 5, "s": "middle", "b": {"$b": "bytes"}, "l": [1, "x"], "ss": {"$ss": ["a", "b"]},
        "t": true, "z": null, "m": {"x": 1}})";

// Source: "Legacy conditional parameters", ComparisonOperator.
TEST(LegacyCondition, Operators) {
  const ConditionRow rows[] = {
      {"n", "EQ", "[5]", true},
      {"n", "EQ", R"(["5"])", false},
      {"l", "EQ", R"([[1, "x"]])", true},
      {"m", "EQ", R"([{"x": 1}])", true},
      {"ss", "EQ", R"([{"$ss": ["b", "a"]}])", true},
      {"no", "EQ", "[5]", false},
      {"n", "NE", "[5]", false},
      {"n", "NE", "[6]", true},
      {"n", "NE", R"(["5"])", true},
      {"no", "NE", "[5]", true},
      {"n", "LT", "[6]", true},
      {"n", "LT", "[5]", false},
      {"n", "LE", "[5]", true},
      {"n", "GT", "[4]", true},
      {"n", "GT", R"(["4"])", false},
      {"n", "GE", "[5]", true},
      {"n", "GE", "[6]", false},
      {"no", "LT", "[6]", false},
      {"no", "NULL", "[]", true},
      {"n", "NULL", "[]", false},
      {"z", "NULL", "[]", false},  // it is there; its value doesn't count
      {"z", "NOT_NULL", "[]", true},
      {"no", "NOT_NULL", "[]", false},
      {"s", "CONTAINS", R"(["ddl"])", true},
      {"s", "CONTAINS", R"(["x"])", false},
      {"ss", "CONTAINS", R"(["a"])", true},
      {"ss", "CONTAINS", R"(["c"])", false},
      {"l", "CONTAINS", "[1]", true},
      {"l", "CONTAINS", "[true]", false},
      {"b", "CONTAINS", R"([{"$b": "yte"}])", true},
      {"n", "CONTAINS", "[5]", false},
      {"no", "CONTAINS", "[5]", false},
      {"s", "NOT_CONTAINS", R"(["x"])", true},
      {"s", "NOT_CONTAINS", R"(["ddl"])", false},
      {"ss", "NOT_CONTAINS", R"(["c"])", true},
      {"n", "NOT_CONTAINS", "[5]", true},
      {"no", "NOT_CONTAINS", "[5]", false},
      {"s", "BEGINS_WITH", R"(["mid"])", true},
      {"s", "BEGINS_WITH", R"(["id"])", false},
      {"b", "BEGINS_WITH", R"([{"$b": "by"}])", true},
      {"n", "BEGINS_WITH", R"(["5"])", false},
      {"n", "IN", "[1, 5, 9]", true},
      {"n", "IN", "[1, 9]", false},
      {"no", "IN", "[1]", false},
      {"n", "BETWEEN", "[5, 6]", true},
      {"n", "BETWEEN", "[1, 5]", true},
      {"n", "BETWEEN", "[6, 9]", false},
      {"s", "BETWEEN", R"(["a", "z"])", true},
      {"s", "BETWEEN", "[1, 2]", false},
  };
  const std::string item = ItemFromJson(kItem);
  for (const ConditionRow& row : rows) {
    const AttributeComparison comparison = Comparison(row.attribute, row.op, row.values);
    EXPECT_EQ(CheckComparison(comparison).message(), "") << row.attribute << " " << row.op;
    EXPECT_EQ(*ConditionOf({comparison}, false).Evaluate(ItemView(item)), row.expected)
        << row.attribute << " " << row.op << " " << row.values;
  }
}

TEST(LegacyCondition, AllOrAny) {
  const std::string item = ItemFromJson(kItem);
  const AttributeComparison yes = Comparison("n", "EQ", "[5]");
  const AttributeComparison no = Comparison("s", "NOT_CONTAINS", R"(["m"])");
  struct Row {
    std::vector<AttributeComparison> comparisons;
    bool all;
    bool any;
  };
  for (const Row& row : {Row{{yes, yes, yes}, true, true}, Row{{yes, no, yes}, false, true},
                         Row{{no, yes}, false, true}, Row{{yes, no}, false, true},
                         Row{{no, no, no}, false, false}}) {
    EXPECT_EQ(*ConditionOf(row.comparisons, false).Evaluate(ItemView(item)), row.all);
    EXPECT_EQ(*ConditionOf(row.comparisons, true).Evaluate(ItemView(item)), row.any);
  }
  EXPECT_EQ(ConditionOf({yes, no}, true).TopLevelAttributes(),
            (std::vector<std::string>{"n", "s"}));
  // There is no such item.
  EXPECT_FALSE(*ConditionOf({yes}, false).Evaluate(ItemView()));
  EXPECT_TRUE(*ConditionOf({Comparison("n", "NULL", "[]")}, false).Evaluate(ItemView()));
}

// The limits of expressions don't bind: 300 operators, 100 operands of IN.
TEST(LegacyCondition, ManyComparisons) {
  std::vector<AttributeComparison> many(1000, Comparison("n", "EQ", "[5]"));
  const std::string item = ItemFromJson(kItem);
  EXPECT_TRUE(*ConditionOf(many, false).Evaluate(ItemView(item)));
  AttributeComparison in = Comparison("n", "IN", "[1]");
  for (int i = 0; i < 500; ++i) in.values.push_back(Value::OfNumber(Number::FromInt(1000 + i)));
  in.values.push_back(Value::OfNumber(Number::FromInt(5)));
  EXPECT_TRUE(*ConditionOf({in}, false).Evaluate(ItemView(item)));
}

TEST(LegacyCondition, Errors) {
  struct Row {
    const char* op;
    const char* values;
    const char* error;
  };
  const Row rows[] = {
      {"EQ", "[]", "Invalid number of argument(s) for the EQ ComparisonOperator"},
      {"EQ", "[1, 2]", "Invalid number of argument(s) for the EQ ComparisonOperator"},
      {"NULL", "[1]", "Invalid number of argument(s) for the NULL ComparisonOperator"},
      {"NOT_NULL", "[1]", "Invalid number of argument(s) for the NOT_NULL ComparisonOperator"},
      {"IN", "[]", "Invalid number of argument(s) for the IN ComparisonOperator"},
      {"BETWEEN", "[1]", "Invalid number of argument(s) for the BETWEEN ComparisonOperator"},
      {"BETWEEN", "[1, 2, 3]", "Invalid number of argument(s) for the BETWEEN ComparisonOperator"},
      {"IN", R"([1, "1"])", "AttributeValues inside AttributeValueList must be of same type"},
      {"LT", "[true]", "ComparisonOperator LT is not valid for BOOL AttributeValue type"},
      {"GE", "[[1]]", "ComparisonOperator GE is not valid for L AttributeValue type"},
      {"IN", R"([{"$ss": ["a"]}])",
       "ComparisonOperator IN is not valid for SS AttributeValue type"},
      {"CONTAINS", R"([{"$ns": [1]}])",
       "ComparisonOperator CONTAINS is not valid for NS AttributeValue type"},
      {"NOT_CONTAINS", "[{}]",
       "ComparisonOperator NOT_CONTAINS is not valid for M AttributeValue type"},
      {"BEGINS_WITH", "[1]",
       "ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type"},
      {"BETWEEN", "[null, null]",
       "ComparisonOperator BETWEEN is not valid for NULL AttributeValue type"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(CheckComparison(Comparison("a", row.op, row.values)).message(),
              std::string("One or more parameter values were invalid: ") + row.error);
  }
  EXPECT_EQ(CheckComparison(Comparison("a", "BETWEEN", "[2, 1]")).message(),
            "The BETWEEN condition was provided a range where the lower bound is greater than the "
            "upper bound");
}

TEST(LegacyKeyCondition, Texts) {
  struct Row {
    const char* op;
    const char* values;
    const char* expected;
  };
  const Row rows[] = {
      {"EQ", R"(["a"])", "#key0 = :key1"},
      {"LT", R"(["a"])", "#key0 < :key1"},
      {"LE", R"(["a"])", "#key0 <= :key1"},
      {"GT", R"(["a"])", "#key0 > :key1"},
      {"GE", R"(["a"])", "#key0 >= :key1"},
      {"BEGINS_WITH", R"(["a"])", "begins_with(#key0, :key1)"},
      {"BETWEEN", R"(["a", "b"])", "#key0 BETWEEN :key1 AND :key2"},
  };
  for (const Row& row : rows) {
    Placeholders placeholders;
    EXPECT_EQ(*KeyConditionTextOf({Comparison("pk", row.op, row.values)}, &placeholders),
              row.expected);
  }
  for (const char* op : {"NE", "IN", "CONTAINS", "NOT_CONTAINS"}) {
    Placeholders placeholders;
    EXPECT_EQ(
        KeyConditionTextOf({Comparison("pk", op, R"(["a"])")}, &placeholders).status().message(),
        "Attempted conditional constraint is not an indexable operation");
  }
  Placeholders placeholders;
  const std::string text = *KeyConditionTextOf(
      {Comparison("sk", "BETWEEN", R"(["b", "c"])"), Comparison("pk", "EQ", R"(["a"])")},
      &placeholders);
  const Result<KeyCondition> key = KeyCondition::Parse(text, RangeSchema(), &placeholders);
  ASSERT_TRUE(key.ok()) << key.status().ToString();
  EXPECT_EQ(key->pk, "a");
  EXPECT_EQ(key->lower, "b");
  EXPECT_EQ(key->upper, "c");
  EXPECT_TRUE(placeholders.CheckAllUsed().ok());
}

AttributeUpdate Update(const std::string& attribute, AttributeUpdate::Action action,
                       const std::string& value = "") {
  AttributeUpdate update{attribute, action, std::nullopt};
  if (!value.empty()) update.value = FromJson(value);
  return update;
}
constexpr auto kPut = AttributeUpdate::Action::kPut;
constexpr auto kAdd = AttributeUpdate::Action::kAdd;
constexpr auto kDelete = AttributeUpdate::Action::kDelete;

// Source: "AttributeUpdates" in the developer guide.
TEST(LegacyUpdate, Actions) {
  struct Row {
    AttributeUpdate update;
    const char* item;
    const char* expected;  // the item after, or the error when it does not begin with "{"
  };
  const Row rows[] = {
      {Update("a", kPut, "1"), R"({"pk": "k"})", R"({"pk": "k", "a": 1})"},
      {Update("a", kPut, R"({"x": [1]})"), R"({"pk": "k", "a": 2})",
       R"({"pk": "k", "a": {"x": [1]}})"},
      {Update("a.b", kPut, "1"), R"({"pk": "k"})", R"({"pk": "k", "a.b": 1})"},
      {Update("a", kDelete), R"({"pk": "k", "a": 1})", R"({"pk": "k"})"},
      {Update("a", kDelete), R"({"pk": "k"})", R"({"pk": "k"})"},
      {Update("a", kDelete, R"({"$ss": ["x"]})"), R"({"pk": "k", "a": {"$ss": ["x", "y"]}})",
       R"({"pk": "k", "a": {"$ss": ["y"]}})"},
      {Update("a", kDelete, R"({"$ss": ["x"]})"), R"({"pk": "k", "a": {"$ss": ["x"]}})",
       R"({"pk": "k"})"},
      {Update("a", kDelete, R"({"$ss": ["x"]})"), R"({"pk": "k"})", R"({"pk": "k"})"},
      {Update("a", kDelete, R"({"$ss": ["x"]})"), R"({"pk": "k", "a": {"$ns": [1]}})",
       "Type mismatch for attribute to update"},
      {Update("a", kAdd, "2"), R"({"pk": "k", "a": 3})", R"({"pk": "k", "a": 5})"},
      {Update("a", kAdd, "-2"), R"({"pk": "k"})", R"({"pk": "k", "a": -2})"},
      {Update("a", kAdd, "2"), R"({"pk": "k", "a": "3"})", "Type mismatch for attribute to update"},
      {Update("a", kAdd, R"({"$ns": [1, 2]})"), R"({"pk": "k", "a": {"$ns": [2, 3]}})",
       R"({"pk": "k", "a": {"$ns": [1, 2, 3]}})"},
      {Update("a", kAdd, R"({"$ns": [1]})"), R"({"pk": "k", "a": 1})",
       "Type mismatch for attribute to update"},
      {Update("a", kAdd, "[1]"), R"({"pk": "k", "a": [0]})", R"({"pk": "k", "a": [0, 1]})"},
      {Update("a", kAdd, "[1]"), R"({"pk": "k"})", R"({"pk": "k", "a": [1]})"},
      {Update("a", kAdd, "[1]"), R"({"pk": "k", "a": 1})", "Type mismatch for attribute to update"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(CheckAttributeUpdate(row.update).message(), "");
    const auto update = UpdateOf({row.update}, HashSchema());
    ASSERT_TRUE(update.ok() && update->has_value());
    const std::string item = ItemFromJson(row.item);
    const Result<Value> after = (*update)->Apply(ItemView(item));
    if (*row.expected != '{') {
      EXPECT_EQ(after.status().message(), row.expected) << row.item;
      continue;
    }
    ASSERT_TRUE(after.ok()) << after.status().ToString();
    EXPECT_EQ(Show(ValueView(after->Encode())), Show(ValueView(FromJson(row.expected).Encode())));
  }
}

TEST(LegacyUpdate, SeveralAtOnce) {
  const auto update = UpdateOf(
      {Update("b", kPut, "1"), Update("a", kDelete), Update("n", kAdd, "1")}, HashSchema());
  ASSERT_TRUE(update.ok());
  const std::string item = ItemFromJson(R"({"pk": "k", "a": 7, "n": 1})");
  const Result<Value> after = (*update)->Apply(ItemView(item));
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(Show(ValueView(after->Encode())),
            Show(ValueView(FromJson(R"({"pk": "k", "b": 1, "n": 2})").Encode())));
  const std::string new_item = EncodeItem(*after);
  EXPECT_EQ(Show(ValueView((*update)->SelectUpdated(ItemView(new_item))->Encode())),
            Show(ValueView(FromJson(R"({"b": 1, "n": 2})").Encode())));
  EXPECT_FALSE((*update)->OnlyRemoves());
  EXPECT_TRUE((*UpdateOf({Update("a", kDelete)}, HashSchema()))->OnlyRemoves());
  EXPECT_FALSE(UpdateOf({}, HashSchema())->has_value());
}

TEST(LegacyUpdate, Errors) {
  struct Row {
    AttributeUpdate update;
    const char* error;
  };
  const Row rows[] = {
      {Update("a", kPut), "Only DELETE action is allowed when no attribute value is specified"},
      {Update("a", kAdd), "Only DELETE action is allowed when no attribute value is specified"},
      {Update("a", kDelete, "1"), "DELETE action with value is not supported for the type N"},
      {Update("a", kDelete, "[1]"), "DELETE action with value is not supported for the type L"},
      {Update("a", kAdd, R"("x")"), "ADD action is not supported for the type S"},
      {Update("a", kAdd, "{}"), "ADD action is not supported for the type M"},
      {Update("a", kAdd, "true"), "ADD action is not supported for the type BOOL"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(CheckAttributeUpdate(row.update).message(),
              std::string("One or more parameter values were invalid: ") + row.error);
  }
  EXPECT_EQ(
      UpdateOf({Update("a", kDelete), Update("pk", kPut, "1")}, HashSchema()).status().message(),
      "One or more parameter values were invalid: Cannot update attribute pk. This attribute "
      "is part of the key");
}

TEST(LegacyProjection, TopLevelNames) {
  const Result<Projection> projection = ProjectionOf({"s", "no", "a.b", "l"});
  ASSERT_TRUE(projection.ok());
  const std::string item = ItemFromJson(R"({"pk": "k", "s": 1, "a.b": 2, "l": [3], "x": 4})");
  EXPECT_EQ(Show(ValueView(projection->Apply(ItemView(item)).Encode())),
            Show(ValueView(FromJson(R"({"s": 1, "a.b": 2, "l": [3]})").Encode())));
  EXPECT_EQ(ProjectionOf({"a", "b", "a"}).status().message(),
            "One or more parameter values were invalid: Duplicate value in attribute name: a");
}

}  // namespace
}  // namespace millrace
