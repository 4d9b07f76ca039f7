#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/expression/partiql.h"
#include "tests/unit/expression/support.h"

// What SELECT statements read of a table of pk S and sk S, or of an index.
namespace millrace {
namespace {

using testing::RangeSchema;

std::string Bounds(const KeyCondition& key) {
  std::string text = key.pk;
  if (key.lower) text += (key.lower_exclusive ? " (" : " [") + *key.lower;
  if (key.upper) text += " " + *key.upper + (key.upper_inclusive ? "]" : ")");
  return text;
}

// The key conditions, then "<" when they run backwards, then "filter".
std::string Plan(const std::string& where, const IndexKeySchema& schema) {
  const Result<Statement> statement = Statement::Parse("SELECT * FROM t " + where, {});
  if (!statement.ok()) return statement.status().message();
  const Result<SelectPlan> plan = statement->PlanSelect(schema);
  if (!plan.ok()) return plan.status().message();
  std::string text;
  for (const KeyCondition& query : plan->queries) text += Bounds(query) + "; ";
  if (plan->queries.empty()) text += "scan; ";
  if (!plan->forward) text += "backwards; ";
  if (plan->filter) text += "filter; ";
  return text.substr(0, text.size() - 2);
}

std::string PlanOnTable(const std::string& where) {
  return Plan(where, AsIndexKeySchema(RangeSchema()));
}

TEST(PartiqlSelect, FindsKeysInTheWhereClause) {
  struct {
    const char* where;
    const char* plan;
  } rows[] = {
      {"", "scan"},
      {"WHERE a = 1", "scan; filter"},
      {"WHERE pk = 'a'", "a"},
      {"WHERE 'a' = pk", "a"},
      {"WHERE pk = 'a' AND sk = '1'", "a [1 1]"},
      {"WHERE sk = '1' AND pk = 'a'", "a [1 1]"},
      {"WHERE pk = 'a' AND sk < '1'", "a 1)"},
      {"WHERE pk = 'a' AND sk <= '1'", "a 1]"},
      {"WHERE pk = 'a' AND sk > '1'", "a (1"},
      {"WHERE pk = 'a' AND '1' > sk", "a 1)"},
      {"WHERE pk = 'a' AND sk BETWEEN '1' AND '2'", "a [1 2]"},
      {"WHERE pk = 'a' AND begins_with(sk, 'x')", "a [x y)"},
      {"WHERE pk = 'a' AND begins_with(\"sk\", 'x') AND b = 1", "a [x y); filter"},
      {"WHERE (pk = 'a' AND sk = '1') AND flag = 'x'", "a [1 1]; filter"},
      {"WHERE ((pk = 'a') AND (sk = '1' AND flag = 'x'))", "a [1 1]; filter"},
      {"WHERE pk = 'a' AND NOT sk = '1'", "a; filter"},
      {"WHERE pk = 'a' AND sk <> '1'", "a; filter"},
      {"WHERE pk = 'a' AND sk IN ['1']", "a [1 1]"},
      {"WHERE pk = 'a' AND sk > '1' AND sk = '2'", "a [2 2]"},
      {"WHERE pk = 'a' AND pk = 'b'", "a; filter"},
      {"WHERE NOT (pk = 'a')", "scan; filter"},
      {"WHERE pk = 'a' AND b = 1 OR c = 2", "scan; filter"},
      {"WHERE pk > 'a'", "scan; filter"},
      {"WHERE (pk = 'a') = true", "scan; filter"},
      {"WHERE pk = 'a' AND (sk = '1') = true", "a; filter"},
      {"WHERE pk = 'a' = true", "scan; filter"},
      {"WHERE true = NOT pk = 'a'", "scan; filter"},
      {"WHERE pk = 'a' AND contains(l, sk = '1' AND b = 2)", "a; filter"},
      {"WHERE contains(l, pk = 'a' AND sk = '1')", "scan; filter"},
      {"WHERE b IN (pk = 'a' OR pk = 'b')", "scan; filter"},
      {"WHERE pk > 1", "scan; filter"},
      {"WHERE pk.x = 'a'", "scan; filter"},
      {"WHERE pk = sk", "scan; filter"},
      {"WHERE pk IN ['b', 'a']", "b; a"},
      {"WHERE pk IN ('b', 'a') AND sk = '1'", "b [1 1]; a [1 1]"},
      {"WHERE pk IN ['b', 'a'] AND pk = 'a'", "a"},
      // Recorded, with the order of what ORDER BY does not name.
      {"WHERE pk = 'a' ORDER BY sk", "a"},
      {"WHERE pk = 'a' ORDER BY sk DESC", "a; backwards"},
      {"WHERE pk = 'a' ORDER BY pk ASC", "a; backwards"},
      {"WHERE pk IN ['a', 'b'] ORDER BY pk DESC, sk ASC", "b; a"},
      {"WHERE pk IN ['a', 'b'] ORDER BY pk DESC", "b; a; backwards"},
  };
  for (const auto& row : rows) EXPECT_EQ(PlanOnTable(row.where), row.plan) << row.where;
}

// "PartiQL select statements" in the developer guide has OR and IN of partition keys as no scan.
TEST(PartiqlSelect, ReadsARangeOfKeysForEachBranch) {
  struct {
    const char* where;
    const char* plan;
  } rows[] = {
      // The guide's.
      {"WHERE pk = 'a' OR pk = 'b'", "a; b"},
      {"WHERE pk = 'a' OR flag = 'x'", "scan; filter"},
      {"WHERE pk IN ['a', 'b', 'c']", "a; b; c"},
      // Partitions in the order of the text, the ranges of one as they lie.
      {"WHERE pk = 'c' OR pk = 'a' OR pk IN ['d', 'b']", "c; a; d; b"},
      {"WHERE pk = 'a' AND sk IN ['2', '1']", "a [1 1]; a [2 2]"},
      {"WHERE pk = 'a' AND (sk = '1' OR sk = '2')", "a [1 1]; a [2 2]"},
      {"WHERE pk = 'a' AND (sk < '1' OR sk > '1' OR sk = '1')", "a 1); a [1 1]; a (1"},
      {"WHERE pk = 'a' AND (sk = '1' OR sk = '2') ORDER BY sk DESC", "a [2 2]; a [1 1]; backwards"},
      {"WHERE pk IN ['b', 'a'] AND sk IN ['2', '1'] ORDER BY pk, sk",
       "a [1 1]; a [2 2]; b [1 1]; b [2 2]"},
      {"WHERE (pk = 'a' OR pk = 'b') ORDER BY pk DESC, sk ASC", "b; a"},
      {"WHERE pk = 'a' AND sk = '1' OR pk = 'b' AND sk > '2'", "a [1 1]; b (2"},
      {"WHERE sk > '2' AND (pk = 'a' OR pk = 'b')", "a (2; b (2"},
      {"WHERE pk = 'a' AND sk > '1' AND sk < '3'", "a (1 3)"},
      {"WHERE pk = 'a' AND sk >= '1' AND sk > '1' AND sk <= '3' AND sk < '3'", "a (1 3)"},
      // What a key cannot say is the filter of all.
      {"WHERE (pk = 'a' OR pk = 'b') AND flag = 'x'", "a; b; filter"},
      {"WHERE pk = 'a' AND flag = 'x' OR pk = 'b'", "a; b; filter"},
      {"WHERE pk = 'a' AND (flag = 'x' OR flag = 'y')", "a; filter"},
      {"WHERE pk = 'a' AND (NOT (pk = 'b') OR flag = 'y')", "a; filter"},
      // Not every branch has a partition key.
      {"WHERE pk = 'a' OR sk = '1'", "scan; filter"},
      {"WHERE (pk = 'a' OR flag = 'x') AND sk = '1'", "scan; filter"},
      // Branches that nothing is in.
      {"WHERE pk IN ['a', 'b'] AND pk IN ['b', 'c']", "b"},
      {"WHERE pk = 'a' AND pk = 'b'", "a; filter"},
      {"WHERE pk = 'a' AND sk > '3' AND sk < '2'", "a; filter"},
      {"WHERE pk = 'a' AND sk > '2' AND sk <= '2' OR pk = 'b'", "b"},
      // Recorded from the service: they may overlap when one negates the sort key.
      {"WHERE pk = 'a' AND NOT sk = '1' OR pk = 'a' AND sk = '2'", "a; filter"},
      {"WHERE pk = 'a' AND sk <> '1' OR pk = 'a' AND sk = '2'", "a; filter"},
      {"WHERE pk = 'a' AND NOT begins_with(sk, 'x') OR pk = 'a' AND sk = '2'", "a; filter"},
      {"WHERE pk = 'a' AND NOT sk IN ['1', '3'] OR pk = 'a' AND sk = '2'", "a; filter"},
      {"WHERE pk = 'a' OR pk = 'a' AND NOT sk = '1'", "a; filter"},
      {"WHERE pk = 'a' AND NOT (sk = '1') OR pk = 'a' AND sk = '2' OR pk = 'b'", "a; b; filter"},
  };
  for (const auto& row : rows) EXPECT_EQ(PlanOnTable(row.where), row.plan) << row.where;
}

TEST(PartiqlSelect, RefusesSelects) {
  struct {
    const char* where;
    const char* error;
  } rows[] = {
      // Recorded.
      {"WHERE pk = 1",
       "Key attribute's data type should match its data type in table's schema: "
       "Key pk"},
      {"WHERE pk = 'a' AND sk IN ['1', 2]",
       "Key attribute's data type should match its data type in table's schema: Key sk"},
      {"WHERE pk IN ['a', 'a']",
       "Overlapping conditions with range keys are not supported in where clause"},
      {"WHERE pk = 'a' AND x = '1' OR pk = 'a' AND sk = '2'",
       "Overlapping conditions with range keys are not supported in where clause"},
      {"WHERE pk = 'a' AND x <> '1' OR pk = 'a' AND sk = '2'",
       "Overlapping conditions with range keys are not supported in where clause"},
      {"ORDER BY sk", "Must have WHERE clause in the statement when using ORDER BY clause."},
      {"WHERE pk = 'a' ORDER BY Total DESC",
       "Attribute Total in ORDER BY clause must be part of the primary key"},
      {"WHERE pk > 'a' ORDER BY sk",
       "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY "
       "clause."},
      {"WHERE pk IN ['a', 'b'] ORDER BY sk DESC",
       "Must have hash key in ORDER BY clause when more than one hash key condition specified in "
       "WHERE clause."},
      {"WHERE pk = 'a' AND b < true",
       "Incorrect operand type for operator or function; operator or function: <, operand type: "
       "BOOL"},
      {"WHERE pk = 'a' AND attribute_exists(n) > attribute_exists(m)",
       "Incorrect operand type for operator or function; operator or function: >, operand type: "
       "BOOL"},
      {"WHERE pk = 'a' AND attribute_type(l, 1)",
       "Incorrect operand type for operator or function; operator or function: attribute_type, "
       "operand type: N"},
      {"WHERE attribute_exists('ss')",
       "Operator or function requires a document path; operator or function: attribute_exists"},
      {"WHERE attribute_exists()",
       "Incorrect number of operands for operator or function; operator or function: "
       "attribute_exists, number of operands: 0"},
      {"WHERE attribute_exists(ss, ns)",
       "Incorrect number of operands for operator or function; operator or function: "
       "attribute_exists, number of operands: 2"},
      // Not recorded.
      {"WHERE pk = 'a' OR pk = 'a'",
       "Overlapping conditions with range keys are not supported in where clause"},
      {"WHERE pk = 'a' AND (sk > '0' OR sk < '5')",
       "Overlapping conditions with range keys are not supported in where clause"},
      {"WHERE pk = 'a' AND (sk <= '5' OR sk >= '5')",
       "Overlapping conditions with range keys are not supported in where clause"},
      {"WHERE pk = 'a' AND (sk = '1' OR flag = 'x')",
       "Overlapping conditions with range keys are not supported in where clause"},
      {"WHERE (pk = 'a' OR flag = 'x') AND pk = 'a'",
       "Overlapping conditions with range keys are not supported in where clause"},
      {"WHERE pk = 1 OR pk = 'a'",
       "Key attribute's data type should match its data type in table's schema: Key pk"},
      {"WHERE pk = 'a' OR pk = 'b' ORDER BY sk",
       "Must have hash key in ORDER BY clause when more than one hash key condition specified in "
       "WHERE clause."},
      {"WHERE pk = ''",
       "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
       "contain an empty string value. Key: pk"},
  };
  for (const auto& row : rows) EXPECT_EQ(PlanOnTable(row.where), row.error) << row.where;
}

TEST(PartiqlSelect, Takes50PartitionKeysAndNotOneMore) {
  const auto where = [](int keys) {
    std::string list;
    for (int i = 0; i < keys; ++i) list += (i == 0 ? "'" : ", '") + std::to_string(i) + "'";
    return "WHERE pk IN [" + list + "]";
  };
  EXPECT_EQ(PlanOnTable(where(50)).substr(0, 7), "0; 1; 2");
  EXPECT_EQ(PlanOnTable(where(51)), "Too many decomposed read operations for a given query.");
  // Whatever they are made of; that the values of a sort key count too is not confirmed.
  const std::string too_many = "Too many decomposed read operations for a given query.";
  EXPECT_EQ(PlanOnTable(where(49) + " OR pk = 'x'").substr(0, 7), "0; 1; 2");
  EXPECT_EQ(PlanOnTable(where(50) + " OR pk = 'x'"), too_many);
  EXPECT_EQ(PlanOnTable(where(25) + " AND sk IN ['1', '2']").substr(0, 14), "0 [1 1]; 0 [2 ");
  EXPECT_EQ(PlanOnTable(where(26) + " AND sk IN ['1', '2']"), too_many);
  EXPECT_EQ(PlanOnTable(where(51) + " AND pk = '1'"), too_many);
  EXPECT_EQ(PlanOnTable(where(51) + " OR flag = 'x'"), "scan; filter");
  std::string filter = where(100);
  filter.replace(filter.find("pk"), 2, "aa");
  EXPECT_EQ(PlanOnTable(filter), "scan; filter");
  filter = where(101);
  filter.replace(filter.find("pk"), 2, "aa");
  EXPECT_EQ(PlanOnTable(filter),
            "The IN operator is provided with too many operands; number of operands: 101");
}

// "Results are returned in pages of up to 10 items": of an IN that reads several keys.
TEST(PartiqlSelect, KnowsWhatInReads) {
  const auto by_in = [](const std::string& where) {
    return Statement::Parse("SELECT * FROM t WHERE " + where, {})
        .value()
        .PlanSelect(AsIndexKeySchema(RangeSchema()))
        .value()
        .by_in;
  };
  EXPECT_TRUE(by_in("pk IN ['a', 'b']"));
  EXPECT_TRUE(by_in("pk = 'a' AND sk IN ['1', '2']"));
  EXPECT_FALSE(by_in("pk IN ['a']"));
  EXPECT_FALSE(by_in("pk = 'a' OR pk = 'b'"));
  EXPECT_FALSE(by_in("pk = 'a' AND b IN [1, 2]"));
  EXPECT_FALSE(by_in("b IN [1, 2]"));
}

TEST(PartiqlSelect, KnowsTheFilterBesideTheKeys) {
  const auto names = [](const std::string& where) {
    return Statement::Parse("SELECT * FROM t WHERE " + where, {})
        .value()
        .PlanSelect(AsIndexKeySchema(RangeSchema()))
        .value()
        .filtered_beside_keys;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names("pk = 'a' AND b = 1 AND contains(c.d, 'x')"), (Names{"b", "c"}));
  EXPECT_EQ(names("pk = 'a' AND (b = 1 OR NOT c = 2)"), (Names{"b", "c"}));
  EXPECT_EQ(names("pk IN ['a', 'b'] AND b IS MISSING"), (Names{"b"}));
  EXPECT_EQ(names("(pk = 'a' AND b = 1) OR pk = 'b'"), Names{});
  EXPECT_EQ(names("((pk = 'a' AND b = 1) OR pk = 'b') AND c = 2"), (Names{"c"}));
}

TEST(PartiqlSelect, FindsIndexKeysOfSeveralAttributes) {
  IndexKeySchema schema;
  schema.hash = {{"h1", ValueType::kString}, {"h2", ValueType::kString}};
  schema.range = {{"r1", ValueType::kString}, {"r2", ValueType::kString}};
  EXPECT_EQ(Plan("WHERE h1 = 'a'", schema), "scan; filter");
  EXPECT_EQ(Plan("WHERE h1 = 'a' AND h2 = 'b' AND r2 = 'y'", schema), "a; filter");
  EXPECT_EQ(Plan("WHERE h1 IN ['a', 'b'] AND h2 = 'c'", schema), "a; b");
  EXPECT_EQ(Plan("WHERE h1 = 'a' AND h2 = 'b' OR h1 = 'b' AND h2 = 'c'", schema), "a; b");
  EXPECT_EQ(Plan("WHERE h1 = 'a' AND h2 = 'b' OR h1 = 'b'", schema), "scan; filter");
  EXPECT_EQ(Plan("WHERE h1 = 'a' AND h2 = 'b' AND (r1 = 'x' OR r1 = 'y')", schema),
            "a [x x]; a [y y]");
  EXPECT_EQ(Plan("WHERE h1 = 'a' AND h2 = 'b' AND r1 = 'x' AND r1 > 'w'", schema),
            "a [x x]; filter");
  const Result<SelectPlan> plan =
      Statement::Parse("SELECT * FROM t WHERE h1 = 'a' AND h2 = 'b' AND r1 = 'x' AND r2 > 'y'", {})
          .value()
          .PlanSelect(schema);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  ASSERT_EQ(plan->queries.size(), 1u);
  EXPECT_EQ(plan->queries[0].more_pk, std::vector<std::string>{"b"});
  EXPECT_EQ(plan->queries[0].sk_equal, std::vector<std::string>{"x"});
  EXPECT_EQ(Bounds(plan->queries[0]), "a (y");
  EXPECT_FALSE(plan->filter);
}

}  // namespace
}  // namespace millrace
