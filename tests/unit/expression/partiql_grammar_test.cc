#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/expression/partiql.h"
#include "tests/unit/expression/support.h"

// How PartiQL's reference parser reads what is rarely written. None of these was recorded from
// DynamoDB; its recorded replies follow that parser (partiql_parse_test.cc).
namespace millrace {
namespace {

using testing::FromJson;
using testing::HashSchema;
using testing::ItemFromJson;

std::string ErrorOf(const std::string& text, const std::vector<Value>& parameters = {}) {
  const Status status = Statement::Parse(text, parameters).status();
  return status.ok() ? "" : status.message();
}

constexpr const char* kNotWellFormed = "Statement wasn't well formed, can't be processed: ";

TEST(PartiqlGrammar, WhatIsNotWellFormed) {
  struct {
    const char* statement;
    const char* detail;
  } rows[] = {
      // What is no statement.
      {";", "Unexpected term"},
      {"*", "Unexpected term"},
      {")", "Unexpected term"},
      {"()", "Unexpected term"},
      {"((", "Unexpected term"},
      {"/* /* */ */", "Unexpected term"},
      {"= 1", "Unexpected operator"},
      {"AND", "Unexpected operator"},
      {"BEGIN", "Unexpected keyword"},
      {"COMMIT;", "Unexpected keyword"},
      {"GRANT ALL", "Unexpected keyword"},
      {"WITH x AS (SELECT 1)", "Unexpected keyword"},
      {"INSERT", "Unexpected keyword"},
      {"EXISTS", "Unexpected keyword"},
      // An operator where an operand stands.
      {"SELECT * FROM t WHERE a == 1", "Unexpected operator"},
      {"SELECT * FROM t WHERE a => 1", "Unexpected operator"},
      {"SELECT * FROM t WHERE a =< 1", "Unexpected operator"},
      {"SELECT * FROM t WHERE a < > 1", "Unexpected operator"},
      {"SELECT * FROM t WHERE a = || 1", "Unexpected operator"},
      {"SELECT * FROM t WHERE a = * 1", "Unexpected term"},
      {"SELECT * FROM t WHERE contains(a, <)", "Unexpected operator"},
      {"UPDATE t SET a == 1 WHERE pk = 1", "Unexpected operator"},
      {"SELECT * FROM t WHERE a LIKE", "Missing right-hand side expression of infix operator"},
      {"SELECT * FROM t WHERE a NOT LIKE", "Missing right-hand side expression of infix operator"},
      {"SELECT * FROM t WHERE a = 1 +", "Missing right-hand side expression of infix operator"},
      // What does not go on from an expression.
      {"SELECT * FROM t WHERE a NOT 1", "Unexpected token after expression"},
      {"SELECT * FROM t WHERE a NOT = 1", "Unexpected token after expression"},
      {"SELECT * FROM t WHERE a UNION b", "Unexpected token after expression"},
      {"UPDATE t REMOVE a, b WHERE pk = 1", "Unexpected token after expression"},
      {"DELETE FROM t WHERE pk = 1 LIMIT 1", "Unexpected token after expression"},
      {"UPDATE t SET a = 1 WHERE pk = 1 LIMIT 1", "Unexpected token after expression"},
      // Numbers.
      {"SELECT * FROM t WHERE a = 1e", ""},
      {"SELECT * FROM t WHERE a = 1e+", ""},
      {"SELECT * FROM t WHERE a = 1ex", ""},
      {"SELECT * FROM t WHERE a = .5e-", ""},
      {"SELECT * FROM t WHERE a = 1..2", ""},
      {"SELECT * FROM t WHERE a = 1.2.3", "Unexpected token after expression"},
      {"SELECT * FROM t WHERE a = 1e5e5", "Unexpected token after expression"},
      {"INSERT INTO t VALUE {'a': 0x10}", "Expected RIGHT_CURLY"},
      {"INSERT INTO t VALUE {'a': (1}", "Expected RIGHT_PAREN"},
      {"INSERT INTO t VALUE {'a': ()}", "Unexpected term"},
      {"INSERT INTO t VALUE ({'a': 1}", "Expected RIGHT_PAREN"},
      {"SELECT * FROM t WHERE a = -(1", "Expected RIGHT_PAREN"},
      // Paths.
      {"SELECT l[] FROM t", "Unexpected term"},
      {"SELECT l[0 FROM t", "Expected RIGHT_BRACKET"},
      {"SELECT l['a' FROM t", "Expected RIGHT_BRACKET"},
      {"SELECT l[0x1] FROM t", "Expected RIGHT_BRACKET"},
      {"UPDATE t SET a.* = 1 WHERE pk = 1", "Invalid path dot component for simple path"},
      {"UPDATE t SET a[*] = 1 WHERE pk = 1", "Invalid path component for simple path"},
      {"UPDATE t REMOVE a[?] WHERE pk = 1", "Invalid path component for simple path"},
      // Lists.
      {"SELECT * FROM t WHERE a IN <<1, 2", "Expected RIGHT_DOUBLE_ANGLE_BRACKET"},
      {"UPDATE t SET a = list_append(a, b WHERE pk = 1", "Expected RIGHT_PAREN"},
      {"SELECT (a FROM t", "Expected RIGHT_PAREN"},
      {"SELECT * FROM t AT 1", "Expected identifier for AT-alias"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(ErrorOf(row.statement), std::string(kNotWellFormed) + row.detail) << row.statement;
  }
}

TEST(PartiqlGrammar, WhatIsWellFormedAndRefused) {
  const char* const operands =
      "Incorrect number of operands for operator or function; operator or function: ";
  struct {
    const char* statement;
    std::string error;
  } rows[] = {
      {"SELECT *, * FROM t",
       "Other attributes should not be present in the projection when '*' is used."},
      {"SELECT (a, b) FROM t", "Unexpected path component at 1:10:1"},
      {"SELECT a = 1 FROM t", "Unexpected path component at 1:10:1"},
      {"SELECT a IS NULL FROM t", "Unexpected path component at 1:10:2"},
      {"SELECT (a AND b) FROM t", "Unexpected path component at 1:11:3"},
      {"SELECT NOT a FROM t", "Unexpected path component at 1:8:3"},
      {"SELECT MISSING FROM t", "Unexpected path component at 1:8:7"},
      // Lines.
      {"SELECT *\nFROM t WHERE\n foo(a)", "Unrecognized function: foo at 3:2:3"},
      {"SELECT *\r\nFROM t WHERE\r\n\r\nfoo(a)", "Unrecognized function: foo at 4:1:3"},
      {"SELECT *\r\rFROM t WHERE\rfoo(a)", "Unrecognized function: foo at 4:1:3"},
      {"SELECT * FROM t -- note\rWHERE foo(a)", "Unrecognized function: foo at 2:7:3"},
      {"SELECT * FROM t -- note\r\nWHERE foo(a)", "Unrecognized function: foo at 2:7:3"},
      {"SELECT * FROM t AT x", "Aliasing is not supported"},
      {"SELECT * FROM t AS x AT y BY z", "Aliasing is not supported"},
      {"SELECT * FROM t WHERE CAST(a AS INT) = 1", "Unrecognized function: cast at 1:23:4"},
      {"SELECT * FROM t WHERE EXISTS(SELECT * FROM u)", "Unrecognized function: exists at 1:23:6"},
      {"SELECT * FROM t WHERE a IS DECIMAL(5, 2)",
       "Unsupported data type for IS operator: DECIMAL. Supported data types are [MISSING, NULL, "
       "BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST]"},
      {"SELECT * FROM t LET a AS b", "Unsupported clause: LET at 1:17:3"},
      {"SELECT * FROM UNPIVOT t", "Unexpected from source"},
      {"SELECT * FROM t LEFT JOIN u ON a = b",
       "Only select from a single table or index is supported."},
      {"SELECT * FROM t FULL OUTER JOIN u ON a = b",
       "Only select from a single table or index is supported."},
      {"SELECT * FROM t INNER CROSS JOIN u",
       "Only select from a single table or index is supported."},
      {"SELECT * FROM t WHERE a IN <<>>",
       "IN operator must have a left hand argument of type Variable Reference and right hand "
       "argument of type Seq with at least one member"},
      {"SELECT * FROM t WHERE a IN (SELECT b FROM t)",
       "IN operator must have a left hand argument of type Variable Reference and right hand "
       "argument of type Seq with at least one member"},
      {"SELECT * FROM t WHERE a = -'x'", std::string(operands) + "-, number of operands: 1"},
      {"SELECT * FROM t WHERE a = -TRUE", std::string(operands) + "-, number of operands: 1"},
      {"SELECT * FROM t WHERE a = +size(b)", std::string(operands) + "+, number of operands: 1"},
      {"SELECT * FROM t WHERE pk = 1 ORDER BY 1",
       "Argument to ORDER BY must be of type VariableReference. Type: Literal"},
      {"SELECT * FROM t WHERE pk = 1 ORDER BY size(sk)",
       "Argument to ORDER BY must be of type VariableReference. Type: NAry"},
      {"INSERT INTO t VALUE {'a': size(b)}",
       "Unsupported data type: size under key root at 1:27:4"},
      {"INSERT INTO t VALUE {'a': MISSING}",
       "Unsupported data type: LiteralMissing under key root at 1:27:7"},
      {"UPDATE t SET a = MISSING WHERE pk = 1", "MISSING must be compared using IS operator"},
      {"UPDATE t SET a = b IS NULL WHERE pk = 1",
       "IS operator is not supported in update expressions"},
      {"UPDATE t SET a = b < 1 WHERE pk = 1",
       "Unsupported operator in Update Expression. Operator: <"},
      {"UPDATE t SET a = b != 1 WHERE pk = 1",
       "Unsupported operator in Update Expression. Operator: <>"},
      {"UPDATE t SET a = b AND c WHERE pk = 1",
       "Unsupported operator in Update Expression. Operator: and"},
      {"UPDATE t SET a = NOT b WHERE pk = 1",
       "Unsupported operator in Update Expression. Operator: not"},
      {"UPDATE t SET a = b NOT IN (1) WHERE pk = 1",
       "Unsupported operator in Update Expression. Operator: in"},
      {"UPDATE t SET a = list_append(b) WHERE pk = 1",
       std::string(operands) + "list_append, number of operands: 1"},
      {"UPDATE t SET a = list_append() WHERE pk = 1",
       std::string(operands) + "list_append, number of operands: 0"},
      {"UPDATE t SET a = list_append(b, c, d) WHERE pk = 1",
       std::string(operands) + "list_append, number of operands: 3"},
      {"UPDATE t SET a = list_append(list_append(b, c), d) WHERE pk = 1",
       "The function is not allowed to be used this way in an expression; function: list_append"},
      {"UPDATE t SET a = list_append(b, size(c)) WHERE pk = 1",
       "Unrecognized function: size at 1:33:4"},
      {"SELECT * FROM t WHERE \"foo\"(a)", "Unrecognized function: foo at 1:23:5"},
      {"INSERT INTO t VALUE ('a')",
       "Unsupported format in item expression. Please use struct format {...} to express item "
       "values for insert statement."},
  };
  for (const auto& row : rows) EXPECT_EQ(ErrorOf(row.statement), row.error) << row.statement;
}

// That DynamoDB parses the whole statement before it looks at its meaning follows from its parser.
TEST(PartiqlGrammar, SyntaxComesFirst) {
  const std::string missing = "Missing right-hand side expression of infix operator";
  struct {
    const char* statement;
    std::string detail;
  } rows[] = {
      {"SELECT * FROM t x WHERE a =", missing},
      {"SELECT a AS b FROM t WHERE a = 1 foo", "Unexpected token after expression"},
      {"SELECT *, a FROM t WHERE a =", missing},
      {"SELECT l[1.5] FROM t WHERE a =", missing},
      {"SELECT l[-1] FROM t WHERE (a = 1", "Expected RIGHT_PAREN"},
      {"SELECT * FROM t.i.x WHERE", "Unexpected term"},
      {"SELECT * FROM \"\" WHERE a = 1)", "Unexpected token after expression"},
      {"SELECT * FROM t WHERE foo(a) AND", missing},
      {"SELECT * FROM t WHERE foo(a", "Expected RIGHT_PAREN"},
      {"SELECT * FROM t WHERE a = MISSING AND", missing},
      {"SELECT * FROM t WHERE a AND", missing},
      {"SELECT * FROM t WHERE NOT a AND (b = 1", "Expected RIGHT_PAREN"},
      {"SELECT * FROM t WHERE a + 1 = 2 AND b =", missing},
      {"SELECT * FROM t WHERE a = 1 + 2 OR", missing},
      {"SELECT * FROM t WHERE a LIKE 'x' ESCAPE '!' AND", missing},
      {"SELECT * FROM t WHERE a NOT LIKE 'x' foo", "Unexpected token after expression"},
      {"SELECT * FROM t WHERE a IS INTEGER AND", missing},
      {"SELECT * FROM t WHERE a IS DECIMAL(5, 2) AND", missing},
      {"SELECT * FROM t WHERE a IS VARCHAR(20", "Expected RIGHT_PAREN"},
      {"SELECT * FROM t AS x AT y BY z WHERE", "Unexpected term"},
      {"UPDATE t UNSET a WHERE pk = 1", "Expected data manipulation"},
      {"SELECT * FROM t WHERE [1] IS LIST AND", missing},
      {"SELECT * FROM t WHERE a IN 1 AND", missing},
      {"SELECT * FROM t WHERE a IN [] AND", missing},
      {"SELECT * FROM t WHERE a NOT IN b AND c IS FOO", "Expected type name"},
      {"SELECT * FROM t WHERE a = 1e126 AND", missing},
      {"SELECT * FROM t WHERE a = <<>> AND", missing},
      {"SELECT * FROM t WHERE a = <<1, 'a', 1>> AND", missing},
      {"SELECT * FROM t WHERE a = {'a': 1, 'a': {'': ?}} AND", missing},
      {"SELECT * FROM t WHERE a = ? AND", missing},
      {"INSERT INTO t VALUE {'a': 1e126, 'a': 1, '': 2", "Expected RIGHT_CURLY"},
      {"INSERT INTO t VALUE {'a': 1, 'a': 1} foo", "Unexpected token after expression"},
      {"UPDATE t x SET a = list_append(a) WHERE b =", missing},
      {"UPDATE t SET a = set_add(b, 1) WHERE b =", missing},
      {"DELETE FROM t WHERE a = 1 RETURNING ALL NEW * foo", "Unexpected token after expression"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(ErrorOf(row.statement), kNotWellFormed + row.detail) << row.statement;
  }
  // Else what stands first.
  EXPECT_EQ(ErrorOf("SELECT * FROM t x WHERE foo(a)"), "Aliasing is not supported");
  EXPECT_EQ(ErrorOf("SELECT * FROM t x LIMIT 1"), "Aliasing is not supported");
  EXPECT_EQ(ErrorOf("SELECT * FROM t WHERE foo(a) AND b = MISSING AND c = ?"),
            "Unrecognized function: foo at 1:23:3");
  EXPECT_EQ(ErrorOf("SELECT * FROM t WHERE a LIKE 'x' ESCAPE '!'"),
            "Unsupported operator in Condition Expression. Operator: like");
  EXPECT_EQ(ErrorOf("SELECT * FROM t WHERE a * 2 < 3 + b AND c = d"),
            "Unsupported operator in Condition Expression. Operator: *");
}

TEST(PartiqlGrammar, WhatIsRead) {
  const std::string item =
      ItemFromJson(R"({"pk": "k", "n": 7, "s": "xy", "l": [1, 2], "m": {"x": 1}})");
  struct {
    const char* where;
    bool holds;
  } rows[] = {
      {"n IN <<6, 7>>", true},
      {"n NOT IN <<6, 7>>", false},
      {"n IN <<'x'>>", false},
      {"n = -(-7)", true},
      {"n = - -(7)", true},
      {"n = +((7))", true},
      {"n = -(7)", false},
      {"l[+1] = 2", true},
      {"l[ 1 ] = 2", true},
      {"\"size\"(s) = 2", true},
      {"\"CONTAINS\"(s, 'x')", true},
      {"l = [(1), ((2))]", true},
      {"l = [(1, 2)]", false},
      {"m = {'x': (1)}", true},
      {"s = 'xy' -- 'z'", true},
  };
  for (const auto& row : rows) {
    const Result<Statement> statement =
        Statement::Parse(std::string("SELECT * FROM t WHERE ") + row.where, {});
    ASSERT_TRUE(statement.ok()) << row.where << ": " << statement.status().message();
    const Result<SelectPlan> plan = statement->PlanSelect(AsIndexKeySchema(HashSchema()));
    ASSERT_TRUE(plan.ok()) << row.where;
    EXPECT_EQ(plan->filter->Evaluate(ItemView(item)).value(), row.holds) << row.where;
  }
}

TEST(PartiqlGrammar, ParenthesesAroundColumnsAndItems) {
  for (const char* text : {
           "SELECT (a) FROM t",
           "SELECT ((a.b[0])), (c) FROM t",
           "INSERT INTO t VALUE ({'a': 1})",
           "INSERT INTO t VALUE (({'a': ('x'), 'b': (((1))), 'c': [(1), (2)]}))",
           "UPDATE t SET \"a\" = \"list_append\"(a, [1]) WHERE pk = 1",
       }) {
    EXPECT_EQ(ErrorOf(text), "") << text;
  }
  EXPECT_EQ(ErrorOf("SELECT (a), a FROM t"), "Duplicate identifiers in select clause: a");
}

}  // namespace
}  // namespace millrace
