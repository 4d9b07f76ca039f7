#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "engine/expression/expression.h"
#include "engine/model/number.h"
#include "tests/unit/expression/support.h"

namespace millrace {
namespace {

using testing::HashSchema;
using testing::MakePlaceholders;
using testing::RangeSchema;

constexpr const char* kNames = R"({"#p": "pk", "#s": "sk"})";

std::string ErrorOf(std::string_view expression, const KeySchema& schema, std::string_view values) {
  Placeholders placeholders = MakePlaceholders(kNames, values);
  const Status status = KeyCondition::Parse(expression, schema, &placeholders).status();
  return status.ok() ? "" : status.message();
}

// "[a" from a, inclusive; "(a" exclusive; "*" no bound.
std::string Show(const std::optional<std::string>& bound) {
  return bound ? *bound : "*";
}
std::string RangeOf(const KeyCondition& key) {
  return (key.lower_exclusive ? "(" : "[") + Show(key.lower) + ".." + Show(key.upper) +
         (key.upper_inclusive ? "]" : ")");
}

TEST(KeyCondition, RangesOfTheSortKey) {
  struct {
    const char* expression;
    const char* values;
    const char* range;
  } rows[] = {
      {"pk = :p", R"({":p": "k"})", "[*..*)"},
      {":p = pk", R"({":p": "k"})", "[*..*)"},
      {"(pk = :p)", R"({":p": "k"})", "[*..*)"},
      {"pk = :p AND sk = :a", R"({":p": "k", ":a": "m"})", "[m..m]"},
      {"sk = :a AND pk = :p", R"({":p": "k", ":a": "m"})", "[m..m]"},
      {"(#p = :p) AND (#s = :a)", R"({":p": "k", ":a": "m"})", "[m..m]"},
      {"(#p = :p AND (#s = :a))", R"({":p": "k", ":a": "m"})", "[m..m]"},
      {"pk = :p AND sk < :a", R"({":p": "k", ":a": "m"})", "[*..m)"},
      {"pk = :p AND sk <= :a", R"({":p": "k", ":a": "m"})", "[*..m]"},
      {"pk = :p AND sk > :a", R"({":p": "k", ":a": "m"})", "(m..*)"},
      {"pk = :p AND sk >= :a", R"({":p": "k", ":a": "m"})", "[m..*)"},
      {"pk = :p AND :a <= sk", R"({":p": "k", ":a": "m"})", "[m..*)"},
      {"pk = :p AND :a < sk", R"({":p": "k", ":a": "m"})", "(m..*)"},
      {"pk = :p AND :a >= sk", R"({":p": "k", ":a": "m"})", "[*..m]"},
      {"pk = :p AND :a > sk", R"({":p": "k", ":a": "m"})", "[*..m)"},
      {":a = sk AND :p = pk", R"({":p": "k", ":a": "m"})", "[m..m]"},
      {"pk = :p AND sk BETWEEN :a AND :b", R"({":p": "k", ":a": "m", ":b": "z"})", "[m..z]"},
      {"sk BETWEEN :a AND :b AND pk = :p", R"({":p": "k", ":a": "m", ":b": "m"})", "[m..m]"},
      {"pk = :p AND begins_with(sk, :a)", R"({":p": "k", ":a": "2024-"})", "[2024-..2024.)"},
      {"begins_with(sk, :a) and pk = :p", R"({":p": "k", ":a": "z"})", "[z..{)"},
  };
  for (const auto& row : rows) {
    Placeholders placeholders = MakePlaceholders(kNames, row.values);
    const Result<KeyCondition> key =
        KeyCondition::Parse(row.expression, RangeSchema(), &placeholders);
    ASSERT_TRUE(key.ok()) << row.expression << ": " << key.status().ToString();
    EXPECT_EQ(key->pk, "k") << row.expression;
    EXPECT_EQ(RangeOf(*key), row.range) << row.expression;
  }
}

TEST(KeyCondition, NumbersAreRawOrderPreservingBytes) {
  Placeholders placeholders =
      MakePlaceholders("", R"({":p": "k", ":a": -5, ":b": {"$n": "1.50"}})");
  const Result<KeyCondition> key = KeyCondition::Parse(
      "pk = :p AND sk BETWEEN :a AND :b", RangeSchema(ValueType::kNumber), &placeholders);
  ASSERT_TRUE(key.ok()) << key.status().ToString();
  EXPECT_EQ(*key->lower, Number::FromInt(-5).Packed());
  EXPECT_EQ(*key->upper, Number::Parse("1.5").value().Packed());
}

TEST(KeyCondition, TheEndOfAPrefix) {
  const auto range_of = [](const std::string& prefix) {
    Placeholders placeholders;
    EXPECT_TRUE(placeholders.AddValue(":p", Value::String("k")).ok());
    EXPECT_TRUE(placeholders.AddValue(":a", Value::Binary(prefix)).ok());
    return RangeOf(KeyCondition::Parse("pk = :p AND begins_with(sk, :a)",
                                       RangeSchema(ValueType::kBinary), &placeholders)
                       .value());
  };
  EXPECT_EQ(range_of("a\xff"), "[a\xff..b)");
  EXPECT_EQ(range_of("a\xff\xff"), "[a\xff\xff..b)");
  EXPECT_EQ(range_of("\xff\xff"), "[\xff\xff..*)");
  EXPECT_EQ(range_of("\x7f"), "[\x7f..\x80)");
}

TEST(KeyCondition, ErrorsOfTheExpression) {
  struct {
    const char* expression;
    const char* values;
    const char* error;
  } rows[] = {
      {"", "", "Invalid KeyConditionExpression: The expression can not be empty;"},
      {"a > 4", "", "Invalid KeyConditionExpression: Syntax error; token: \"4\", near: \"> 4\""},
      {"((#p = :p)) AND ((#s = :s))", "",
       "Invalid KeyConditionExpression: The expression has redundant parentheses;"},
      {"pk = :x", "",
       "Invalid KeyConditionExpression: An expression attribute value used in expression is not "
       "defined; attribute value: "
       ":x"},
      {"pk = :p AND begins_with(sk, :v)", R"({":p": "q", ":v": 1})",
       "Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator "
       "or function: "
       "begins_with, operand type: N"},
      {"pk = :p AND begins_with(sk, :v)", R"({":p": "q", ":v": true})",
       "Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator "
       "or function: "
       "begins_with, operand type: BOOL"},
      {"pk = :p AND sk < :v", R"({":p": "q", ":v": true})",
       "Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator "
       "or function: <, operand "
       "type: BOOL"},
      {"pk = :p AND :v >= sk", R"({":p": "q", ":v": true})",
       "Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator "
       "or function: >=, "
       "operand type: BOOL"},
      {"pk = :p AND sk BETWEEN :a AND :b", R"({":p": "q", ":a": false, ":b": true})",
       "Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator "
       "or function: BETWEEN, "
       "operand type: BOOL"},
      {"pk = :p AND sk BETWEEN :a AND :b", R"({":p": "q", ":a": "b", ":b": "a"})",
       "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater "
       "than or equal to lower "
       "bound; lower bound operand: AttributeValue: {S:b}, upper bound operand: AttributeValue: "
       "{S:a}"},
      {"a > b and size(b) > c or a > c", "", "Invalid operator used in KeyConditionExpression: OR"},
      {"a in (b, size(c), d)", "", "Invalid operator used in KeyConditionExpression: IN"},
      {"attribute_exists(a)", "",
       "Invalid operator used in KeyConditionExpression: attribute_exists"},
      {"attribute_not_exists(a)", "",
       "Invalid operator used in KeyConditionExpression: attribute_not_exists"},
      {"attribute_type(a, :t)", R"({":t": "S"})",
       "Invalid operator used in KeyConditionExpression: attribute_type"},
      {"contains(a.d, b)", "", "Invalid operator used in KeyConditionExpression: contains"},
      {"not a > b", "", "Invalid operator used in KeyConditionExpression: NOT"},
      {"a <> b", "", "Invalid operator used in KeyConditionExpression: <>"},
      {"not a <> b", "", "Invalid operator used in KeyConditionExpression: NOT"},
      {"a <> b or c = d", "", "Invalid operator used in KeyConditionExpression: OR"},
      {":a between size(b) and size(a) and b > :b", R"({":a": "1", ":b": "1"})",
       "Invalid condition in KeyConditionExpression: BETWEEN operator must have the key attribute "
       "as its first operand"},
      {"begins_with(:a, b) and a > :b", R"({":a": "1", ":b": "1"})",
       "Invalid condition in KeyConditionExpression: begins_with operator must have the key "
       "attribute as its first "
       "operand"},
      {"size(b) > a AND a.b > b AND b > c", "",
       "Invalid KeyConditionExpression: KeyConditionExpressions cannot contain nested operations"},
      {"a > size(b.d)", "",
       "Invalid KeyConditionExpression: KeyConditionExpressions cannot contain nested operations"},
      {"a between size(b) and size(a)", "",
       "Invalid KeyConditionExpression: KeyConditionExpressions cannot contain nested operations"},
      {"b > a.b", "",
       "Invalid condition in KeyConditionExpression: Multiple attribute names used in one "
       "condition"},
      {"b between c[1] and d", "",
       "Invalid condition in KeyConditionExpression: Multiple attribute names used in one "
       "condition"},
      {"a between b and size(a)", "",
       "Invalid condition in KeyConditionExpression: Multiple attribute names used in one "
       "condition"},
      {"begins_with(a, b)", "",
       "Invalid condition in KeyConditionExpression: Multiple attribute names used in one "
       "condition"},
      {"b.d > a AND c.d > e.f", "",
       "Invalid KeyConditionExpression: KeyConditionExpressions cannot have conditions on nested "
       "attributes"},
      {"b[0] > a", "",
       "Invalid KeyConditionExpression: KeyConditionExpressions cannot have conditions on nested "
       "attributes"},
      {"pk = :p AND #s.foo = :v", R"({":p": "x", ":v": "x"})",
       "Invalid KeyConditionExpression: KeyConditionExpressions cannot have conditions on nested "
       "attributes"},
      {":b > :a AND a < :b", R"({":a": 1, ":b": 1})",
       "Invalid condition in KeyConditionExpression: No key attribute specified"},
      {":a > b AND :a < :b", R"({":a": 1, ":b": 1})",
       "Invalid condition in KeyConditionExpression: No key attribute specified"},
      {"b > :a AND b < :a and c = :a and d = :a", R"({":a": 1})",
       "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition "
       "per key"},
      {"(a > :a and b > :a) and (b > :a and c > :a)", R"({":a": 1})",
       "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition "
       "per key"},
      {"pk = :p AND sk > :a AND sk < :b", R"({":p": "q", ":a": "1", ":b": "5"})",
       "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition "
       "per key"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(ErrorOf(row.expression, RangeSchema(), row.values), row.error) << row.expression;
}

TEST(KeyCondition, ErrorsOfTheSchema) {
  const std::string type =
      "One or more parameter values were invalid: Condition parameter type does not match schema "
      "type";
  const KeySchema number = RangeSchema(ValueType::kNumber);
  struct {
    const char* expression;
    KeySchema schema;
    const char* values;
    std::string error;
  } rows[] = {
      {"z = :a", RangeSchema(), R"({":a": "1"})", "Query condition missed key schema element: pk"},
      {"z between :a and :b", RangeSchema(), R"({":a": "1", ":b": "1"})",
       "Query condition missed key schema element: pk"},
      {"sk = :a", RangeSchema(), R"({":a": "1"})", "Query condition missed key schema element: pk"},
      {"pk = :a AND z = :a", RangeSchema(), R"({":a": "1"})",
       "Query condition missed key schema element: sk"},
      {"PK = :a", HashSchema(), R"({":a": "1"})", "Query condition missed key schema element: pk"},
      {"pk = :p AND sk > :a AND extra = :b", number, R"({":p": "q", ":a": 1, ":b": 5})",
       "The number of query conditions (3) exceeds the number of key attributes defined in the "
       "schema (2)"},
      {"pk = :a AND sk = :a", HashSchema(), R"({":a": "1"})",
       "The number of query conditions (2) exceeds the number of key attributes defined in the "
       "schema (1)"},
      {"pk < :a", HashSchema(), R"({":a": "1"})", "Query key condition not supported"},
      {"begins_with(pk, :a)", HashSchema(), R"({":a": "1"})", "Query key condition not supported"},
      {"pk between :a and :a", RangeSchema(), R"({":a": "1"})",
       "Query key condition not supported"},
      {"pk = :a", HashSchema(), R"({":a": 1})", type},
      {"pk = :a", HashSchema(), R"({":a": [1]})", type},
      {"pk = :p AND begins_with(sk, :v)", number, R"({":p": "q", ":v": "a"})", type},
      {"pk = :p AND sk = :v", number, R"({":p": "q", ":v": true})", type},
      {"pk = :p AND sk between :v and :w", RangeSchema(), R"({":p": "q", ":v": 1, ":w": 2})", type},
      {"pk = :a", HashSchema(), R"({":a": ""})",
       "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
       "contain an empty string "
       "value. Key: pk"},
      {"pk = :p AND sk = :a", RangeSchema(ValueType::kBinary), R"({":p": "q", ":a": {"$b": ""}})",
       "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
       "contain an empty binary "
       "value. Key: sk"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(ErrorOf(row.expression, row.schema, row.values), row.error) << row.expression;
}

// The first three were recorded.
TEST(KeyCondition, ErrorsOfSeveralRangeAttributes) {
  IndexKeySchema schema;
  schema.hash = {{"h", ValueType::kString}};
  for (const char* name : {"a", "b", "c", "d"}) schema.range.push_back({name, ValueType::kString});
  const std::pair<const char*, std::string> rows[] = {
      {"h = :v AND a = :v AND c = :v", "b on c"},
      {"h = :v AND a = :v AND b > :v AND c = :v", "b on c"},
      {"h = :v AND b = :v", "a on b"},
      {"c = :v AND h = :v", "a, b on c"},
      {"h = :v AND a = :v AND d = :v AND c = :v", "b on c"},
      {"h = :v AND a = :v AND b = :v AND c = :v AND begins_with(d, :v)", ""},
  };
  for (const auto& [expression, attributes] : rows) {
    Placeholders placeholders = MakePlaceholders("{}", R"({":v": "x"})");
    const Status status = KeyCondition::Parse(expression, schema, &placeholders).status();
    std::string error;
    if (const size_t on = attributes.find(" on "); on != attributes.npos) {
      error = "RANGE key attributes " + attributes.substr(0, on) +
              " must have equality conditions specified in the query because a condition is "
              "present on key attribute " +
              attributes.substr(on + 4);
    }
    EXPECT_EQ(status.ok() ? "" : status.message(), error) << expression;
  }
}

TEST(KeyCondition, SizesOfKeys) {
  const auto values = [](size_t pk, size_t sk) {
    return R"({":p": ")" + std::string(pk, 'x') + R"(", ":s": ")" + std::string(sk, 'x') + R"("})";
  };
  const std::string expression = "pk = :p AND sk = :s";
  EXPECT_EQ(ErrorOf(expression, RangeSchema(), values(2048, 1024)), "");
  EXPECT_EQ(ErrorOf(expression, RangeSchema(), values(2049, 1)),
            "One or more parameter values were invalid: Size of hashkey has exceeded the maximum "
            "size limit of2048 bytes");
  EXPECT_EQ(ErrorOf(expression, RangeSchema(), values(1, 1025)),
            "One or more parameter values were invalid: Aggregated size of all range keys has "
            "exceeded the size limit of "
            "1024 bytes");
}

}  // namespace
}  // namespace millrace
