// Any text as a PartiQL statement: it is refused with an error, or its plan can be run on a small
// item, and what comes out is a valid item.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/expression/partiql.h"
#include "engine/model/utf8.h"

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
      {"l", Value::OfList({NumberOf(1), Value::OfMap({{"q", NumberOf(2)}}), Value::Null()})},
      {"m", Value::OfMap({{"x", NumberOf(1)}, {"y", Value::OfList({Value::Bool(true)})}})},
      {"n", NumberOf(7)},
      {"pk", Value::String("k")},
      {"s", Value::OfSet(ValueType::kStringSet, {"x", "y"})},
      {"sk", NumberOf(5)},
  }));
  return item;
}

void Select(const Statement& statement) {
  const std::string projected = statement.Project(ItemView(SmallItem()));
  MILLRACE_CHECK(ValidateValue(projected, kNestingDepthMax).ok());
  (void)statement.SelectedAttributes();
  (void)statement.KeyOfSelect(Schema());
  const Result<SelectPlan> plan = statement.PlanSelect(AsIndexKeySchema(Schema()));
  if (!plan.ok()) return;
  MILLRACE_CHECK(plan->queries.size() <= kSelectKeysMax);
  for (const KeyCondition& query : plan->queries) MILLRACE_CHECK(!query.pk.empty());
  if (plan->filter) MILLRACE_CHECK(plan->filter->Evaluate(ItemView(SmallItem())).ok());
}

void Write(const Statement& statement) {
  const Result<StatementWrite> write = statement.PlanWrite(Schema());
  if (!write.ok()) return;
  MILLRACE_CHECK(!write->key.pk.empty() && !write->key.sk.empty());
  if (write->condition) {
    MILLRACE_CHECK(write->condition->Evaluate(ItemView(SmallItem())).ok());
    MILLRACE_CHECK(write->condition->Evaluate(ItemView()).ok());
  }
  if (!write->item.empty()) MILLRACE_CHECK(ValidateItem(write->item).ok());
  if (!write->update) return;
  const Result<Value> after = write->update->Apply(ItemView(SmallItem()));
  if (!after.ok()) return;
  const std::string bytes = EncodeItem(*after);
  MILLRACE_CHECK(NestingDepth(ItemView(bytes).value()) > kNestingDepthMax ||
                 ValidateItem(bytes).ok());
  MILLRACE_CHECK(*ItemView(bytes).Find("pk") == *ItemView(SmallItem()).Find("pk"),
                 "the key was updated");
}

void Run(std::string_view text) {
  std::vector<Value> parameters;
  for (size_t count = 0; count < 3; ++count) {
    const Result<Statement> statement = Statement::Parse(text, parameters);
    if (statement.ok()) {
      statement->reads() ? Select(*statement) : Write(*statement);
    } else {
      MILLRACE_CHECK(statement.status().Is(ErrorCode::kValidation));
    }
    parameters.push_back(count == 0 ? Value::String("k") : NumberOf(5));
  }
}

}  // namespace
}  // namespace millrace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // What the API lets through: texts of this size, in UTF-8.
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (size <= 8192 && millrace::IsValidUtf8(text)) millrace::Run(text);
  return 0;
}
