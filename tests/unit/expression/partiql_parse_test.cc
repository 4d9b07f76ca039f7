#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/expression/partiql.h"
#include "tests/unit/expression/support.h"

// What is wrong with statements whatever the table. Rows under "recorded" are replies of DynamoDB
// that public conformance suites keep.
namespace millrace {
namespace {

using testing::FromJson;

std::string ErrorOf(const std::string& text, const std::vector<Value>& parameters = {}) {
  const Status status = Statement::Parse(text, parameters).status();
  return status.ok() ? "" : status.message();
}

constexpr const char* kNotWellFormed = "Statement wasn't well formed, can't be processed: ";

std::string Repeat(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(PartiqlParse, WhatIsNotWellFormed) {
  struct {
    const char* statement;
    const char* detail;
  } rows[] = {
      // Recorded.
      {"SLECT * FROM t", "Expected data manipulation"},
      {"UPDATE Payment-t SET active=true WHERE pk='a'", "Expected data manipulation"},
      {"SELECT * FROM t WHERE pk = 1 foo", "Unexpected token after expression"},
      {"SELECT * FROM t WHERE pk = 1 e5", "Unexpected token after expression"},
      {"INSERT INTO t VALUE {'pk': 1} foo", "Unexpected token after expression"},
      {"UPDATE t SET a = 9 WHERE pk = 1 foo", "Unexpected token after expression"},
      {"DELETE FROM t WHERE pk = 1 foo", "Unexpected token after expression"},
      {"SELECT * FROM t WHERE pk = 1)", "Unexpected token after expression"},
      {"DELETE FROM t WHERE pk = 1 ORDER BY pk", "Unexpected token after expression"},
      {"SELECT * FROM t ORDER BY pk WHERE pk = 1", "Unexpected token after expression"},
      {"SELECT * FROM t WHERE pk = 1e2147483648", ""},
      {"SELECT * FROM t WHERE pk = 1e99999999999", ""},
      {"SELECT * FROM t WHERE pk = 1.5e-2147483647", ""},
      {"SELECT * FROM t WHERE pk = 1 # note", ""},
      {"SELECT * FROM t WHERE pk = 1 /* note", ""},
      {"SELECT * FROM \"t", ""},
      {"INSERT INTO \"t\" u VALUE {'pk': 'x'}", "Unexpected token after expression"},
      {"SELECT * FROM t WHERE", "Unexpected term"},
      {"SELECT * FROM t WHERE;", "Unexpected term"},
      {"UPDATE t SET a = 1 WHERE", "Unexpected term"},
      {"DELETE FROM t WHERE", "Unexpected term"},
      {"SELECT * FROM t WHERE NOT", "Unexpected term"},
      {"SELECT * FROM t WHERE (", "Unexpected term"},
      {"SELECT * FROM t WHERE pk = 'a' AND",
       "Missing right-hand side expression of infix operator"},
      {"SELECT * FROM t WHERE pk = 'a' OR", "Missing right-hand side expression of infix operator"},
      {"SELECT * FROM t WHERE ORDER BY pk", "Unexpected keyword"},
      {"SELECT * FROM t WHERE pk = 'a' AND x IS FOO", "Expected type name"},
      {"SELECT * FROM t WHERE IS NULL", "Unexpected operator"},
      {"SELECT * FROM t WHERE pk = LIKE", "Unexpected operator"},
      {"DELETE FROM", "Expected identifier for simple path"},
      {"DELETE FROM;", "Expected identifier for simple path"},
      {"DELETE FROM WHERE pk = 'a'", "Expected identifier for simple path"},
      {"SELECT * FROM", "Unexpected term"},
      {"FROM t SET c = 1 WHERE pk = 'a'", "Unexpected token after expression"},
      {"SELECT * FROM t WHERE attribute_exists(m.inner)", "Invalid path dot component"},
      {"UPDATE t SET m.inner = 1 WHERE pk = 'a'", "Invalid path dot component"},
      {"INSERT INTO urls (key, other) VALUES (?, ?)", "Unexpected keyword"},
      // Recorded by a client: a subquery whose clauses end before its parenthesis does.
      {"SELECT * FROM t WHERE (a = 1 LIMIT 10)", "Expected RIGHT_PAREN"},
      // Not recorded: the reference parser's, with which the above agree.
      {"", "Unexpected term"},
      {"SELECTT * FROMM t", "Unexpected token after expression"},
      {"SELCT a FROM t", "Unexpected token after expression"},
      {"INSRT INTO t VALUE {'a': 1}", "Unexpected token after expression"},
      {"INSERT t VALUE {'a': 1}", "Unexpected keyword"},
      {"INSERT INTO", "Expected identifier for simple path"},
      {"INSERT INTO t", "Unexpected term"},
      {"INSERT INTO t (a, b) VALUES (1, 2)", "Unexpected token after expression"},
      {"INSERT INTO t {'a': 1} foo", "Unexpected token after expression"},
      {"INSERT INTO t VALUE {'a': 1,}", "Unexpected term"},
      {"INSERT INTO t VALUE {'a': 1", "Expected RIGHT_CURLY"},
      {"INSERT INTO t VALUE {'a': {'b': 1", "Expected RIGHT_CURLY"},
      {"INSERT INTO t VALUE {'a': <<1 2>>}", "Expected RIGHT_DOUBLE_ANGLE_BRACKET"},
      {"UPDATE", "Expected identifier for simple path"},
      {"UPDATE t SET WHERE pk = 1", "Expected identifier for simple path"},
      {"UPDATE t REMOVE WHERE pk = 1", "Expected identifier for simple path"},
      {"UPDATE t SET a WHERE pk = 1", "Expected '='"},
      {"UPDATE t SET a =", "Unexpected term"},
      {"UPDATE t SET a = b +", "Missing right-hand side expression of infix operator"},
      {"UPDATE t SET a = (b + 1 WHERE pk = 1", "Expected RIGHT_PAREN"},
      {"DELETE t WHERE pk = 1", "Expected FROM after DELETE"},
      {"DELETE FROM t WHERE pk = 1 RETURNING *",
       "Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning element."},
      {"DELETE FROM t WHERE pk = 1 RETURNING ALL *",
       "Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning element."},
      {"SELECT FROM t", "Expected data manipulation"},
      {"SELECT a WHERE b = 1", "Expected FROM after SELECT list"},
      {"SELECT * FROM t WHERE (a = 1", "Expected RIGHT_PAREN"},
      {"SELECT * FROM t WHERE contains(a, 1", "Expected RIGHT_PAREN"},
      {"SELECT * FROM t WHERE a IN (1, 2", "Expected RIGHT_PAREN"},
      {"SELECT * FROM t WHERE a IN [1, 2", "Expected RIGHT_BRACKET"},
      {"SELECT * FROM t WHERE a IN ()", "Unexpected term"},
      {"SELECT * FROM t WHERE a IN", "Missing right-hand side expression of infix operator"},
      {"SELECT * FROM t WHERE a =", "Missing right-hand side expression of infix operator"},
      {"SELECT * FROM t WHERE a BETWEEN", "Missing right-hand side expression of infix operator"},
      {"SELECT * FROM t WHERE a BETWEEN 1 AND", "Expected expression after AND"},
      {"SELECT", "Unexpected term"},
      {"SELECT * FROM t WHERE pk = 'a", ""},
      {"SELECT * FROM t WHERE pk = `a`", ""},
      {"INSERT INTO t VALUE", "Unexpected term"},
      {"INSERT INTO t VALUE {'a' 1}", "Expected COLON"},
      {"INSERT INTO t VALUE {'a': [1 2]}", "Expected RIGHT_BRACKET"},
      {"SELECT * FROM t WHERE a BETWEEN 1 OR 2", "Expected AND keyword"},
      {"SELECT * FROM t; SELECT * FROM u",
       "Unexpected token after semicolon. (Only one query is allowed.)"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(ErrorOf(row.statement), std::string(kNotWellFormed) + row.detail) << row.statement;
  }
}

TEST(PartiqlParse, OtherErrorsThatWereRecorded) {
  struct {
    const char* statement;
    const char* error;
  } rows[] = {
      {"SELECT * FROM \"t\" u WHERE pk = 'x'", "Aliasing is not supported"},
      {"SELECT * FROM \"t\" AS u WHERE pk = 'x'", "Aliasing is not supported"},
      {"UPDATE \"t\" u SET a = 3 WHERE pk = 'x'", "Aliasing is not supported"},
      {"DELETE FROM \"t\" u WHERE pk = 'x'", "Aliasing is not supported"},
      {"SELECT * FROM t WHERE pk = 1e126",
       "Number overflow. Attempting to store a number with magnitude larger than supported range "
       "under root"},
      {"SELECT * FROM t WHERE pk = 1e-131",
       "Number underflow. Attempting to store a number with magnitude smaller than supported range "
       "under root"},
      {"SELECT * FROM t WHERE pk = 123456789012345678901234567890123456789",
       "Attempting to store more than 38 significant digits in a Number under root"},
      {"INSERT INTO t VALUE {'pk': 1e126}",
       "Number overflow. Attempting to store a number with magnitude larger than supported range "
       "under root"},
      {"INSERT INTO t VALUE {'pk': 1, 'm': {'x': 1e126}}",
       "Number overflow. Attempting to store a number with magnitude larger than supported range "
       "under root.x"},
      {"INSERT INTO t VALUE {'pk': 1, 'l': [1, 1e126]}",
       "Number overflow. Attempting to store a number with magnitude larger than supported range "
       "under root[1]"},
      {"INSERT INTO t VALUE {'pk': 1, 's': <<>>}", "Empty bags are not supported"},
      {"INSERT INTO t VALUE {'pk': 1, 's': <<1, 'a'>>}",
       "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags"},
      {"INSERT INTO t VALUE {'pk': 1, 's': <<'a', 'a'>>}",
       "One or more parameter values were invalid: Input collection [a, a] contains duplicates."},
      {"UPDATE t SET n = <<2, 2.0>> WHERE pk = 1",
       "One or more parameter values were invalid: Input collection [2, 2.0] contains duplicates! "
       "under root"},
      {"DELETE FROM t WHERE pk = 'x' RETURNING MODIFIED OLD *",
       "Invalid returning clause: RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is allowed in "
       "DELETE statements."},
      {"DELETE FROM t WHERE pk = 'x' RETURNING ALL NEW *",
       "Invalid returning clause: RETURNING ALL NEW *. Only RETURNING ALL OLD * is allowed in "
       "DELETE statements."},
      {"DELETE FROM t WHERE pk = 'x' RETURNING MODIFIED NEW *",
       "Invalid returning clause: RETURNING MODIFIED NEW *. Only RETURNING ALL OLD * is allowed in "
       "DELETE statements."},
      {"SELECT * FROM \"t\".\"i\".\"x\" WHERE pk = 'p'",
       "A path may contain at most 2 components in the FROM clause"},
      {"SELECT * FROM \"t\".\"\" WHERE pk = 'p'", "Path component cannot be an empty string"},
      {"SELECT * FROM \"\" WHERE pk = 'p'", "Path component cannot be an empty string"},
      {"SELECT attribute_exists(ss) FROM t WHERE pk = 'a'", "Unexpected path component at 1:8:16"},
      {"SELECT * FROM t WHERE EXISTS(ss)", "Unrecognized function: exists at 1:23:6"},
      {"SELECT * FROM t WHERE set_add(ss, <<'x'>>) = ss",
       "Unrecognized function: set_add at 1:23:7"},
      {"UPDATE t SET t = set_add(ss, <<'x'>>) WHERE pk = 'a'",
       "The first argument to SET_ADD must equal the assignment value at 1:18:7"},
      {"UPDATE t SET ss = set_add(<<'a'>>, <<'b'>>) WHERE pk = 'a'",
       "The first argument to SET_ADD must equal the assignment value at 1:19:7"},
      {"UPDATE t SET ss = set_add(ss, 'x') WHERE pk = 'a'",
       "The second argument to SET_ADD must be a value with type SET at 1:27:2"},
      {"UPDATE t\nSET BandMembers = set_add(BandMembers, 'x')\nWHERE pk = 'a'",
       "The second argument to SET_ADD must be a value with type SET at 2:27:11"},
      {"UPDATE t SET \"ss\" = set_delete(\"ss\", ['x']) WHERE pk = 'a'",
       "The second argument to SET_DELETE must be a value with type SET at 1:32:4"},
      {"UPDATE t SET ss = set_add(ss) WHERE pk = 'a'",
       "SET_ADD must have exactly two arguments at 1:19:7"},
      {"UPDATE t SET ss = set_add(ss, <<'x'>>, <<'y'>>) WHERE pk = 'a'",
       "SET_ADD must have exactly two arguments at 1:19:7"},
      {"INSERT INTO t VALUE {'pk': 'a', 'ss': set_add(<<'a'>>, <<'b'>>)}",
       "Unsupported data type: set_add under key root at 1:39:7"},
      {"SELECT l[-1] FROM t WHERE pk = 'a'",
       "List index is not within the allowable range; index: [-1] at 1:11:1"},
      {"SELECT l[2147483648] FROM t WHERE pk = 'a'",
       "List index is not within the allowable range; index: [2147483648] at 1:10:10"},
      {"x IS INT4", "Unsupported operation: IsType"},
      {"x IS INT8", "Unsupported operation: IsType"},
      {"x IS DOUBLE PRECISION", "Unsupported operation: IsType"},
      {"x IS CHARACTER VARYING", "Unsupported operation: IsType"},
      {"SELECT * FROM t WHERE a = 5 + 5",
       "Unsupported operator in Condition Expression. Operator: +"},
      {"SELECT * FROM t WHERE a = 7 - b",
       "Unsupported operator in Condition Expression. Operator: -"},
      {"SELECT * FROM t WHERE a = -b",
       "Incorrect number of operands for operator or function; operator or function: -, number of "
       "operands: 1"},
      {"SELECT * FROM t WHERE a < true",
       "Incorrect operand type for operator or function; operator or function: <, operand type: "
       "BOOL"},
  };
  for (const auto& row : rows) EXPECT_EQ(ErrorOf(row.statement), row.error) << row.statement;
}

TEST(PartiqlParse, OtherErrorsThatWereNotRecorded) {
  struct {
    const char* statement;
    const char* error;
  } rows[] = {
      // Texts of DynamoDB local.
      {"SELECT * FROM t WHERE a IS INTEGER",
       "Unsupported data type for IS operator: INTEGER. Supported data types are [MISSING, NULL, "
       "BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST]"},
      {"SELECT * FROM t WHERE a IS NOT double precision",
       "Unsupported data type for IS operator: DOUBLE_PRECISION. Supported data types are "
       "[MISSING, NULL, BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST]"},
      {"SELECT * FROM t WHERE a LIKE 'x%'",
       "Unsupported operator in Condition Expression. Operator: like"},
      {"SELECT * FROM t WHERE a NOT LIKE 'x%'",
       "Unsupported operator in Condition Expression. Operator: like"},
      {"SELECT * FROM (SELECT * FROM t)", "Unexpected from source"},
      {"SELECT * FROM 't'", "Unexpected from source"},
      {"SELECT a + 1 FROM t", "Unexpected path component at 1:10:1"},
      {"SELECT DISTINCT a FROM t", "Unsupported clause: DISTINCT at 1:8:8"},
      {"INSERT INTO t {'a': 1}",
       "Unsupported operation: Inserting multiple items in a single statement is not supported, "
       "use \"INSERT INTO tableName VALUE item\" instead"},
      {"INSERT INTO t VALUES (1)",
       "Unsupported operation: Inserting multiple items in a single statement is not supported, "
       "use \"INSERT INTO tableName VALUE item\" instead"},
      {"INSERT INTO t VALUE {a: 1}",
       "Tuple keys must be of type String. Actual type: VariableReference under root"},
      {"SELECT *, a FROM t",
       "Other attributes should not be present in the projection when '*' is used."},
      {"SELECT a, a FROM t", "Duplicate identifiers in select clause: a"},
      {"SELECT b.a, a FROM t", "Duplicate identifiers in select clause: a"},
      {"SELECT VALUE a FROM t", "Select projection doesn't support value or pivot keywords"},
      {"SELECT * FROM t, u", "Only select from a single table or index is supported."},
      {"SELECT a[*].b FROM t", "Wildcard path component like a[*].b are not supported"},
      {"SELECT a.*.b FROM t", "Unpivot path component like a.*.b are not supported"},
      {"SELECT * FROM t WHERE a",
       "WHERE clause must contain an expression that resolves to a boolean"},
      {"SELECT * FROM t WHERE a AND b = 1", "The arguments to AND/OR must be Expressions"},
      {"SELECT * FROM t WHERE NOT a", "The argument to NOT must be a Type or Expression"},
      {"SELECT * FROM t WHERE a = MISSING", "MISSING must be compared using IS operator"},
      {"SELECT * FROM t WHERE 1 IS MISSING",
       "Operator or function requires a document path; operator or function: "
       "attribute_not_exists"},
      {"SELECT * FROM t WHERE [1] IS LIST",
       "The left hand side argument to IS must be a Variable Reference, Literal, or Path"},
      {"SELECT * FROM t WHERE a = 1 IS BOOLEAN",
       "The left hand side argument to IS must be a Variable Reference, Literal, or Path"},
      {"SELECT * FROM t WHERE size(a) IS NUMERIC",
       "The left hand side argument to IS must be a Variable Reference, Literal, or Path"},
      {"SELECT * FROM t WHERE contains(a, b AND c = 1)",
       "The arguments to AND/OR must be Expressions"},
      {"SELECT * FROM t WHERE a = NOT b", "The argument to NOT must be a Type or Expression"},
      {"SELECT * FROM t WHERE a + 1 = 2",
       "Unsupported operator in Condition Expression. Operator: +"},
      {"SELECT * FROM t WHERE a IN []",
       "IN operator must have a left hand argument of type Variable Reference and right hand "
       "argument of type Seq with at least one member"},
      {"SELECT * FROM t LIMIT 5", "Unsupported clause: LIMIT at 1:17:5"},
      {"UPDATE t SET a = a * 2 WHERE pk = 1",
       "Unsupported operator in Update Expression. Operator: *"},
      {"UPDATE t SET a = if_not_exists(a, 1) WHERE pk = 1",
       "Unrecognized function: if_not_exists at 1:18:13"},
      {"INSERT INTO t VALUE 5",
       "Unsupported format in item expression. Please use struct format {...} to express item "
       "values for insert statement."},
      {"INSERT INTO t VALUE {'a': {'': 1}}", "Empty attribute name"},
      {"INSERT INTO t VALUE {'a': 1, 'a': 2}", "Duplicate keys in tuple. Key: a under root"},
      {"INSERT INTO t VALUE {'m': {'a': 1, 'a': 2}}", "Duplicate keys in tuple. Key: a under root"},
      {"INSERT INTO t VALUE {'a': 1} RETURNING ALL OLD *", "RETURNING is not supported in INSERT"},
      {"DELETE FROM t WHERE pk = 1 RETURNING ALL OLD a",
       "Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause"},
      {"DELETE FROM t WHERE pk = 1 RETURNING ALL OLD *, ALL NEW *",
       "Invalid syntax with multiple returning elements in RETURNING clause"},
      {"SELECT * FROM t WHERE a = ?", "Number of parameters in request and statement don't match."},
      // What a condition answers is a BOOL, and refused where one is.
      {"SELECT * FROM t WHERE size(contains(a, 'x')) = 1",
       "Incorrect operand type for operator or function; operator or function: size, operand "
       "type: BOOL"},
      {"SELECT * FROM t WHERE size((b = 1)) = 1",
       "Incorrect operand type for operator or function; operator or function: size, operand "
       "type: BOOL"},
      {"SELECT * FROM t WHERE begins_with(a, b = 1)",
       "Incorrect operand type for operator or function; operator or function: begins_with, "
       "operand type: BOOL"},
      {"SELECT * FROM t WHERE attribute_exists(a = 1)",
       "Operator or function requires a document path; operator or function: attribute_exists"},
      {"SELECT * FROM t WHERE a < 1 < 2",
       "Incorrect operand type for operator or function; operator or function: <, operand type: "
       "BOOL"},
      {"SELECT * FROM t WHERE (a = 1) BETWEEN b AND c",
       "Incorrect operand type for operator or function; operator or function: BETWEEN, operand "
       "type: BOOL"},
  };
  for (const auto& row : rows) EXPECT_EQ(ErrorOf(row.statement), row.error) << row.statement;
}

TEST(PartiqlParse, TakesAsManyParametersAsItNames) {
  const std::vector<Value> two = {FromJson("1"), FromJson(R"("x")")};
  EXPECT_EQ(ErrorOf("SELECT * FROM t WHERE a = ? AND b = ?", two), "");
  EXPECT_EQ(ErrorOf("SELECT * FROM t WHERE a = ?", two),
            "Number of parameters in request and statement don't match.");
  EXPECT_EQ(ErrorOf("SELECT * FROM t WHERE a IN [?, 2, ?]", two), "");
  EXPECT_EQ(ErrorOf("INSERT INTO t VALUE {'pk': ?, 'a': ?}", two), "");
  EXPECT_EQ(ErrorOf("INSERT INTO t VALUE ?", {FromJson(R"({"pk": 1})")}), "");
  // Recorded: only an attribute as a whole may be a parameter.
  EXPECT_EQ(ErrorOf("UPDATE t SET x = [?] WHERE pk = 1", {FromJson("1")}),
            "Unsupported data type: Parameter under key root[0] at 1:19:1");
  EXPECT_EQ(ErrorOf("INSERT INTO t VALUE {'pk': 1, 'm': {'k': ?}}", {FromJson("1")}),
            "Unsupported data type: Parameter under key root.k at 1:42:1");
}

TEST(PartiqlParse, KeepsTheLimitOfNesting) {
  const auto set = [](const std::string& value) {
    return "UPDATE t SET d = " + value + " WHERE pk = 1";
  };
  EXPECT_EQ(ErrorOf(set(Repeat("{'a':", 31) + "1" + Repeat("}", 31))), "");
  EXPECT_EQ(ErrorOf(set(Repeat("{'a':", 32) + "1" + Repeat("}", 32))),
            "Nesting Levels have exceeded supported limits under root" + Repeat(".a", 32));
  EXPECT_EQ(ErrorOf(set("{'a':" + Repeat("[", 31) + "1" + Repeat("]", 31) + "}")),
            "Nesting Levels have exceeded supported limits under root.a" + Repeat("[0]", 31));
  EXPECT_EQ(ErrorOf(set(Repeat("[", 31) + Repeat("]", 31))), "");
  EXPECT_EQ(ErrorOf(set(Repeat("[", 32) + Repeat("]", 32))),
            "Nesting Levels have exceeded supported limits under root" + Repeat("[0]", 32));
  EXPECT_EQ(ErrorOf("SELECT a" + Repeat("[0]", 31) + " FROM t"), "");
  EXPECT_EQ(ErrorOf("SELECT a" + Repeat("[0]", 32) + " FROM t"),
            "The document path has too many nesting levels; nesting levels: 33");
}

TEST(PartiqlParse, ReadsSpaceCommentsCaseAndQuotes) {
  for (const char* text : {
           "select * from t where a = 1",
           "SELECT/**/* FROM \"t\" -- the table\nWHERE pk/* key */='c' AND sk='1' --",
           "SELECT note FROM t WHERE note = 'a--b /*c*/'; -- done",
           "SELECT \"select\", \"a\"\"b\", c['d'] FROM \"t\".\"i\"",
           "SELECT * FROM t WHERE a BETWEEN - 2 AND +5 AND n IN (- 1, 1) AND n NOT IN [3]",
           "SELECT * FROM t WHERE (a) = (1) AND ((b <> 2))",
           "UPDATE t SET a = 1, b = 2 SET c.d[0] = c.e - - 2 REMOVE f REMOVE g[1] WHERE pk = 1 "
           "RETURNING "
           "MODIFIED NEW *",
           "UPDATE t SET a = (b + 1) - (2 - (c)), d = (((1)))",
           "SELECT ALL a FROM t",
           "FROM t WHERE pk = 1 SET a = 1",
           "EXISTS(SELECT * FROM t WHERE pk = 1 AND a IS MISSING)",
           "INSERT INTO t VALUE {}",
           "SELECT l[-0] FROM t",
           "SELECT data, year, name, status FROM t",
       }) {
    EXPECT_EQ(ErrorOf(text), "") << text;
  }
}

}  // namespace
}  // namespace millrace
