#include <gtest/gtest.h>

#include <string>

#include "engine/expression/expression.h"
#include "tests/unit/expression/support.h"

namespace millrace {
namespace {

using testing::ExpectFilterErrors;
using testing::FilterRow;
using testing::MakePlaceholders;

TEST(ConditionOperands, UndefinedPlaceholders) {
  const std::string name =
      "An expression attribute name used in the document path is not defined; attribute name: ";
  const std::string value =
      "An expression attribute value used in expression is not defined; attribute value: ";
  struct {
    const char* expression;
    std::string error;
  } rows[] = {
      {"attribute_exists(#Pictures.RearView, :a) and a=a", name + "#Pictures"},
      {"begins_with(Pictures.#RearView)", name + "#RearView"},
      {"(#P between :lo and :hi) and (#PC in (:cat1, :cat2))", name + "#P"},
      {"#4g > a", name + "#4g"},
      {"#_ > a", name + "#_"},
      {"(a)between(b.c[45].#d)and(:a)", name + "#d"},
      {"begins_with(:hello, #a, #b)", value + ":hello"},
      {":a < :b", value + ":a"},
      {":_ > a", value + ":_"},
      {"a = :1 and #x = b", value + ":1"},
  };
  for (const auto& row : rows) {
    Placeholders none;
    EXPECT_EQ(Condition::Parse("FilterExpression", row.expression, &none).status().message(),
              "Invalid FilterExpression: " + row.error)
        << row.expression;
    EXPECT_EQ(Condition::Parse("FilterExpression", row.expression, nullptr).status().message(),
              "Invalid FilterExpression: " + row.error)
        << row.expression;
  }
}

TEST(ConditionOperands, NumbersOfOperands) {
  const std::string prefix =
      "Incorrect number of operands for operator or function; operator or function: ";
  struct {
    const char* expression;
    const char* error;
  } rows[] = {
      {"attribute_exists(things, a) and a=a", "attribute_exists, number of operands: 2"},
      {"attribute_not_exists(things, b)", "attribute_not_exists, number of operands: 2"},
      {"attribute_type(things)", "attribute_type, number of operands: 1"},
      {"begins_with(things)", "begins_with, number of operands: 1"},
      {"begins_with(things, size(a), b)", "begins_with, number of operands: 3"},
      {"contains(things)", "contains, number of operands: 1"},
      {"size(things, a) > b", "size, number of operands: 2"},
  };
  for (const auto& row : rows) {
    Placeholders none;
    EXPECT_EQ(Condition::Parse("FilterExpression", row.expression, &none).status().message(),
              "Invalid FilterExpression: " + prefix + row.error)
        << row.expression;
  }
}

constexpr const char* kOneOfEach[][2] = {
    {"N", R"({":a": 1})"},
    {"B", R"({":a": {"$b": "a"}})"},
    {"BOOL", R"({":a": true})"},
    {"NULL", R"({":a": null})"},
    {"L", R"({":a": []})"},
    {"M", R"({":a": {}})"},
    {"S", R"({":a": "S"})"},
    {"SS", R"({":a": {"$ss": ["1"]}})"},
    {"NS", R"({":a": {"$ns": [1]}})"},
    {"BS", R"({":a": {"$bs": ["a"]}})"},
};

// Parses with each type of :a and compares who is refused.
void ExpectRefusedTypes(const std::string& expression, const std::string& op,
                        const std::string& refused) {
  for (const auto& [type, values] : kOneOfEach) {
    Placeholders placeholders = MakePlaceholders("", values);
    const Status status = Condition::Parse("FilterExpression", expression, &placeholders).status();
    const bool expected =
        (" " + refused + " ").find(" " + std::string(type) + " ") != std::string::npos;
    EXPECT_EQ(status.ok() ? "" : status.message(),
              expected ? "Invalid FilterExpression: Incorrect operand type for operator or "
                         "function; operator or function: " +
                             op + ", operand type: " + type
                       : "")
        << expression << " with " << type;
  }
}

TEST(ConditionOperands, TypesOfValues) {
  const std::string unordered = "BOOL NULL L M SS NS BS";
  for (const std::string op : {"<", "<=", ">", ">="}) {
    ExpectRefusedTypes("b " + op + " :a", op, unordered);
    ExpectRefusedTypes(":a " + op + " b", op, unordered);
  }
  ExpectRefusedTypes("b = :a", "=", "");
  ExpectRefusedTypes(":a <> b", "<>", "");
  ExpectRefusedTypes("b in (c, :a)", "IN", "");
  ExpectRefusedTypes("b between :a and c", "BETWEEN", unordered);
  ExpectRefusedTypes("b between c and :a", "BETWEEN", unordered);
  ExpectRefusedTypes(":a between b and c", "BETWEEN", unordered);
  ExpectRefusedTypes("begins_with(b, :a)", "begins_with", "N BOOL NULL L M SS NS BS");
  ExpectRefusedTypes("begins_with(:a, b)", "begins_with", "N BOOL NULL L M SS NS BS");
  ExpectRefusedTypes("contains(b, :a)", "contains", "");
  ExpectRefusedTypes("contains(:a, b)", "contains", "");
  ExpectRefusedTypes("size(:a) > b", "size", "N BOOL NULL");
  ExpectRefusedTypes("attribute_type(b, :a)", "attribute_type", "N B BOOL NULL L M SS NS BS");
  ExpectRefusedTypes("attribute_type(:a, :a)", "attribute_type", "N B BOOL NULL L M SS NS BS");
}

TEST(ConditionOperands, TypesOfFunctions) {
  const FilterRow rows[] = {
      {"attribute_type(a, size(a)) and a=a and a=:a", "", R"({":a": 1})",
       "Incorrect operand type for operator or function; operator or function: attribute_type, "
       "operand type: N"},
      {"begins_with(a, size(a)) and a=:a", "", R"({":a": 1})",
       "Incorrect operand type for operator or function; operator or function: begins_with, "
       "operand type: N"},
      {"size(size(a)) > :a", "", R"({":a": 1})",
       "Incorrect operand type for operator or function; operator or function: size, operand type: "
       "N"},
      {"attribute_not_exists(size(:a))", "", R"({":a": 1})",
       "Incorrect operand type for operator or function; operator or function: size, operand type: "
       "N"},
      {"attribute_exists(:a) and a=a", "", R"({":a": "1"})",
       "Operator or function requires a document path; operator or function: attribute_exists"},
      {"attribute_not_exists(size(:a))", "", R"({":a": "1"})",
       "Operator or function requires a document path; operator or function: attribute_not_exists"},
      {"attribute_type(a, :a)", "", R"({":a": "DOG"})",
       "Invalid attribute type name found; type: DOG, valid types: {S,SS,N,NS,B,BS,BOOL,NULL,L,M}"},
      {"attribute_type(a, b)", "", "",
       "Incorrect operand type for operator or function; operator or function: attribute_type, "
       "operand type: "
       "{S,SS,N,NS,B,BS,BOOL,NULL,L,M,HD,DOUBLE,FLOAT,HDS,FS,DOUBLESET,DICT,DECIMAL,INT,DECIMALSET,"
       "INTSET}"},
      {"attribute_type(:a, :a)", "", R"({":a": "S"})", ""},
  };
  ExpectFilterErrors(rows);
}

TEST(ConditionOperands, TheFirstIsDistinctFromTheOthers) {
  struct {
    const char* expression;
    const char* op;
    const char* path;
  } rows[] = {
      {"a = a AND #a = b AND :views > a", "=", "[a]"},
      {"#a <> a", "<>", "[a]"},
      {"a > #a", ">", "[a]"},
      {"((a=a) OR (a=a))", "=", "[a]"},
      {"a.b <= (a.b)", "<=", "[a, b]"},
      {"contains(ab.bc[1].a, ab.bc[1].#a)", "contains", "[ab, bc, [1], a]"},
      {"attribute_type(ab.bc[1].#a, ab.bc[1].a)", "attribute_type", "[ab, bc, [1], a]"},
      {"begins_with(ab.bc[1].a, ab.bc[1].#a)", "begins_with", "[ab, bc, [1], a]"},
      {"a between b and a", "BETWEEN", "[a]"},
      {"a in (b, c, a)", "IN", "[a]"},
  };
  for (const auto& row : rows) {
    Placeholders placeholders = MakePlaceholders(R"({"#a": "a"})", "");
    EXPECT_EQ(
        Condition::Parse("FilterExpression", row.expression, &placeholders).status().message(),
        "Invalid FilterExpression: The first operand must be distinct from the remaining operands "
        "for this "
        "operator or function; operator: " +
            std::string(row.op) + ", first operand: " + row.path)
        << row.expression;
  }
  Placeholders placeholders = MakePlaceholders("", R"({":a": 1})");
  EXPECT_TRUE(Condition::Parse("FilterExpression", ":a >= :a", &placeholders).ok());
  EXPECT_TRUE(Condition::Parse("FilterExpression", "a = b[0] and a[0] = a[1]", &placeholders).ok());
}

TEST(ConditionOperands, BoundsOfBetween) {
  const FilterRow rows[] = {
      {"a between :b and :a", "", R"({":a": "a", ":b": 1})",
       "The BETWEEN operator requires same data type for lower and upper bounds; lower bound "
       "operand: AttributeValue: "
       "{N:1}, upper bound operand: AttributeValue: {S:a}"},
      {"a between :b and :a", "", R"({":a": "a", ":b": "b"})",
       "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
       "lower bound operand: "
       "AttributeValue: {S:b}, upper bound operand: AttributeValue: {S:a}"},
      {"a between :b and :a", "", R"({":a": 4, ":b": 5})",
       "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
       "lower bound operand: "
       "AttributeValue: {N:5}, upper bound operand: AttributeValue: {N:4}"},
      {"a between :b and :a", "", R"({":a": -10, ":b": {"$n": "-9.5"}})",
       "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
       "lower bound operand: "
       "AttributeValue: {N:-9.5}, upper bound operand: AttributeValue: {N:-10}"},
      {"a between :b and :a", "", R"({":a": {"$b": "a"}, ":b": {"$b": "b"}})",
       "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
       "lower bound operand: "
       "AttributeValue: {B:java.nio.HeapByteBuffer[pos=0 lim=1 cap=1]}, upper bound operand: "
       "AttributeValue: "
       "{B:java.nio.HeapByteBuffer[pos=0 lim=1 cap=1]}"},
      {"a between :b and :a", "", R"({":a": 5, ":b": 5})", ""},
      {"a between :b and :a", "", R"({":a": 5, ":b": -5})", ""},
      {"a between :b and c", "", R"({":b": 5})", ""},
  };
  ExpectFilterErrors(rows);
}

TEST(ConditionOperands, TheFirstProblemInTheTextIsReported) {
  const FilterRow rows[] = {
      {"pk = :missing AND begins_with(sk, :n)", "", R"({":n": 1})",
       "An expression attribute value used in expression is not defined; attribute value: "
       ":missing"},
      {"begins_with(sk, :n) AND pk = :missing", "", R"({":n": 1})",
       "Incorrect operand type for operator or function; operator or function: begins_with, "
       "operand type: N"},
      {"a = a and #missing = b", "", "",
       "The first operand must be distinct from the remaining operands for this operator or "
       "function; operator: =, first "
       "operand: [a]"},
  };
  ExpectFilterErrors(rows);
}

std::string Repeat(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

std::string ErrorOf(const std::string& expression) {
  Placeholders placeholders = MakePlaceholders("", R"({":v": 1})");
  const Status status = Condition::Parse("ConditionExpression", expression, &placeholders).status();
  return status.ok() ? "" : status.message();
}

TEST(ConditionLimits, SizeOfTheText) {
  const std::string tail = "a = :v";
  EXPECT_EQ(ErrorOf(std::string(4096 - tail.size(), ' ') + tail), "");
  EXPECT_EQ(ErrorOf(std::string(4097 - tail.size(), ' ') + tail),
            "Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; "
            "expression size: 4097");
  // Before the syntax is looked at.
  EXPECT_EQ(ErrorOf(std::string(15000, '(')),
            "Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; "
            "expression size: 15000");
}

TEST(ConditionLimits, Operators) {
  const std::string error =
      "Invalid ConditionExpression: The expression contains too many operators; operator count: "
      "301";
  // 149 ORs and 150 comparisons; parentheses do not count.
  EXPECT_EQ(ErrorOf("a<b " + Repeat("or (a<b ", 149) + Repeat(")", 149)), "");
  EXPECT_EQ(ErrorOf("NOT (a<b " + Repeat("or (a<b ", 149) + Repeat(")", 150)), "");
  EXPECT_EQ(ErrorOf("NOT (NOT (a<b " + Repeat("or (a<b ", 149) + Repeat(")", 151)), error);
  EXPECT_EQ(ErrorOf("a<b " + Repeat("or (a<b ", 150) + Repeat(")", 150)), error);
  EXPECT_EQ(ErrorOf(Repeat("not ", 1000) + "a<b"), error);
}

TEST(ConditionLimits, OperandsOfIn) {
  EXPECT_EQ(ErrorOf("a in (:v" + Repeat(", :v", 99) + ")"), "");
  EXPECT_EQ(ErrorOf("a in (:v" + Repeat(", :v", 100) + ")"),
            "Invalid ConditionExpression: The IN operator is provided with too many operands; "
            "number of operands: 101");
}

TEST(ConditionLimits, DepthOfPaths) {
  EXPECT_EQ(ErrorOf("a" + Repeat(".b", 31) + " = :v"), "");
  EXPECT_EQ(ErrorOf("a" + Repeat(".b", 32) + " = :v"),
            "Invalid ConditionExpression: The document path has too many nesting levels; nesting "
            "levels: 33");
  EXPECT_EQ(ErrorOf("a" + Repeat("[0]", 32) + " = :v"),
            "Invalid ConditionExpression: The document path has too many nesting levels; nesting "
            "levels: 33");
}

}  // namespace
}  // namespace millrace
