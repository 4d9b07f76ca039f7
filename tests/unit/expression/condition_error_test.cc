#include <gtest/gtest.h>

#include <string>

#include "engine/expression/expression.h"
#include "tests/unit/expression/support.h"

namespace millrace {
namespace {

using testing::MakePlaceholders;

struct Row {
  const char* expression;
  const char* names;
  const char* values;
  const char* error;  // after "Invalid FilterExpression: "; "" when there is none
};

void ExpectRows(const Row* rows, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const Row& row = rows[i];
    Placeholders placeholders = MakePlaceholders(row.names, row.values);
    const Result<Condition> condition =
        Condition::Parse("FilterExpression", row.expression, &placeholders);
    const std::string expected =
        *row.error == '\0' ? "" : "Invalid FilterExpression: " + std::string(row.error);
    EXPECT_EQ(condition.status().ok() ? "" : condition.status().message(), expected)
        << row.expression;
    EXPECT_TRUE(condition.ok() || condition.status().Is(ErrorCode::kValidation));
  }
}

TEST(ConditionSyntax, NamesTheTokenAndItsNeighbours) {
  const Row rows[] = {
      {"", "", "", "The expression can not be empty;"},
      {" ", "", "", "Syntax error; token: \"<EOF>\", near: \"\""},
      {"a", "", "", "Syntax error; token: \"<EOF>\", near: \"a\""},
      {"things are not gonna be ok", "", "",
       "Syntax error; token: \"are\", near: \"things are not\""},
      {"#articleId attribute_not_exists :ckpst", "", "",
       "Syntax error; token: \"attribute_not_exists\", near: \"#articleId attribute_not_exists "
       ":ckpst\""},
      {"a > 4", "", "", "Syntax error; token: \"4\", near: \"> 4\""},
      {"a = ", "", "", "Syntax error; token: \"<EOF>\", near: \"= \""},
      {"a =", "", "", "Syntax error; token: \"<EOF>\", near: \"=\""},
      {"a = = :v", "", "", "Syntax error; token: \"=\", near: \"= = :v\""},
      {"tenantAgent:abc123-", "", "",
       "Syntax error; token: \":abc123\", near: \"tenantAgent:abc123-\""},
      {"user-id = :v", "", "", "Syntax error; token: \"-\", near: \"user-id\""},
      {"_hidden = :v", "", "", "Syntax error; token: \"_\", near: \"_hidden\""},
      {"attribute_exists(Pictures-RearView)", "", "",
       "Syntax error; token: \"-\", near: \"Pictures-RearView\""},
      {"attribute_exists(\"Pictures.RearView\")", "", "",
       "Syntax error; token: \"\"\", near: \"(\"Pictures\""},
      {"attribute_exists(Pictures..RearView)", "", "",
       "Syntax error; token: \".\", near: \"..RearView\""},
      {"attribute_exists(Pi#ctures.RearView)", "", "",
       "Syntax error; token: \"#ctures\", near: \"Pi#ctures.\""},
      {"attribute_exists(asdf[a])", "", "", "Syntax error; token: \"a\", near: \"[a]\""},
      {"attribute_exists(asdf[])", "", "", "Syntax error; token: \"]\", near: \"[])\""},
      {"attribute_exists(asdf[-1])", "", "", "Syntax error; token: \"-\", near: \"[-1\""},
      {"attribute_exists(asdf[01])", "", "", "Syntax error; token: \"1\", near: \"01]\""},
      {"attribute_exists(asdf[1)", "", "", "Syntax error; token: \")\", near: \"1)\""},
      {"attribute_exists([1])", "", "", "Syntax error; token: \"[\", near: \"([1\""},
      {"a.:a < b.:b", "", "", "Syntax error; token: \":a\", near: \".:a <\""},
      {"a in b, c", "", "", "Syntax error; token: \"b\", near: \"in b,\""},
      {"a in b", "", "", "Syntax error; token: \"b\", near: \"in b\""},
      {"a in (b,c,)", "", "", "Syntax error; token: \")\", near: \",)\""},
      {"a in ()", "", "", "Syntax error; token: \")\", near: \"()\""},
      {"a in", "", "", "Syntax error; token: \"<EOF>\", near: \"in\""},
      {"a > between", "", "", "Syntax error; token: \"between\", near: \"> between\""},
      {"a between b", "", "", "Syntax error; token: \"<EOF>\", near: \"b\""},
      {"a between b or c", "", "", "Syntax error; token: \"or\", near: \"b or c\""},
      {"a between b and", "", "", "Syntax error; token: \"<EOF>\", near: \"and\""},
      {"(a)between(b.(c.d))and(c)", "", "", "Syntax error; token: \"(\", near: \".(c\""},
      {"(a)between(b.c.d)and((c)", "", "", "Syntax error; token: \"<EOF>\", near: \")\""},
      {"(a)between(b.c[4.5].#d)and(:a)", "", "", "Syntax error; token: \".\", near: \"4.5\""},
      {"#$.b > a", "", "", "Syntax error; token: \"#\", near: \"#$\""},
      {"a > :things.stuff", "", "", "Syntax error; token: \".\", near: \":things.stuff\""},
      {"b[:a] > a", "", "", "Syntax error; token: \":a\", near: \"[:a]\""},
      {"b[#_] > a", "", "", "Syntax error; token: \"#_\", near: \"[#_]\""},
      {"\xc3\xbc > a", "", "", "Syntax error; token: \"\xc3\xbc\", near: \"\xc3\xbc >\""},
      {"size(a).b > a", "", "", "Syntax error; token: \".\", near: \").b\""},
      {"(size(a)).b > a", "", "", "Syntax error; token: \".\", near: \").b\""},
      {"size(a)[0] > a", "", "", "Syntax error; token: \"[\", near: \")[0\""},
      {"(size(a))[0] > a", "", "", "Syntax error; token: \"[\", near: \")[0\""},
      {"attribute_type()", "", "", "Syntax error; token: \")\", near: \"()\""},
      {"(a)", "", "", "Syntax error; token: \"<EOF>\", near: \")\""},
      {"(a) and b = c", "", "", "Syntax error; token: \"and\", near: \") and b\""},
      {"(a and b)", "", "", "Syntax error; token: \"and\", near: \"a and b\""},
      {"a = b and", "", "", "Syntax error; token: \"<EOF>\", near: \"and\""},
      {"and a = b", "", "", "Syntax error; token: \"and\", near: \"and a\""},
      {"not", "", "", "Syntax error; token: \"<EOF>\", near: \"not\""},
      {"a = not b", "", "", "Syntax error; token: \"not\", near: \"= not b\""},
      {"not a", "", "", "Syntax error; token: \"<EOF>\", near: \"a\""},
      {"(a = b", "", "", "Syntax error; token: \"<EOF>\", near: \"b\""},
      {"a = b)", "", "", "Syntax error; token: \")\", near: \"b)\""},
      {"()", "", "", "Syntax error; token: \")\", near: \"()\""},
      {"a = b c = d", "", "", "Syntax error; token: \"c\", near: \"b c =\""},
      {"a = (b = c)", "", "", "Syntax error; token: \"=\", near: \"b = c\""},
      {"a = :v;", "", "", "Syntax error; token: \";\", near: \":v;\""},
  };
  ExpectRows(rows, std::size(rows));
  Placeholders none;
  EXPECT_EQ(Condition::Parse("ConditionExpression", "a == :v", &none).status().message(),
            "Invalid ConditionExpression: Syntax error; token: \"=\", near: \"== :v\"");
}

TEST(ConditionSyntax, RefusesRedundantParentheses) {
  const std::string error = "The expression has redundant parentheses;";
  const char* expressions[] = {
      "a=b and a > ((c))",
      "((a)) = b",
      "(((a))) = b",
      "((a=b))",
      "((a=b)) and c=d",
      "(not ((a=b)))",
      "a=b AND ((a=b AND c=d)) AND e=f",
      "a=b OR ((a=b OR c=d)) OR e=f",
      "a=b AND ((a=b AND (c=d AND e=f)))",
      "a=b OR ((a=b OR (c=d OR e=f)))",
      "((attribute_exists(a)))",
      "((attribute_exists(a))) and b = c",
      "not ((attribute_exists(a)))",
      "(a = ((size(b))))",
      "a in ((b), ((c)))",
      "attribute_exists(((a)))",
      "a between ((b)) and c",
      "((size(a))) > b",
      // Reported where it shows, before a later syntax error.
      "a = ((b)) foo",
      "((a=b)) foo",
  };
  for (const char* expression : expressions) {
    Placeholders none;
    EXPECT_EQ(Condition::Parse("FilterExpression", expression, &none).status().message(),
              "Invalid FilterExpression: " + error)
        << expression;
  }
  // Not known to be parentheses around an operand before the comparison is seen.
  Placeholders none;
  EXPECT_EQ(Condition::Parse("FilterExpression", "((a)) foo", &none).status().message(),
            "Invalid FilterExpression: Syntax error; token: \"foo\", near: \") foo\"");
}

TEST(ConditionSyntax, TakesWhatTheGrammarAllows) {
  const char* expressions[] = {
      "a=b",
      "(a)=(b)",
      "(a=b)",
      "(a = b AND (c = d))",
      "(a = b) AND (c = d)",
      "((a = b) AND (c = d))",
      "((a) = b)",
      "NOT a = b",
      "not Not NOT a = b",
      "NOT (NOT (a = b))",
      "a = b or c = d AND not e = f",
      "a BETWEEN b AND c AND d = e",
      "a bEtWeEn (b) aNd (c) oR d iN (e, (f), size(g))",
      "a.b[0].c[12][3].d <> e",
      "a . b [ 0 ] = c",
      "\ta\r\n=\nb ",
      "attribute_exists(a)",
      "(attribute_exists(a))",
      "(attribute_exists(a)) and attribute_not_exists(b)",
      "size(a) = b",
      "(size(a)) > b",
      "size((a)) > b",
      "contains(a, size(b))",
      "a1_b2 = Z_",
      "a=b AND(c=d)",
  };
  for (const char* expression : expressions) {
    Placeholders none;
    EXPECT_EQ(Condition::Parse("FilterExpression", expression, &none).status().ToString(), "OK")
        << expression;
  }
}

TEST(ConditionWords, AreCheckedInTheOrderOfTheText) {
  const Row rows[] = {
      {"a=a and whatever((:things)) > a", "", "", "Invalid function name; function: whatever"},
      {"attRIbute_exIsts((views), #a)", "", "",
       "Invalid function name; function: attRIbute_exIsts"},
      {"SIZE(a) > b", "", "", "Invalid function name; function: SIZE"},
      {"f(f(f(b))) = a", "", "", "Invalid function name; function: f"},
      {"if_not_exists(a, b) = c", "", "",
       "The function is not allowed in a condition expression; function: if_not_exists"},
      {"list_append(a, b) = c", "", "",
       "The function is not allowed in a condition expression; function: list_append"},
      {"a=a and attribute_exists((views), (#a)) > b", "", "",
       "The function is not allowed to be used this way in an expression; function: "
       "attribute_exists"},
      {"attribute_not_exists(things) > b", "", "",
       "The function is not allowed to be used this way in an expression; function: "
       "attribute_not_exists"},
      {"attribute_type(things, :a) > b", "", "",
       "The function is not allowed to be used this way in an expression; function: "
       "attribute_type"},
      {"begins_with(things, a) > b", "", "",
       "The function is not allowed to be used this way in an expression; function: begins_with"},
      {"contains(:things, c) > b", "", "",
       "The function is not allowed to be used this way in an expression; function: contains"},
      {"size(contains(a, b)) > a", "", "",
       "The function is not allowed to be used this way in an expression; function: contains"},
      {"(contains(a, b)) = c", "", "",
       "The function is not allowed to be used this way in an expression; function: contains"},
      {"size(things)", "", "",
       "The function is not allowed to be used this way in an expression; function: size"},
      {"(size(things))", "", "",
       "The function is not allowed to be used this way in an expression; function: size"},
      {"not size(things)", "", "",
       "The function is not allowed to be used this way in an expression; function: size"},
      {"size(things) and a = b", "", "",
       "The function is not allowed to be used this way in an expression; function: size"},
      {"a = b or size(things)", "", "",
       "The function is not allowed to be used this way in an expression; function: size"},
      {"a between b and attribute_exists(things)", "", "",
       "The function is not allowed to be used this way in an expression; function: "
       "attribute_exists"},
      {"a in (b, attribute_exists(things))", "", "",
       "The function is not allowed to be used this way in an expression; function: "
       "attribute_exists"},
      {"attribute_exists(views, #a)", "", "",
       "Attribute name is a reserved keyword; reserved keyword: views"},
      {":a < abOrT", "", "", "Attribute name is a reserved keyword; reserved keyword: abOrT"},
      {"m.COMMENT = :v", "", "", "Attribute name is a reserved keyword; reserved keyword: COMMENT"},
      {"begins_with(m.COMMENT, :v)", "", "",
       "Attribute name is a reserved keyword; reserved keyword: COMMENT"},
      {"a[0].Zone = :v", "", "", "Attribute name is a reserved keyword; reserved keyword: Zone"},
      {"size = :v", "", "", "Attribute name is a reserved keyword; reserved keyword: size"},
      {"name = :v and foo(a)", "", "",
       "Attribute name is a reserved keyword; reserved keyword: name"},
      {"foo(a) and name = :v", "", "", "Invalid function name; function: foo"},
      {"a[2147483648] = :v", "", "",
       "List index is not within the allowable range; index: [2147483648]"},
      {"a[999999999999999999999] = :v", "", "",
       "List index is not within the allowable range; index: [999999999999999999999]"},
      {"a[2147483647] = :v", "", R"({":v": 1})", ""},
      // A syntax error anywhere comes before all of these.
      {"views = :v and a", "", "", "Syntax error; token: \"<EOF>\", near: \"a\""},
      {"foo(a) bar", "", "", "Syntax error; token: \"bar\", near: \") bar\""},
  };
  ExpectRows(rows, std::size(rows));
}

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
  const Row rows[] = {
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
  ExpectRows(rows, std::size(rows));
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
  const Row rows[] = {
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
  ExpectRows(rows, std::size(rows));
}

TEST(ConditionOperands, TheFirstProblemInTheTextIsReported) {
  const Row rows[] = {
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
  ExpectRows(rows, std::size(rows));
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
