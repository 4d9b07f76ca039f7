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

TEST(PartiqlPlan, FiltersLikeExpressionsDo) {
  const std::string item = ItemFromJson(R"({
    "pk": "k", "n": 7, "s": "it's", "t": {"$ss": ["a", "b"]}, "l": ["x", 2], "m": {"x": {"y": 1}},
    "z": null, "f": true, "b": [true]})");
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
      // As PartiQL's reference parser binds what stands without parentheses.
      {"n = 7 = true", true},
      {"n = 7 = true = true", true},
      {"n = 7 = 7", false},
      {"n = 8 <> true", true},
      {"true = n < 9", true},
      {"true = n < 7", false},
      {"true = n BETWEEN 1 AND 9", true},
      {"true = n NOT BETWEEN 1 AND 9", false},
      {"f = n > 1 = true", true},
      {"n > 1 = f", true},
      {"n > 9 = f", false},
      {"n IN (1, 7) = true", true},
      {"n NOT IN (1, 7) = true", false},
      {"n NOT BETWEEN 1 AND 9 = false", true},
      {"absent IS MISSING = true", true},
      {"n IS NOT MISSING = false", false},
      {"NOT n = 7 = true", false},
      {"f = NOT n = 8", true},
      {"f = NOT n = 7", false},
      {"f = NOT NOT n = 7 AND s = 'x'", false},
      {"f = NOT n = 8 AND n = 7", true},
      {"f = NOT n = 8 OR n = 9", true},
      {"f = NOT (n = 7) OR n = 7", true},
      {"(f = NOT n = 8) = true", true},
      {"n BETWEEN 1 AND 9 = true AND f = true", true},
      {"f IN [n = 7]", true},
      {"f IN (n = 8, n = 9)", false},
      {"f IN (n = 8, NOT n = 9 AND f = true)", true},
      {"contains(b, n = 7)", true},
      {"contains(b, n = 8)", false},
      {"contains(b, n = 7 AND s = 'x')", false},
      {"contains(b, n = 8 OR n = 7 AND f = true)", true},
      {"contains(b, NOT n = 8)", true},
      {"contains(b, begins_with(s, 'it'))", true},
      {"contains(b, attribute_exists(n) = true)", true},
      {"1 IS NUMERIC", true},
      {"'x' IS NOT STRING", false},
      {"NULL IS NULL", true},
      {"-1 IS STRING", false},
      {"TRUE IS BOOL", true},
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
