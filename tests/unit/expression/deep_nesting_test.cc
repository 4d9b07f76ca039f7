#include <gtest/gtest.h>
#include <pthread.h>

#include <functional>
#include <string>

#include "engine/expression/ast.h"
#include "engine/expression/condition_parser.h"
#include "engine/expression/expression.h"
#include "engine/expression/partiql.h"
#include "engine/expression/update_parser.h"
#include "tests/unit/expression/support.h"

// Nesting of the text costs no stack: everything here runs on a small one, and far beyond the size
// limit too.
namespace millrace {
namespace {

using testing::HashSchema;
using testing::ItemFromJson;
using testing::MakePlaceholders;

constexpr size_t kStackSize =
    256 * 1024;  // bytes; a frame a level would need more from about 1,500 levels on
constexpr int kDeep = 50'000;

void OnSmallStack(const std::function<void()>& work) {
  pthread_attr_t attributes;
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, kStackSize), 0);
  pthread_t thread;
  const auto run = [](void* argument) -> void* {
    (*static_cast<const std::function<void()>*>(argument))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, run, const_cast<std::function<void()>*>(&work)),
            0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

std::string Repeat(std::string_view text, int times) {
  std::string out;
  out.reserve(text.size() * times);
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

std::string ConditionError(const std::string& expression) {
  Placeholders placeholders = MakePlaceholders("", R"({":v": 1})");
  const Status status = Condition::Parse("ConditionExpression", expression, &placeholders).status();
  return status.ok() ? "" : status.message();
}

std::string UpdateError(const std::string& expression) {
  Placeholders placeholders = MakePlaceholders("", R"({":v": 1})");
  const Status status = UpdateExpression::Parse(expression, HashSchema(), &placeholders).status();
  return status.ok() ? "" : status.message();
}

TEST(DeepNesting, OfConditionsWithinTheSizeLimit) {
  OnSmallStack([] {
    const std::string redundant =
        "Invalid ConditionExpression: The expression has redundant parentheses;";
    const std::string many =
        "Invalid ConditionExpression: The expression contains too many operators; operator count: "
        "301";
    EXPECT_EQ(ConditionError(Repeat("(", 1900) + "a<b" + Repeat(")", 1900)), redundant);
    EXPECT_EQ(ConditionError(Repeat("(", 1900) + "a" + Repeat(")", 1900) + "<b"), redundant);
    EXPECT_EQ(ConditionError("a<" + Repeat("(", 1900) + "b" + Repeat(")", 1900)), redundant);
    EXPECT_EQ(ConditionError(Repeat("(", 1900) + "attribute_exists(b)" + Repeat(")", 1900)),
              redundant);
    EXPECT_EQ(ConditionError(Repeat("(", 4096)),
              "Invalid ConditionExpression: Syntax error; token: \"<EOF>\", near: \"(\"");
    EXPECT_EQ(ConditionError("a<b" + Repeat(")", 4000)),
              "Invalid ConditionExpression: Syntax error; token: \")\", near: \"b))\"");
    EXPECT_EQ(ConditionError(Repeat("not ", 1000) + "a<b"), many);
    EXPECT_EQ(ConditionError(Repeat("NOT(", 800) + "a<b" + Repeat(")", 800)), many);
    EXPECT_EQ(ConditionError("a<b " + Repeat("or(a<b ", 454) + Repeat(")", 454)), many);
    EXPECT_EQ(ConditionError("a<" + Repeat("f(", 1355) + "b" + Repeat(")", 1355)),
              "Invalid ConditionExpression: Invalid function name; function: f");
    EXPECT_EQ(ConditionError("a<" + Repeat("size(", 149) + "b" + Repeat(")", 149)),
              "Invalid ConditionExpression: Incorrect operand type for operator or function; "
              "operator or function: size, "
              "operand type: N");
    EXPECT_EQ(ConditionError("a<" + Repeat("size(", 600) + "b" + Repeat(")", 600)), many);
  });
}

TEST(DeepNesting, OfConditionsThatAreRun) {
  OnSmallStack([] {
    const std::string item = ItemFromJson(R"({"a": 1, "b": 2})");
    const auto holds = [&](const std::string& expression) {
      Placeholders placeholders = MakePlaceholders("", "");
      const Result<Condition> condition =
          Condition::Parse("ConditionExpression", expression, &placeholders);
      EXPECT_TRUE(condition.ok()) << condition.status().ToString();
      return condition->Evaluate(ItemView(item)).value();
    };
    EXPECT_TRUE(holds(Repeat("not ", 298) + "a<b"));
    EXPECT_FALSE(holds(Repeat("not ", 299) + "a<b"));
    EXPECT_TRUE(holds(Repeat("NOT(", 298) + "a<b" + Repeat(")", 298)));
    EXPECT_TRUE(holds("a>b " + Repeat("or(a>b ", 148) + "or a<b" + Repeat(")", 148)));
    EXPECT_FALSE(holds("a<b " + Repeat("and(a<b ", 148) + "and a>b" + Repeat(")", 148)));
    EXPECT_TRUE(holds(Repeat("(", 149) + "a<b" + Repeat(" and a<b)", 149)));
  });
}

TEST(DeepNesting, OfUpdates) {
  OnSmallStack([] {
    const std::string redundant =
        "Invalid UpdateExpression: The expression has redundant parentheses;";
    EXPECT_EQ(UpdateError("SET a=" + Repeat("(", 1900) + "b" + Repeat(")", 1900)), redundant);
    EXPECT_EQ(UpdateError("SET a=" + Repeat("(", 1900) + "b+c" + Repeat(")", 1900)), redundant);
    EXPECT_EQ(UpdateError("SET a=" + Repeat("(", 4000)),
              "Invalid UpdateExpression: Syntax error; token: \"<EOF>\", near: \"(\"");
    std::string nested;
    for (int i = 0; i < 200; ++i) nested += "if_not_exists(b,";
    EXPECT_EQ(UpdateError("SET a=" + nested + "c" + Repeat(")", 200)), "");
    const std::string item = ItemFromJson(R"({"c": 7})");
    Placeholders none;
    const Result<UpdateExpression> update =
        UpdateExpression::Parse("SET a=" + nested + "c" + Repeat(")", 200), HashSchema(), &none);
    EXPECT_EQ(EncodeItem(update->Apply(ItemView(item)).value()),
              ItemFromJson(R"({"a": 7, "c": 7})"));
  });
}

// The size limit is the callers'; the parsers do not lean on it.
TEST(DeepNesting, FarBeyondTheSizeLimit) {
  const std::string texts[] = {
      Repeat("(", kDeep) + "a<b" + Repeat(")", kDeep),
      Repeat("(", kDeep) + "a" + Repeat(")", kDeep),
      Repeat("(", kDeep),
      Repeat("not ", kDeep) + "a<b",
      Repeat("not(", kDeep) + "a<b" + Repeat(")", kDeep),
      "a<b " + Repeat("or(a<b ", kDeep) + Repeat(")", kDeep),
      "a<b " + Repeat("and a<b or a<b ", kDeep),
      "a<" + Repeat("size(", kDeep) + "b" + Repeat(")", kDeep),
      "a in (b" + Repeat(",b", kDeep) + ")",
      "a<b" + Repeat(".b", kDeep),
      "SET a=" + Repeat("(", kDeep) + "b+c" + Repeat(")", kDeep),
      "SET a=" + Repeat("list_append(b,", kDeep) + "b" + Repeat(")", kDeep),
      "REMOVE a" + Repeat("[0]", kDeep),
  };
  OnSmallStack([&texts] {
    for (const std::string& text : texts) {
      expr::ParsedText condition(text);
      expr::ParsedText update(text);
      const Status status = text.starts_with("SET") || text.starts_with("REMOVE")
                                ? expr::ParseUpdateText("UpdateExpression", &update)
                                : expr::ParseConditionText("ConditionExpression", &condition);
      if (text.find("b.b") != std::string::npos || text.starts_with("a in") ||
          text.starts_with("REMOVE")) {
        EXPECT_TRUE(status.ok()) << status.ToString();
      } else {
        EXPECT_FALSE(status.ok()) << text.substr(0, 20);
      }
    }
  });
}

TEST(DeepNesting, OfStatements) {
  constexpr int deep = kDeep / 10;
  const std::string where = "SELECT * FROM t WHERE ";
  const std::string good[] = {
      where + Repeat("(", deep) + "a<b" + Repeat(")", deep),
      where + Repeat("(", deep) + "a" + Repeat(")", deep) + "<b",
      where + "a<" + Repeat("(", deep) + "b" + Repeat(")", deep),
      where + Repeat("not ", deep) + "a<b",
      where + Repeat("not(", deep) + "a<b" + Repeat(")", deep),
      where + "a<b " + Repeat("or(a<b ", deep) + Repeat(")", deep),
      where + "a<b " + Repeat("and a<b or a<b ", deep),
      where + "a<" + Repeat("- ", deep) + "1",
      where + "a = 1" + Repeat(" = true", deep),
      where + "a = " + Repeat("not a = ", deep) + "1",
      where + Repeat("contains(a, b = 1 and ", deep) + "a<b" + Repeat(")", deep),
      where + Repeat("a in (1, ", deep) + "a<b" + Repeat(")", deep),
      "UPDATE t SET a = b" + Repeat(" + b", deep),
      "UPDATE t SET a = " + Repeat("(", deep) + "b" + Repeat(")", deep),
      "UPDATE t SET a = " + Repeat("b - (", deep) + "b" + Repeat(")", deep),
  };
  const std::string bad[] = {
      where + Repeat("(", deep),
      where + "a<" + Repeat("size(", deep) + "b" + Repeat(")", deep),
      "UPDATE t SET a = " + Repeat("(", deep),
      where + "a = " + Repeat("[", deep) + Repeat("]", deep),
      where + "a = " + Repeat("{'a':", deep) + "1" + Repeat("}", deep),
      where + "a = " + Repeat("<<", deep),
      where + "a" + Repeat(".b", deep) + " = 1",
  };
  OnSmallStack([&] {
    for (const std::string& text : good) {
      EXPECT_TRUE(Statement::Parse(text, {}).ok()) << text.substr(0, 40);
    }
    for (const std::string& text : bad) {
      EXPECT_FALSE(Statement::Parse(text, {}).ok()) << text.substr(0, 40);
    }
  });
}

// Within the size that a statement may have, so that it is planned too.
TEST(DeepNesting, OfStatementsThatArePlanned) {
  const std::string select = "SELECT * FROM t WHERE ";
  const std::string texts[] = {
      select + "a=1" + Repeat(" AND a=1", 1000),
      select + Repeat("(a=1 AND ", 700) + "a=1" + Repeat(")", 700),
      select + Repeat("(", 700) + "a=1" + Repeat(" AND a=1)", 700),
      select + Repeat("NOT (", 1000) + "a=1" + Repeat(")", 1000),
      select + "a=1" + Repeat(" OR a=1 AND b=2", 500),
      select + "a=1" + Repeat("=true", 1000),
      select + "true=" + Repeat("NOT false=", 700) + "true",
  };
  const std::string item = ItemFromJson(R"({"a": 1, "b": 2})");
  OnSmallStack([&] {
    for (const std::string& text : texts) {
      const Result<Statement> statement = Statement::Parse(text, {});
      ASSERT_TRUE(statement.ok()) << statement.status().message();
      const Result<SelectPlan> plan = statement->PlanSelect(AsIndexKeySchema(HashSchema()));
      ASSERT_TRUE(plan.ok()) << plan.status().message();
      EXPECT_TRUE(plan->filter->Evaluate(ItemView(item)).value()) << text.substr(0, 40);
    }
  });
}

}  // namespace
}  // namespace millrace
