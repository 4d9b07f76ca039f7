#include <gtest/gtest.h>

#include <string>

#include "engine/expression/expression.h"
#include "tests/unit/expression/support.h"

namespace millrace {
namespace {

using testing::ExpectFilterErrors;
using testing::FilterRow;

TEST(ConditionSyntax, NamesTheTokenAndItsNeighbours) {
  const FilterRow rows[] = {
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
  ExpectFilterErrors(rows);
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
  const FilterRow rows[] = {
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
      {"a[4294967295] = :v", "", "",
       "List index is not within the allowable range; index: [4294967295]"},
      {"a[999999999999999999999] = :v", "", "",
       "List index is not within the allowable range; index: [999999999999999999999]"},
      {"a[4294967294] = :v", "", R"({":v": 1})", ""},
      // A syntax error anywhere comes before all of these.
      {"views = :v and a", "", "", "Syntax error; token: \"<EOF>\", near: \"a\""},
      {"foo(a) bar", "", "", "Syntax error; token: \"bar\", near: \") bar\""},
  };
  ExpectFilterErrors(rows);
}

}  // namespace
}  // namespace millrace
