#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/expression/partiql.h"
#include "tests/unit/expression/support.h"

// What statements become on a table of pk S and sk, or on an index.
namespace millrace {
namespace {

using testing::FromJson;
using testing::HashSchema;
using testing::ItemFromJson;
using testing::RangeSchema;
using testing::Show;

Statement Parsed(const std::string& text, const std::vector<Value>& parameters = {}) {
  Result<Statement> statement = Statement::Parse(text, parameters);
  EXPECT_TRUE(statement.ok()) << text << ": " << statement.status().message();
  return statement.ok() ? *statement : Statement::Parse("SELECT * FROM t", {}).value();
}

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

TEST(PartiqlPlan, FindsKeysInTheWhereClause) {
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
TEST(PartiqlPlan, ReadsARangeOfKeysForEachBranch) {
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

TEST(PartiqlPlan, RefusesSelects) {
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

TEST(PartiqlPlan, Takes50PartitionKeysAndNotOneMore) {
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
TEST(PartiqlPlan, KnowsWhatInReads) {
  const auto by_in = [](const std::string& where) {
    return Parsed("SELECT * FROM t WHERE " + where)
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

TEST(PartiqlPlan, KnowsTheFilterBesideTheKeys) {
  const auto names = [](const std::string& where) {
    return Parsed("SELECT * FROM t WHERE " + where)
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

TEST(PartiqlPlan, FindsIndexKeysOfSeveralAttributes) {
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
      Parsed("SELECT * FROM t WHERE h1 = 'a' AND h2 = 'b' AND r1 = 'x' AND r2 > 'y'")
          .PlanSelect(schema);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  ASSERT_EQ(plan->queries.size(), 1u);
  EXPECT_EQ(plan->queries[0].more_pk, std::vector<std::string>{"b"});
  EXPECT_EQ(plan->queries[0].sk_equal, std::vector<std::string>{"x"});
  EXPECT_EQ(Bounds(plan->queries[0]), "a (y");
  EXPECT_FALSE(plan->filter);
}

TEST(PartiqlPlan, FiltersLikeExpressionsDo) {
  const std::string item = ItemFromJson(R"({
    "pk": "k", "n": 7, "s": "it's", "t": {"$ss": ["a", "b"]}, "l": ["x", 2], "m": {"x": {"y": 1}},
    "z": null, "f": true})");
  struct {
    const char* where;
    bool holds;
  } rows[] = {
      {"n = 7", true},
      {"n = 7.0", true},
      {"n != 7", false},
      {"n <> 8", true},
      {"absent <> 8", true},
      {"n > -7", true},
      {"n BETWEEN 1 AND 7", true},
      {"n BETWEEN 1 AND 6", false},
      {"n IN [1, 7]", true},
      {"n IN (1, 2)", false},
      {"n NOT IN (1, 2)", true},
      {"n NOT BETWEEN 1 AND 6", true},
      {"s = 'it''s'", true},
      {"begins_with(s, 'it')", true},
      {"NOT begins_with(s, 'it')", false},
      {"CONTAINS(t, 'a')", true},
      {"contains(s, 'z')", false},
      {"attribute_type(t, 'SS')", true},
      {"size(t) = 2", true},
      {"(size(l)) >= 3", false},
      {"l[1] = 2", true},
      {"m.x.y = 1", true},
      {"m['x'].y = 1", true},
      {"m = {'x': {'y': 1}}", true},
      {"l = ['x', 2]", true},
      {"t = <<'b', 'a'>>", true},
      {"f = true", true},
      {"z IS NULL", true},
      {"n IS NULL", false},
      {"absent IS NULL", false},
      {"n IS NOT NULL", true},
      {"absent IS MISSING", true},
      {"n IS NOT MISSING", true},
      {"z IS MISSING", false},
      {"l IS LIST", true},
      {"m IS STRUCT", true},
      {"n IS STRING", false},
      {"attribute_exists(m.x) AND ATTRIBUTE_NOT_EXISTS (nope)", true},
      {"n = 1 OR n = 7 AND s = 'x'", false},
      {"(n = 1 OR n = 7) AND f = true", true},
      {"NOT n = 1 AND NOT (n = 2 OR n = 3)", true},
      {"NOT NOT n = 7", true},
      // What a condition answers is a BOOL.
      {"attribute_exists(nope) = false", true},
      {"true = attribute_exists(n)", true},
      {"attribute_exists(n) <> 1", true},
      {"attribute_exists(n) = 1", false},
      {"attribute_exists(n) = attribute_exists(s)", true},
      {"attribute_exists(n) = f", true},
      {"contains(nope, 'z') = false", true},
      {"(n BETWEEN 0 AND 9) = true", true},
      {"(n = 5 OR s = 'x') = false", true},
      {"(n = 7 OR s = 'x') = false", false},
      {"true = (n = 5 OR n = 7 AND f = true)", true},
      {"(n = 7) = (f = true)", true},
      {"((n = 7) = true) <> true", false},
      {"attribute_exists(nope) IN [true, false]", true},
      {"(n = 7) NOT IN [false, 1]", true},
      {"NOT attribute_exists(n) = true", false},
      {"NOT (n = 5) = true AND (f = true) = true", true},
      {"n = 1 OR (n = 7) = true", true},
      {"(nope = 1) = (nope = 2)", true},
  };
  for (const auto& row : rows) {
    const Result<SelectPlan> plan = Parsed(std::string("SELECT * FROM t WHERE ") + row.where)
                                        .PlanSelect(AsIndexKeySchema(HashSchema()));
    ASSERT_TRUE(plan.ok()) << row.where << ": " << plan.status().message();
    ASSERT_TRUE(plan->filter) << row.where;
    EXPECT_EQ(plan->filter->Evaluate(ItemView(item)).value(), row.holds) << row.where;
  }
}

TEST(PartiqlPlan, Projects) {
  const std::string item =
      ItemFromJson(R"({"pk": "k", "m": {"x": {"y": 1}, "l": [5, [6, 7]]}, "l": ["a"]})");
  struct {
    const char* list;
    const char* expected;
  } rows[] = {
      {"*", R"({"pk": "k", "m": {"x": {"y": 1}, "l": [5, [6, 7]]}, "l": ["a"]})"},
      {"pk", R"({"pk": "k"})"},
      {"pk, absent", R"({"pk": "k"})"},
      {"absent", "{}"},
      {"m.x", R"({"x": {"y": 1}})"},
      {"m.x.y, pk", R"({"y": 1, "pk": "k"})"},
      {"m.l[1][0]", R"({"l[1][0]": 6})"},
      {"l[0]", R"({"l[0]": "a"})"},
      {"l[-0]", R"({"l[0]": "a"})"},
  };
  for (const auto& row : rows) {
    const std::string bytes =
        Parsed(std::string("SELECT ") + row.list + " FROM t").Project(ItemView(item));
    EXPECT_EQ(Show(ValueView(bytes)), Show(ValueView(FromJson(row.expected).Encode()))) << row.list;
  }
}

TEST(PartiqlPlan, FindsTheOneItemOfASelect) {
  struct {
    const char* where;
    bool found;
  } rows[] = {
      {"pk = 'a' AND sk = '1'", true},
      {"(sk = '1') AND pk = 'a' AND pk = 'a'", true},
      {"pk IN ['a'] AND sk IN ['1']", true},
      {"pk = 'a'", false},
      {"pk = 'a' AND sk = '1' AND flag = 'x'", false},
      {"pk = 'a' AND sk = '1' AND pk = 'b'", false},
      {"pk IN ['b'] AND pk = 'a' AND sk = '1'", false},
      {"pk = 'a' AND sk > '1'", false},
      {"pk = 'a' AND sk = '1' OR sk = '2'", false},
  };
  for (const auto& row : rows) {
    const auto key =
        Parsed(std::string("SELECT * FROM t WHERE ") + row.where).KeyOfSelect(RangeSchema());
    ASSERT_TRUE(key.ok()) << row.where;
    EXPECT_EQ(key->has_value(), row.found) << row.where;
    if (!*key) continue;
    EXPECT_EQ((*key)->pk, "a");
    EXPECT_EQ((*key)->sk, "1");
  }
  EXPECT_EQ(Parsed("SELECT * FROM t WHERE pk = 'a' AND sk = 1")
                .KeyOfSelect(RangeSchema())
                .status()
                .message(),
            "The provided key element does not match the schema");
}

// The item after a write, or why there is none. Conditions that fail say "condition".
std::string Written(const std::string& statement, const char* before,
                    const KeySchema& schema = HashSchema()) {
  const Result<StatementWrite> write = Parsed(statement).PlanWrite(schema);
  if (!write.ok()) return write.status().message();
  const std::string old = ItemFromJson(before);
  if (write->condition && !write->condition->Evaluate(ItemView(old)).value()) return "condition";
  if (!write->item.empty()) return Show(ItemView(write->item).value());
  if (!write->update) return "deleted";
  const Result<Value> after = write->update->Apply(ItemView(old));
  if (!after.ok()) return after.status().message();
  return Show(ValueView(after->Encode()));
}

TEST(PartiqlPlan, Writes) {
  struct {
    const char* statement;
    const char* before;
    const char* after;
  } rows[] = {
      {"INSERT INTO t VALUE {'pk': 'k', 'a': 1E3, 'l': [1, 'x', {'b': null}], 's': <<1, 10>>}", "",
       R"({"pk": "k", "a": 1000, "l": [1, "x", {"b": null}], "s": {"$ns": [1, 10]}})"},
      {"UPDATE t SET a = 1 WHERE pk = 'k'", R"({"pk": "k"})", R"({"pk": "k", "a": 1})"},
      {"UPDATE t SET n = n + 1 SET m.x = n - - 2 REMOVE b WHERE pk = 'k' AND n > 1",
       R"({"pk": "k", "n": 5, "m": {}, "b": 1})", R"({"pk": "k", "n": 6, "m": {"x": 7}})"},
      {"UPDATE t SET n=n-1 WHERE pk = 'k'", R"({"pk": "k", "n": 5})", R"({"pk": "k", "n": 4})"},
      {"UPDATE t SET l = LIST_APPEND(l, [4, 'x']), k = list_append([0], l) WHERE pk = 'k'",
       R"({"pk": "k", "l": [1]})", R"({"pk": "k", "l": [1, 4, "x"], "k": [0, 1]})"},
      {"UPDATE t SET s = set_add(s, <<'b'>>), u = SET_DELETE(u, <<1>>), f = set_add(f, <<'m'>>) "
       "WHERE pk = 'k'",
       R"({"pk": "k", "s": {"$ss": ["a"]}, "u": {"$ns": [1]}})",
       R"({"pk": "k", "s": {"$ss": ["a", "b"]}, "f": {"$ss": ["m"]}})"},
      {"FROM t WHERE pk = 'k' SET a = 1", R"({"pk": "k"})", R"({"pk": "k", "a": 1})"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(Written(row.statement, row.before), Show(ValueView(FromJson(row.after).Encode())))
        << row.statement;
  }
}

TEST(PartiqlPlan, WritesUnderConditions) {
  struct {
    const char* statement;
    const char* before;
    const char* outcome;
  } rows[] = {
      {"INSERT INTO t VALUE {'pk': 'k'}", R"({"pk": "k"})", "condition"},
      {"UPDATE t SET a = 1 WHERE pk = 'k'", "", "condition"},
      {"UPDATE t SET a = 1 WHERE pk = 'k' AND b = 1", R"({"pk": "k", "b": 2})", "condition"},
      {"UPDATE t SET a = 1 WHERE pk = 'k' AND (b = 1 OR c = 1)", R"({"pk": "k", "b": 2})",
       "condition"},
      {"DELETE FROM t WHERE pk = 'k'", "", "deleted"},
      {"DELETE FROM t WHERE pk = 'k' AND b = 1", "", "deleted"},
      {"DELETE FROM t WHERE pk = 'k' AND b = 1", R"({"pk": "k", "b": 1})", "deleted"},
      {"DELETE FROM t WHERE pk = 'k' AND b = 1", R"({"pk": "k", "b": 2})", "condition"},
      {"DELETE FROM t WHERE pk = 'k' AND b = 1 AND c = 2", R"({"pk": "k", "b": 1})", "condition"},
      {"DELETE FROM t WHERE pk = 'k' AND NOT begins_with(b, 'x')", R"({"pk": "k", "b": "xy"})",
       "condition"},
      {"UPDATE t SET l[0] = 1 WHERE pk = 'k'", R"({"pk": "k"})",
       "The document path provided in the update expression is invalid for update"},
      {"UPDATE t SET s = set_add(s, <<1>>) WHERE pk = 'k'", R"({"pk": "k", "s": {"$ss": ["a"]}})",
       "An operand in the update expression has an incorrect data type"},
      {"UPDATE t SET l = list_append(l, [1]) WHERE pk = 'k'", R"({"pk": "k"})",
       "The provided expression refers to an attribute that does not exist in the item"},
      {"UPDATE t SET n = 'a' + 1 WHERE pk = 'k'", "",
       "Incorrect operand type for operator or function; operator or function: +, operand type: S"},
      {"UPDATE t SET a = 1, a.b = 2 WHERE pk = 'k'", "",
       "Two document paths overlap with each other; must remove or rewrite one of these paths; "
       "path "
       "one: [a], path two: [a, b]"},
      {"UPDATE t SET pk = 'x' WHERE pk = 'k'", "",
       "One or more parameter values were invalid: Cannot update attribute pk. This attribute is "
       "part of the key"},
      {"UPDATE t SET a = 1", "",
       "Where clause does not contain a mandatory equality on all key attributes"},
      {"FROM t SET c = 1", "",
       "Where clause does not contain a mandatory equality on all key attributes"},
      {"DELETE FROM t WHERE a = 1", "",
       "Where clause does not contain a mandatory equality on all key attributes"},
      {"DELETE FROM t WHERE pk IN ['k']", "",
       "Where clause does not contain a mandatory equality on all key attributes"},
      {"DELETE FROM t WHERE pk = 'k' OR a = 1", "",
       "Where clause does not contain a mandatory equality on all key attributes"},
      {"DELETE FROM t WHERE pk = 'k' AND pk = 'l'", "",
       "Multiple conditions on same key pk. Only single item Update/Insert/Delete are supported"},
      {"DELETE FROM t WHERE pk = 'k' AND pk = 'k'", R"({"pk": "k"})", "deleted"},
      {"DELETE FROM t WHERE pk = 1", "", "The provided key element does not match the schema"},
      {"INSERT INTO t VALUE {'a': 1}", "",
       "One or more parameter values were invalid: Missing the key pk in the item"},
      {"EXISTS(SELECT * FROM t WHERE pk = 'k')", "",
       "EXISTS() must contain a single item read with additional condition"},
      {"EXISTS(SELECT * FROM t WHERE pk IN ['k'] AND a = 1)", "",
       "EXISTS() must contain a single item read with additional condition"},
      {"EXISTS(SELECT * FROM t WHERE pk = 'k' AND a IS MISSING)", R"({"pk": "k", "a": 1})",
       "condition"},
      {"EXISTS(SELECT * FROM t WHERE pk = 'k' AND pk = 'l' AND a = 1)", R"({"pk": "k", "a": 1})",
       "condition"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(Written(row.statement, row.before), row.outcome) << row.statement;
  }
}

}  // namespace
}  // namespace millrace
