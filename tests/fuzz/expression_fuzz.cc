// Any text as each of the five expression kinds: it is refused with AWS's error, or it can be run
// on a small item, and what comes out is a valid item.
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/expression/expression.h"

namespace millrace {
namespace {

const KeySchema& Schema() {
  static const KeySchema schema{{"pk", ValueType::kString}, KeyAttribute{"sk", ValueType::kNumber}};
  return schema;
}

Value NumberOf(int64_t number) {
  return Value::OfNumber(Number::FromInt(number));
}

const std::string& SmallItem() {
  static const std::string item = EncodeItem(Value::OfMap({
      {"a", Value::String("abc")},
      {"b", Value::Binary("\x01\xff")},
      {"l", Value::OfList({NumberOf(1), Value::OfMap({{"q", NumberOf(2)}}), Value::Null()})},
      {"m", Value::OfMap({{"x", NumberOf(1)},
                          {"y", Value::OfList({Value::OfMap({{"z", Value::Bool(true)}})})}})},
      {"n", NumberOf(7)},
      {"pk", Value::String("k")},
      {"s", Value::OfSet(ValueType::kStringSet, {"x", "y"})},
      {"sk", NumberOf(5)},
  }));
  return item;
}

Placeholders SomePlaceholders() {
  Placeholders placeholders;
  const auto name = [&placeholders](std::string_view placeholder, std::string_view attribute) {
    MILLRACE_CHECK(placeholders.AddName(placeholder, attribute).ok());
  };
  const auto value = [&placeholders](std::string_view placeholder, const Value& bound) {
    MILLRACE_CHECK(placeholders.AddValue(placeholder, bound).ok());
  };
  name("#a", "a");
  name("#m", "m");
  name("#k", "pk");
  value(":n", NumberOf(3));
  value(":s", Value::String("S"));
  value(":l", Value::OfList({NumberOf(1)}));
  value(":z", Value::OfSet(ValueType::kStringSet, {"x"}));
  value(":m", Value::OfMap({{"x", Value::Null()}}));
  return placeholders;
}

void TryCondition(std::string_view text, Placeholders* placeholders) {
  const auto condition = Condition::Parse("ConditionExpression", text, placeholders);
  if (!condition.ok()) return;
  const bool holds = condition->Evaluate(ItemView(SmallItem())).value();
  MILLRACE_CHECK(condition->Evaluate(ItemView()).ok());
  (void)condition->TopLevelAttributes();
  (void)condition->CheckKeysAreScalars(Schema());
  const auto opposite =
      Condition::Parse("FilterExpression", "NOT (" + std::string(text) + ")", placeholders);
  if (opposite.ok()) {
    MILLRACE_CHECK(opposite->Evaluate(ItemView(SmallItem())).value() != holds);
  }
}

void TryProjection(std::string_view text, Placeholders* placeholders) {
  const auto projection = Projection::Parse(text, placeholders);
  if (!projection.ok()) return;
  MILLRACE_CHECK(
      ValidateValue(projection->Apply(ItemView(SmallItem())).Encode(), kNestingDepthMax).ok());
  (void)projection->TopLevelAttributes();
  (void)projection->CheckKeysAreScalars(Schema());
}

void TryUpdate(std::string_view text, Placeholders* placeholders) {
  const auto update = UpdateExpression::Parse(text, Schema(), placeholders);
  if (!update.ok()) return;
  const ItemView before(SmallItem());
  const Result<Value> after = update->Apply(before);
  if (!after.ok()) return;
  const std::string bytes = EncodeItem(*after);
  MILLRACE_CHECK(ValidateItem(bytes).ok());
  MILLRACE_CHECK(*ItemView(bytes).Find("pk") == *before.Find("pk"), "the key was updated");
  for (const ItemView item : {before, ItemView(bytes)}) {
    const auto selected = update->SelectUpdated(item);
    MILLRACE_CHECK(!selected || ValidateValue(selected->Encode(), kNestingDepthMax).ok());
  }
}

void Run(std::string_view text) {
  Placeholders placeholders = SomePlaceholders();
  TryCondition(text, &placeholders);
  TryProjection(text, &placeholders);
  TryUpdate(text, &placeholders);
  const auto key = KeyCondition::Parse(text, Schema(), &placeholders);
  if (key.ok()) MILLRACE_CHECK(!key->pk.empty());
  (void)placeholders.CheckAllUsed();
  Placeholders none;
  (void)none.AddName(text, "a");
  (void)none.AddValue(text, Value::Null());
}

}  // namespace
}  // namespace millrace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  millrace::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
