#include <gtest/gtest.h>

#include <string>

#include "engine/expression/expression.h"
#include "tests/unit/expression/support.h"

namespace millrace {
namespace {

using testing::HashSchema;
using testing::MakePlaceholders;
using testing::RangeSchema;

constexpr const char* kNames = R"({"#b": "b", "#c": "c", "#d": "[3]"})";

std::string ErrorOf(std::string_view expression, std::string_view names, std::string_view values) {
  Placeholders placeholders = MakePlaceholders(names, values);
  const Status status = UpdateExpression::Parse(expression, RangeSchema(), &placeholders).status();
  return status.ok() ? "" : status.message();
}

struct Row {
  const char* expression;
  std::string error;  // after "Invalid UpdateExpression: "
};

template <size_t n>
void ExpectErrors(const Row (&rows)[n], std::string_view names = kNames,
                  std::string_view values = "") {
  for (const Row& row : rows) {
    EXPECT_EQ(ErrorOf(row.expression, names, values), "Invalid UpdateExpression: " + row.error)
        << row.expression;
  }
}

TEST(UpdateSyntax, NamesTheTokenAndItsNeighbours) {
  const Row rows[] = {
      {"", "The expression can not be empty;"},
      {"INVALID SYNTAX HERE", "Syntax error; token: \"INVALID\", near: \"INVALID SYNTAX\""},
      {"whatever", "Syntax error; token: \"whatever\", near: \"whatever\""},
      {"set", "Syntax error; token: \"<EOF>\", near: \"set\""},
      {"set a", "Syntax error; token: \"<EOF>\", near: \"a\""},
      {"add a", "Syntax error; token: \"<EOF>\", near: \"a\""},
      {"ADD numx", "Syntax error; token: \"<EOF>\", near: \"numx\""},
      {"delete a", "Syntax error; token: \"<EOF>\", near: \"a\""},
      {"set a=set", "Syntax error; token: \"set\", near: \"=set\""},
      {"set set = :v", "Syntax error; token: \"set\", near: \"set set =\""},
      {"remove or", "Syntax error; token: \"or\", near: \"remove or\""},
      {"remove a = b", "Syntax error; token: \"=\", near: \"a = b\""},
      {"add a = b", "Syntax error; token: \"=\", near: \"a = b\""},
      {"delete a = b", "Syntax error; token: \"=\", near: \"a = b\""},
      {"delete a b", "Syntax error; token: \"b\", near: \"a b\""},
      {"ADD numx 1", "Syntax error; token: \"1\", near: \"numx 1\""},
      {"delete a if_not_exist(b)",
       "Syntax error; token: \"if_not_exist\", near: \"a if_not_exist(\""},
      {"add abort b", "Syntax error; token: \"b\", near: \"abort b\""},
      {"add a if_not_exist(b)", "Syntax error; token: \"if_not_exist\", near: \"a if_not_exist(\""},
      {"ADD hits : incr", "Syntax error; token: \":\", near: \"hits : incr\""},
      {"remove a b", "Syntax error; token: \"b\", near: \"a b\""},
      {"set a b", "Syntax error; token: \"b\", near: \"a b\""},
      {"set :a = b", "Syntax error; token: \":a\", near: \"set :a =\""},
      {"add :a b", "Syntax error; token: \":a\", near: \"add :a b\""},
      {"delete :a b", "Syntax error; token: \":a\", near: \"delete :a b\""},
      {"remove :a", "Syntax error; token: \":a\", near: \"remove :a\""},
      {"set a = b / c", "Syntax error; token: \"/\", near: \"b / c\""},
      {"SET numx = numx * :v", "Syntax error; token: \"*\", near: \"numx * :v\""},
      {"SET note = :v +", "Syntax error; token: \"<EOF>\", near: \"+\""},
      {"set a[1] = \"eight\"", "Syntax error; token: \"\"\", near: \"= \"eight\""},
      {"set a[1] = 1", "Syntax error; token: \"1\", near: \"= 1\""},
      {"SET a = if_not_exist(a, 100)", "Syntax error; token: \"100\", near: \", 100)\""},
      {"SET a = if_not_exists(a, 0)", "Syntax error; token: \"0\", near: \", 0)\""},
      {"SET if_not_exist(a, b) = a", "Syntax error; token: \"(\", near: \"if_not_exist(a\""},
      {"set (a = (b + c))", "Syntax error; token: \"(\", near: \"set (a\""},
      {"set a = (b.c).d + e", "Syntax error; token: \".\", near: \").d\""},
      {"set a = (b.c)[0] + e", "Syntax error; token: \"[\", near: \")[0\""},
      {"set a = b + c + d", "Syntax error; token: \"+\", near: \"c + d\""},
      {"set a = (b + c) + d", "Syntax error; token: \"+\", near: \") + d\""},
      {"set a = b + (c + d)", "Syntax error; token: \"+\", near: \"c + d\""},
      {"set a = (b + c", "Syntax error; token: \"<EOF>\", near: \"c\""},
      {"set a = list_append(b, c + d)", "Syntax error; token: \"+\", near: \"c + d\""},
      {"set a = list_append()", "Syntax error; token: \")\", near: \"()\""},
      {"set a = b,", "Syntax error; token: \"<EOF>\", near: \",\""},
      {"set a = b, remove c", "Syntax error; token: \"remove\", near: \", remove c\""},
      {"set a = b and c", "Syntax error; token: \"and\", near: \"b and c\""},
      {"set a = b;", "Syntax error; token: \";\", near: \"b;\""},
      {"set a.b. = c", "Syntax error; token: \"=\", near: \". = c\""},
      {"SET #list[0.#comment = :value", "Syntax error; token: \".\", near: \"0.#comment\""},
      {"set a = ((b)) c", "Syntax error; token: \"c\", near: \") c\""},
      // Redundant parentheses.
      {"set a = ((b))", "The expression has redundant parentheses;"},
      {"set a = ((b)), c = d", "The expression has redundant parentheses;"},
      {"set a = ((b)) remove c", "The expression has redundant parentheses;"},
      {"set a = ((b + c))", "The expression has redundant parentheses;"},
      {"set a = ((b)) + c", "The expression has redundant parentheses;"},
      {"set a = b + ((c))", "The expression has redundant parentheses;"},
      {"set a = list_append(((b)), c)", "The expression has redundant parentheses;"},
      {"set a = ((list_append(b, c)))", "The expression has redundant parentheses;"},
  };
  ExpectErrors(rows);
}

TEST(UpdateSyntax, TakesWhatTheGrammarAllows) {
  const char* expressions[] = {
      "set a = b",
      "SET a = b, c = d",
      "set a[1] = b",
      "set a.b = b",
      "set a = (b)",
      "set a = (b + c)",
      "set a = ((b.c.d)+(e))",
      "set a = (b) - (c)",
      "set a = ((b) - c)",
      "SET a = if_not_exists(a, b) + b",
      "SET a = if_not_exists(a, if_not_exists(b, c))",
      "SET a = list_append((a), (if_not_exists(b, if_not_exists(c, d))))",
      "SET a = (list_append(a, b))",
      "SET a=b REMOVE c,d ADD e :n,f :n DELETE g :s",
      "DELETE g :s ADD e :n REMOVE c SET a=b",
      "reMove a[0], a[1], b.c[2]",
      "ADD a.b[1] :n",
      "SET a = :n - :n",
      "SET a = a",
  };
  for (const char* expression : expressions) {
    EXPECT_EQ(ErrorOf(expression, "", R"({":n": 1, ":s": {"$ss": ["x"]}})"), "") << expression;
  }
}

TEST(UpdateWords, AreCheckedSectionBySection) {
  const Row rows[] = {
      {" set #c = :c set abOrt = true ",
       "Attribute name is a reserved keyword; reserved keyword: abOrt"},
      {" remove Absolute ", "Attribute name is a reserved keyword; reserved keyword: Absolute"},
      {"SET #list[0].COMMENT = :value",
       "Attribute name is a reserved keyword; reserved keyword: COMMENT"},
      {"add a :x remove zone set year = b",
       "Attribute name is a reserved keyword; reserved keyword: zone"},
      {"set #c = if_not_exist(:c) set c = d", "Invalid function name; function: if_not_exist"},
      {"set a = SIZE(b)", "Invalid function name; function: SIZE"},
      {"set a = size(b)", "The function is not allowed in an update expression; function: size"},
      {"set a = attribute_exists(b)",
       "The function is not allowed in an update expression; function: attribute_exists"},
      {"set a = #c set c = :d",
       "The \"SET\" section can only be used once in an update expression;"},
      {"remove #d set a = b remove e",
       "The \"REMOVE\" section can only be used once in an update expression;"},
      {"add #d :e set a = b add e :f",
       "The \"ADD\" section can only be used once in an update expression;"},
      {"delete #d :e set a = b delete #e :f",
       "The \"DELETE\" section can only be used once in an update expression;"},
      {"set a = b remove c set d = e remove views",
       "The \"SET\" section can only be used once in an update expression;"},
      {"remove c set a = b remove d set views = e",
       "The \"REMOVE\" section can only be used once in an update expression;"},
      {"set a[9999999999] = b",
       "List index is not within the allowable range; index: [9999999999]"},
  };
  ExpectErrors(rows);
}

TEST(UpdatePaths, OverlapAndConflict) {
  const auto clash = [](const std::string& what, const std::string& one, const std::string& two) {
    return "Two document paths " + what +
           " with each other; must remove or rewrite one of these paths; path one: " + one +
           ", path two: " + two;
  };
  const Row rows[] = {
      {"set d[1] = a, d.b = a, c[1].a = a, #c = if_not_exists(a)",
       clash("overlap", "[c, [1], a]", "[c]")},
      {"set c.b.#c = a, c = a, #d = a", clash("overlap", "[c, b, c]", "[c]")},
      {"set a = b remove a, #c, #d", clash("overlap", "[a]", "[a]")},
      {"set #c[3].#d = a, #c[3] = a", clash("overlap", "[c, [3], [3]]", "[c, [3]]")},
      {"remove c, #c.a, #d", clash("overlap", "[c]", "[c, a]")},
      {"remove a, #c, a, #d", clash("overlap", "[a]", "[a]")},
      {"SET lst[0] = :v, lst[0].ok = :v", clash("overlap", "[lst, [0]]", "[lst, [0], ok]")},
      {"set a = :undefined, a = :undefined", clash("overlap", "[a]", "[a]")},
      {"set #c[3].#d = a, #c.#d[3] = if_not_exists(a)",
       clash("conflict", "[c, [3], [3]]", "[c, [3], [3]]")},
      {"remove a.#c set a[1] = #d", clash("conflict", "[a, c]", "[a, [1]]")},
  };
  ExpectErrors(rows);
  EXPECT_EQ(ErrorOf("set a.b = c, a.c = c, a.#d = c remove e[0], e[1].x, e[1].y", kNames, ""), "");
}

TEST(UpdateOperands, UndefinedPlaceholders) {
  const std::string name =
      "An expression attribute name used in the document path is not defined; attribute name: ";
  const std::string value =
      "An expression attribute value used in expression is not defined; attribute value: ";
  const Row rows[] = {
      {"SET attr1 = :v", value + ":v"},
      {"SET #x = if_not_exists(:c)", name + "#x"},
      {"SET #c = if_not_exists(:c)", value + ":c"},
      {"SET a = #x", name + "#x"},
      {"ADD a :n", value + ":n"},
      {"DELETE a :n", value + ":n"},
      // Names of targets in the order of the text; then names from the last action back; then
      // values.
      {"SET #x = :a, #y = b", name + "#x"},
      {"SET a = #x, b = #y", name + "#y"},
      {"SET a = :x, b = #y", name + "#y"},
      {"SET a = :x, b = :y", value + ":y"},
  };
  ExpectErrors(rows);
}

TEST(UpdateOperands, AddAndDeleteTakeNumbersAndSets) {
  struct {
    const char* value;
    const char* type;
    bool add;
    bool remove;
  } rows[] = {
      {R"({":a": "x"})", "STRING", false, false},
      {R"({":a": null})", "NULL", false, false},
      {R"({":a": true})", "BOOLEAN", false, false},
      {R"({":a": {"$b": "x"}})", "BINARY", false, false},
      {R"({":a": {"a": [1]}})", "MAP", false, false},
      {R"({":a": [1]})", "LIST", false, false},
      {R"({":a": 1})", "NUMBER", true, false},
      {R"({":a": {"$ss": ["x"]}})", "STRING_SET", true, true},
      {R"({":a": {"$ns": [1]}})", "NUMBER_SET", true, true},
      {R"({":a": {"$bs": ["x"]}})", "BINARY_SET", true, true},
  };
  for (const auto& row : rows) {
    const auto error = [&](const std::string& section) {
      return "Invalid UpdateExpression: Incorrect operand type for operator or function; "
             "operator: " +
             section + ", operand type: " + row.type + ", typeSet: ALLOWED_FOR_" + section +
             "_OPERAND";
    };
    EXPECT_EQ(ErrorOf("add a.b :a", "", row.value), row.add ? "" : error("ADD"));
    EXPECT_EQ(ErrorOf("delete a.b :a", "", row.value), row.remove ? "" : error("DELETE"));
  }
  // The last action is checked first.
  EXPECT_EQ(
      ErrorOf("set b = list_append(:a, a), c = if_not_exists(a) add a.b :a", "", R"({":a": "x"})"),
      "Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ADD, "
      "operand type: "
      "STRING, typeSet: ALLOWED_FOR_ADD_OPERAND");
}

// list_append may not be an operand, and that comes before what its operands are.
TEST(UpdateOperands, ListAppendIsNone) {
  const std::string misused =
      "The function is not allowed to be used this way in an expression; function: list_append";
  const Row rows[] = {
      {"set a = list_append(list_append(a, b), c)", misused},
      {"set a = list_append(a, (list_append(b, c)))", misused},
      {"set a = if_not_exists(a, list_append(b, c))", misused},
      {"set a = list_append(a, if_not_exists(b, list_append(c, d)))", misused},
      {"set a = list_append(a, b) + c", misused},
      {"set a = (list_append(a, b)) - c", misused},
      {"set a = b + list_append(a, b)", misused},
      {"set a = list_append(:n, list_append(:undefined))", misused},
      {"set a = list_append(list_append(a, b), foo(c))", misused},
      {"set a = list_append(foo(c), list_append(a, b))", "Invalid function name; function: foo"},
  };
  ExpectErrors(rows, kNames, R"({":n": 1})");
}

TEST(UpdateOperands, CountsAndTypes) {
  const std::string count =
      "Incorrect number of operands for operator or function; operator or function: ";
  const std::string type =
      "Incorrect operand type for operator or function; operator or function: ";
  const std::string path = "Operator or function requires a document path; operator or function: ";
  const Row rows[] = {
      {"set a = if_not_exists(c)", count + "if_not_exists, number of operands: 1"},
      {"set a = list_append(c)", count + "list_append, number of operands: 1"},
      {"set a = list_append(c, b, d)", count + "list_append, number of operands: 3"},
      {"set a = if_not_exists(:s, c)", path + "if_not_exists"},
      {"set a = if_not_exists(if_not_exists(a, b), c)", path + "if_not_exists"},
      {"set a = if_not_exists(b, b)",
       "The first operand must be distinct from the remaining operands for this operator or "
       "function; operator: "
       "if_not_exists, first operand: [b]"},
      {"set a = list_append(:s, a)", type + "list_append, operand type: S"},
      {"set a = list_append(a, :n)", type + "list_append, operand type: N"},
      {"set a = list_append(:b, a)", type + "list_append, operand type: B"},
      {"set a = list_append(:bool, a)", type + "list_append, operand type: BOOL"},
      {"set a = list_append(:null, a)", type + "list_append, operand type: NULL"},
      {"set a = list_append(:ss, a)", type + "list_append, operand type: SS"},
      {"set a = list_append(:m, a)", type + "list_append, operand type: M"},
      {"set a = a + :s", type + "+, operand type: S"},
      {"set a = :s + :b", type + "+, operand type: S"},
      {"set a = :b + a", type + "+, operand type: B"},
      {"set a = a + :bool", type + "+, operand type: BOOL"},
      {"set a = a + :ns", type + "+, operand type: NS"},
      {"set a = a + :l", type + "+, operand type: L"},
      {"set a = a - :s", type + "-, operand type: S"},
      {"set a = :n - :m", type + "-, operand type: M"},
      {"set a = (b - (:null))", type + "-, operand type: NULL"},
  };
  ExpectErrors(rows, kNames,
               R"({":s": "s", ":n": 1, ":b": {"$b": "x"}, ":bool": true, ":null": null,
      ":ss": {"$ss": ["a"]}, ":ns": {"$ns": [1]}, ":m": {}, ":l": []})");
  EXPECT_EQ(ErrorOf("set a = list_append(a, :l), b = b + :n, c = list_append(c, c)", "",
                    R"({":l": [], ":n": 1})"),
            "");
}

TEST(UpdateKeys, AreNotUpdated) {
  struct {
    const char* expression;
    const char* key;
  } rows[] = {
      {"set pk = :n", "pk"},
      {"set sk = :n", "sk"},
      {"add pk.b :n", "pk"},
      {"delete pk :s", "pk"},
      {"remove sk", "sk"},
      {"remove d set b = :n, sk = :n", "sk"},
      {"set d[1] = :n add sk.b :n", "sk"},
      {"set pk = pk.b + pk[1]", "pk"},
      {"set #k = :n", "pk"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(ErrorOf(row.expression, R"({"#k": "pk"})", R"({":n": 1, ":s": {"$ss": ["x"]}})"),
              "One or more parameter values were invalid: Cannot update attribute " +
                  std::string(row.key) + ". This attribute is part of the key")
        << row.expression;
  }
  Placeholders placeholders = MakePlaceholders("", R"({":n": 1})");
  EXPECT_TRUE(UpdateExpression::Parse("set sk = :n", HashSchema(), &placeholders).ok());
  EXPECT_TRUE(UpdateExpression::Parse("set a = pk", HashSchema(), &placeholders).ok());
}

TEST(UpdateKeys, AreScalars) {
  const std::string error =
      "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: "
      "Key: ";
  EXPECT_EQ(ErrorOf("set a = pk.b", "", ""), error + "pk");
  EXPECT_EQ(ErrorOf("set a = b + sk[0]", "", ""), error + "sk");
  EXPECT_EQ(ErrorOf("set a = pk", "", ""), "");

  const auto condition_error = [](std::string_view expression) {
    return Condition::Parse("FilterExpression", expression, nullptr)
        ->CheckKeysAreScalars(RangeSchema())
        .ToString();
  };
  EXPECT_EQ(condition_error("attribute_exists(a.b) AND size(sk.x) > a"),
            "ValidationException: " + error + "sk");
  EXPECT_EQ(condition_error("a.pk = sk"), "OK");
  const auto projection_error = [](std::string_view expression) {
    return Projection::Parse(expression, nullptr)->CheckKeysAreScalars(RangeSchema()).ToString();
  };
  EXPECT_EQ(projection_error("a, pk[1]"), "ValidationException: " + error + "pk");
  EXPECT_EQ(projection_error("a.pk, pk, sk"), "OK");
}

TEST(UpdateLimits, SizeOperatorsAndDepth) {
  std::string expression = "SET a = b";
  expression.insert(3, 4096 - expression.size(), ' ');
  EXPECT_EQ(ErrorOf(expression, "", ""), "");
  EXPECT_EQ(ErrorOf(expression + " ", "", ""),
            "Invalid UpdateExpression: Expression size has exceeded the maximum allowed size;");

  std::string sums = "SET ";
  for (int i = 0; i < 300; ++i) sums += (i == 0 ? "a" : ",a") + std::to_string(i) + "=b+c";
  EXPECT_EQ(ErrorOf(sums, "", ""), "");
  EXPECT_EQ(
      ErrorOf(sums + ",b=b-c", "", ""),
      "Invalid UpdateExpression: The expression contains too many operators; operator count: 301");

  std::string deep = "a";
  for (int i = 0; i < 31; ++i) deep += ".b";
  EXPECT_EQ(ErrorOf("REMOVE " + deep, "", ""), "");
  EXPECT_EQ(ErrorOf("REMOVE " + deep + ".b", "", ""),
            "Invalid UpdateExpression: The document path has too many nesting levels; nesting "
            "levels: 33");
}

}  // namespace
}  // namespace millrace
