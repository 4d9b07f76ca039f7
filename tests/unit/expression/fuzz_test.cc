#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "engine/base/random.h"
#include "engine/expression/expression.h"
#include "tests/unit/expression/support.h"

// Random token sequences, from noise to nearly right: whatever comes, there is an answer, and what
// parses can be run.
namespace millrace {
namespace {

using testing::ItemFromJson;
using testing::MakePlaceholders;
using testing::RangeSchema;

constexpr std::string_view kTokens[] = {
    "a",
    "b",
    "l",
    "m",
    "n",
    "s",
    "pk",
    "sk",
    "#a",
    "#m",
    "#zz",
    ":n",
    ":s",
    ":l",
    ":ss",
    ":zz",
    "(",
    ")",
    "(",
    ")",
    "[",
    "]",
    ".",
    ",",
    "=",
    "<>",
    "<",
    "<=",
    ">",
    ">=",
    "+",
    "-",
    "AND",
    "OR",
    "NOT",
    "IN",
    "BETWEEN",
    "SET",
    "REMOVE",
    "ADD",
    "DELETE",
    "attribute_exists(",
    "attribute_not_exists(",
    "attribute_type(",
    "begins_with(",
    "contains(",
    "size(",
    "if_not_exists(",
    "list_append(",
    "0",
    "1",
    "7",
    "99999999999",
    "m.x",
    "l[0]",
    "l[5]",
    "m.y[1].z",
    "!",
    "\"",
    "\xc3\xbc",
    "name",
    "_",
};

std::string RandomText(Random* random) {
  std::string text;
  const uint64_t tokens = 1 + random->Uniform(14);
  for (uint64_t i = 0; i < tokens; ++i) {
    text += kTokens[random->Uniform(std::size(kTokens))];
    if (!random->OneIn(3)) text += ' ';
  }
  return text;
}

// Grows sentences of the grammar, with a rare wrong token.
class Grower {
 public:
  explicit Grower(Random* random) : random_(random) {}

  std::string Condition(int depth) {
    switch (random_->Uniform(depth > 0 ? 9 : 6)) {
      case 0:
        return Operand() + Pick({" = ", " <> ", " < ", ">=", "<="}) + Operand();
      case 1:
        return Operand() + " BETWEEN " + Operand() + " and " + Operand();
      case 2:
        return Operand() + " in (" + Operand() + ", " + Operand() + ")";
      case 3:
        return Pick({"attribute_exists(", "attribute_not_exists("}) + Path() + ")";
      case 4:
        return Pick({"begins_with(", "contains(", "attribute_type("}) + Operand() + ", " +
               Operand() + ")";
      case 5:
        return Noise() + Operand() + " = " + Operand();
      case 6:
        return "(" + Condition(depth - 1) + ")";
      case 7:
        return "NOT " + Condition(depth - 1);
      default:
        return Condition(depth - 1) + Pick({" AND ", " OR "}) + Condition(depth - 1);
    }
  }

  std::string Update() {
    std::string text;
    const uint64_t sections = 1 + random_->Uniform(4);
    for (uint64_t i = 0; i < sections; ++i) {
      switch (random_->Uniform(4)) {
        case 0:
          text += "SET " + Path() + " = " + SetValue(3) + Maybe(", " + Path() + "=" + SetValue(2));
          break;
        case 1:
          text += "REMOVE " + Path() + Maybe(", " + Path());
          break;
        case 2:
          text += "ADD " + Path() + " " + Pick({":n", ":ss", ":s"});
          break;
        default:
          text += "DELETE " + Path() + " " + Pick({":ss", ":n"});
          break;
      }
      text += " " + Noise();
    }
    return text;
  }

  std::string Projection() { return Path() + Maybe("," + Path()) + Maybe(", " + Path()) + Noise(); }

 private:
  std::string Pick(std::initializer_list<const char*> texts) {
    return texts.begin()[random_->Uniform(texts.size())];
  }
  std::string Maybe(const std::string& text) { return random_->OneIn(2) ? text : ""; }
  std::string Noise() {
    return random_->OneIn(20) ? std::string(kTokens[random_->Uniform(std::size(kTokens))]) : "";
  }
  std::string Path() {
    return Pick({"a", "b", "l", "m", "n", "s", "#a", "#m.x", "m.x", "m.y", "m.y[1]", "m.y[0].z",
                 "l[0]", "l[1]", "l[9]", "l[1].q", "zz", "m.zz", "pk"});
  }
  std::string Operand() {
    switch (random_->Uniform(8)) {
      case 0:
        return "size(" + Path() + ")";
      case 1:
        return "(" + Path() + ")";
      case 2:
      case 3:
        return Pick({":n", ":s", ":l", ":ss", ":t"});
      default:
        return Path();
    }
  }
  std::string SetValue(int depth) {
    switch (random_->Uniform(depth > 0 ? 6 : 2)) {
      case 0:
        return Path();
      case 1:
        return Pick({":n", ":s", ":l", ":ss"});
      case 2:
        return Operand() + Pick({"+", " - "}) + Operand();
      case 3:
        return "(" + SetValue(depth - 1) + ")";
      case 4:
        return "if_not_exists(" + Path() + ", " + SetValue(depth - 1) + ")";
      default:
        return "list_append(" + SetValue(depth - 1) + "," + SetValue(depth - 1) + ")";
    }
  }

  Random* random_;
};

struct Tally {
  int conditions = 0;
  int projections = 0;
  int updates = 0;
  int applied = 0;
  int keys = 0;
};

void Try(const std::string& text, ItemView item, Tally* tally, Placeholders* given) {
  Placeholders& placeholders = *given;
  if (const auto condition = Condition::Parse("FilterExpression", text, &placeholders);
      condition.ok()) {
    ++tally->conditions;
    const bool holds = condition->Evaluate(item).value();
    EXPECT_EQ(condition->Evaluate(item).value(), holds);
    EXPECT_TRUE(condition->Evaluate(ItemView()).ok());
    // NOT of it is the opposite.
    const auto opposite = Condition::Parse("FilterExpression", "NOT (" + text + ")", &placeholders);
    if (opposite.ok()) {
      EXPECT_NE(opposite->Evaluate(item).value(), holds) << text;
    }
  }
  if (const auto projection = Projection::Parse(text, &placeholders); projection.ok()) {
    ++tally->projections;
    const std::string selected = projection->Apply(item).Encode();
    EXPECT_TRUE(ValidateValue(selected, 32).ok()) << text;
    // Selecting from what was selected changes nothing but for lists, which were closed up.
    if (text.find('[') == std::string::npos) {
      EXPECT_EQ(projection->Apply(ItemView(EncodeItem(ValueView(selected)))).Encode(), selected)
          << text;
    }
  }
  if (const auto update = UpdateExpression::Parse(text, RangeSchema(), &placeholders);
      update.ok()) {
    ++tally->updates;
    const Result<Value> after = update->Apply(item);
    if (after.ok()) {
      ++tally->applied;
      const std::string bytes = EncodeItem(*after);
      EXPECT_TRUE(ValidateItem(bytes).ok()) << text;
      EXPECT_EQ(*ItemView(bytes).Find("pk"), *item.Find("pk"));
      const auto selected = update->SelectUpdated(ItemView(bytes));
      EXPECT_TRUE(!selected || ValidateValue(selected->Encode(), 32).ok()) << text;
    }
  }
  if (const auto key = KeyCondition::Parse(text, RangeSchema(), &placeholders); key.ok())
    ++tally->keys;
}

Placeholders SomePlaceholders() {
  return MakePlaceholders(R"({"#a": "a", "#m": "m"})",
                          R"({":n": 1, ":s": "S", ":l": [1], ":ss": {"$ss": ["x"]}, ":t": "N"})");
}

TEST(Fuzz, AnyTextHasAnAnswer) {
  Placeholders placeholders = SomePlaceholders();
  const std::string item =
      ItemFromJson(R"({"pk": "k", "sk": "s", "a": "abc", "b": 5, "l": [1, {"q": 2}, "three"],
      "m": {"x": 1, "y": [{"z": true}, null]}, "n": 7, "s": {"$ss": ["x", "y"]}})");
  const uint64_t seed = 20240607;
  Random random(seed);
  Grower grower(&random);
  Tally tally;
  for (int i = 0; i < 4000 && !::testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE("round " + std::to_string(i));
    Try(RandomText(&random), ItemView(item), &tally, &placeholders);
    Try(grower.Condition(4), ItemView(item), &tally, &placeholders);
    Try(grower.Update(), ItemView(item), &tally, &placeholders);
    Try(grower.Projection(), ItemView(item), &tally, &placeholders);
    Try("pk = :s AND sk " + grower.Condition(0).substr(1), ItemView(item), &tally, &placeholders);
  }
  // The seed reaches everything.
  EXPECT_GT(tally.conditions, 500);
  EXPECT_GT(tally.projections, 500);
  EXPECT_GT(tally.updates, 500);
  EXPECT_GT(tally.applied, 200);
  EXPECT_GT(tally.keys, 5);
}

TEST(Fuzz, AnyBytesHaveAnAnswer) {
  Placeholders placeholders = SomePlaceholders();
  const std::string item = ItemFromJson(R"({"pk": "k", "sk": "s", "a": 1})");
  Random random(7);
  Tally tally;
  for (int i = 0; i < 4000; ++i) {
    std::string text(random.Uniform(24), '\0');
    for (char& c : text) c = static_cast<char>(random.Next());
    Try(text, ItemView(item), &tally, &placeholders);
    Try("a = " + text, ItemView(item), &tally, &placeholders);
    Try("SET a = " + text, ItemView(item), &tally, &placeholders);
  }
}

}  // namespace
}  // namespace millrace
