#include "engine/expression/legacy.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "engine/base/check.h"
#include "engine/expression/compare.h"
#include "engine/expression/parsed.h"
#include "engine/expression/path_clash.h"

namespace millrace {
namespace {

constexpr std::string_view kInvalid = "One or more parameter values were invalid: ";

Status Invalid(std::string_view text) {
  return Status::Validation(std::string(kInvalid) + std::string(text));
}

constexpr uint16_t Bit(ValueType type) {
  return static_cast<uint16_t>(1u << static_cast<unsigned>(type));
}
constexpr uint16_t kScalars =
    Bit(ValueType::kString) | Bit(ValueType::kNumber) | Bit(ValueType::kBinary);
constexpr uint16_t kAnyType = 0x3ff;
constexpr size_t kNoLimit = SIZE_MAX;

// What an operator takes. Source: AttributeValueList of "Condition" in the API reference; CONTAINS
// with BOOL and NULL as public test suites saw it.
struct OperatorRule {
  std::string_view name;
  ComparisonOperator op;
  size_t values_min;
  size_t values_max;
  uint16_t types;
};
constexpr OperatorRule kRules[] = {
    {"EQ", ComparisonOperator::kEqual, 1, 1, kAnyType},
    {"NE", ComparisonOperator::kNotEqual, 1, 1, kAnyType},
    {"LT", ComparisonOperator::kLess, 1, 1, kScalars},
    {"LE", ComparisonOperator::kLessOrEqual, 1, 1, kScalars},
    {"GT", ComparisonOperator::kGreater, 1, 1, kScalars},
    {"GE", ComparisonOperator::kGreaterOrEqual, 1, 1, kScalars},
    {"NULL", ComparisonOperator::kNull, 0, 0, 0},
    {"NOT_NULL", ComparisonOperator::kNotNull, 0, 0, 0},
    {"CONTAINS", ComparisonOperator::kContains, 1, 1,
     kScalars | Bit(ValueType::kBool) | Bit(ValueType::kNull)},
    {"NOT_CONTAINS", ComparisonOperator::kNotContains, 1, 1,
     kScalars | Bit(ValueType::kBool) | Bit(ValueType::kNull)},
    {"BEGINS_WITH", ComparisonOperator::kBeginsWith, 1, 1,
     Bit(ValueType::kString) | Bit(ValueType::kBinary)},
    {"IN", ComparisonOperator::kIn, 1, kNoLimit, kScalars},
    {"BETWEEN", ComparisonOperator::kBetween, 2, 2, kScalars},
};

const OperatorRule& RuleOf(ComparisonOperator op) {
  for (const OperatorRule& rule : kRules) {
    if (rule.op == op) return rule;
  }
  MILLRACE_CHECK(false, "every operator has a rule");
  return kRules[0];
}

std::optional<expr::Operator> PlainOperator(ComparisonOperator op) {
  switch (op) {
    case ComparisonOperator::kEqual:
      return expr::Operator::kEqual;
    case ComparisonOperator::kNotEqual:
      return expr::Operator::kNotEqual;
    case ComparisonOperator::kLess:
      return expr::Operator::kLess;
    case ComparisonOperator::kLessOrEqual:
      return expr::Operator::kLessOrEqual;
    case ComparisonOperator::kGreater:
      return expr::Operator::kGreater;
    case ComparisonOperator::kGreaterOrEqual:
      return expr::Operator::kGreaterOrEqual;
    default:
      return std::nullopt;
  }
}

void WriteContains(uint32_t path, const Value& value, expr::AstWriter* writer) {
  writer->Path(path);
  writer->Value(ValueView(value.Encode()));
  writer->Call(expr::Function::kContains, true, 2);
}

void WriteComparison(const AttributeComparison& comparison, expr::AstWriter* writer) {
  const uint32_t path = writer->AddPath(comparison.attribute);
  if (comparison.op == ComparisonOperator::kContains) {
    return WriteContains(path, comparison.values[0], writer);
  }
  writer->Path(path);
  if (comparison.op == ComparisonOperator::kNotContains) {  // false when there is no such attribute
    writer->Call(expr::Function::kAttributeExists, true, 1);
    const uint32_t jump = writer->Jump(expr::NodeKind::kAndJump);
    WriteContains(path, comparison.values[0], writer);
    writer->Not();
    return writer->Land(jump);
  }
  for (const Value& value : comparison.values) writer->Value(ValueView(value.Encode()));
  if (const auto plain = PlainOperator(comparison.op)) return writer->Compare(*plain);
  switch (comparison.op) {
    case ComparisonOperator::kNull:
      return writer->Call(expr::Function::kAttributeNotExists, true, 1);
    case ComparisonOperator::kNotNull:
      return writer->Call(expr::Function::kAttributeExists, true, 1);
    case ComparisonOperator::kBeginsWith:
      return writer->Call(expr::Function::kBeginsWith, true, 2);
    case ComparisonOperator::kIn:
      return writer->In(static_cast<uint32_t>(comparison.values.size()) + 1);
    default:
      return writer->Between();
  }
}

void WriteUpdate(const AttributeUpdate& update, expr::AstWriter* writer, expr::Ast* ast) {
  expr::Action action;
  action.path = writer->AddPath(update.attribute);
  action.first_node = writer->NodeCount();
  if (!update.value) {
    action.kind = expr::ActionKind::kRemove;
    ast->actions.push_back(action);
    return;
  }
  const std::string bytes = update.value->Encode();
  const ValueView value(bytes);
  if (update.action == AttributeUpdate::Action::kAdd && value.Is(ValueType::kList)) {
    // ADD appends to a list; the others have no such action. The list it begins with is empty.
    action.kind = expr::ActionKind::kSet;
    writer->Path(action.path);
    writer->Value(ValueView(Value::OfList({}).Encode()));
    writer->Call(expr::Function::kIfNotExists, false, 2);
    writer->Value(value);
    writer->Call(expr::Function::kListAppend, false, 2);
  } else {
    action.kind = update.action == AttributeUpdate::Action::kPut   ? expr::ActionKind::kSet
                  : update.action == AttributeUpdate::Action::kAdd ? expr::ActionKind::kAdd
                                                                   : expr::ActionKind::kDelete;
    writer->Value(value);
  }
  action.node_count = writer->NodeCount() - action.first_node;
  ast->actions.push_back(action);
}

}  // namespace

std::optional<ComparisonOperator> ComparisonOperatorOf(std::string_view name) {
  for (const OperatorRule& rule : kRules) {
    if (rule.name == name) return rule.op;
  }
  return std::nullopt;
}

Status CheckComparison(const AttributeComparison& comparison) {
  const OperatorRule& rule = RuleOf(comparison.op);
  const std::vector<Value>& values = comparison.values;
  if (values.size() < rule.values_min || values.size() > rule.values_max) {
    return Invalid("Invalid number of argument(s) for the " + std::string(rule.name) +
                   " ComparisonOperator");
  }
  for (const Value& value : values) {
    if (value.type() != values[0].type()) {
      return Invalid("AttributeValues inside AttributeValueList must be of same type");
    }
  }
  if (!values.empty() && (rule.types & Bit(values[0].type())) == 0) {
    return Invalid("ComparisonOperator " + std::string(rule.name) + " is not valid for " +
                   std::string(WireName(values[0].type())) + " AttributeValue type");
  }
  if (comparison.op == ComparisonOperator::kBetween) {
    const std::string low = values[0].Encode();
    const std::string high = values[1].Encode();
    if (expr::Holds(expr::Operator::kGreater, ValueView(low), ValueView(high))) {
      return Status::Validation(
          "The BETWEEN condition was provided a range where the lower bound is greater than the "
          "upper bound");
    }
  }
  return Status::Ok();
}

Condition ConditionOf(const std::vector<AttributeComparison>& comparisons, bool any) {
  MILLRACE_CHECK(!comparisons.empty());
  const auto parsed = std::make_shared<ParsedCondition>("");
  expr::AstWriter writer(parsed.get());
  std::vector<uint32_t> jumps;
  for (const AttributeComparison& comparison : comparisons) {
    if (&comparison != &comparisons.front()) {
      jumps.push_back(writer.Jump(any ? expr::NodeKind::kOrJump : expr::NodeKind::kAndJump));
    }
    WriteComparison(comparison, &writer);
  }
  for (const uint32_t jump : jumps) writer.Land(jump);
  return ExpressionMaker::Make(parsed);
}

Result<std::string> KeyConditionTextOf(const std::vector<AttributeComparison>& comparisons,
                                       Placeholders* placeholders) {
  std::string text;
  size_t placeholder = 0;
  for (const AttributeComparison& comparison : comparisons) {
    const std::string name = "#key" + std::to_string(placeholder++);
    RETURN_IF_ERROR(placeholders->AddName(name, comparison.attribute));
    std::vector<std::string> values;
    for (const Value& value : comparison.values) {
      values.push_back(":key" + std::to_string(placeholder++));
      RETURN_IF_ERROR(placeholders->AddValue(values.back(), value));
    }
    if (!text.empty()) text += " AND ";
    switch (comparison.op) {
      case ComparisonOperator::kEqual:
        text += name + " = " + values[0];
        break;
      case ComparisonOperator::kLess:
        text += name + " < " + values[0];
        break;
      case ComparisonOperator::kLessOrEqual:
        text += name + " <= " + values[0];
        break;
      case ComparisonOperator::kGreater:
        text += name + " > " + values[0];
        break;
      case ComparisonOperator::kGreaterOrEqual:
        text += name + " >= " + values[0];
        break;
      case ComparisonOperator::kBeginsWith:
        text += "begins_with(" + name + ", " + values[0] + ")";
        break;
      case ComparisonOperator::kBetween:
        text += name + " BETWEEN " + values[0] + " AND " + values[1];
        break;
      default:
        return Status::Validation("Attempted conditional constraint is not an indexable operation");
    }
  }
  return text;
}

Status CheckAttributeUpdate(const AttributeUpdate& update) {
  if (!update.value) {
    if (update.action == AttributeUpdate::Action::kDelete) return Status::Ok();
    return Invalid("Only DELETE action is allowed when no attribute value is specified");
  }
  const ValueType type = update.value->type();
  if (update.action == AttributeUpdate::Action::kDelete && !IsSet(type)) {
    return Invalid("DELETE action with value is not supported for the type " +
                   std::string(WireName(type)));
  }
  if (update.action == AttributeUpdate::Action::kAdd && !IsSet(type) &&
      type != ValueType::kNumber && type != ValueType::kList) {
    return Invalid("ADD action is not supported for the type " + std::string(WireName(type)));
  }
  return Status::Ok();
}

Result<std::optional<UpdateExpression>> UpdateOf(const std::vector<AttributeUpdate>& updates,
                                                 const KeySchema& schema) {
  if (updates.empty()) return std::optional<UpdateExpression>();
  const auto parsed = std::make_shared<ParsedUpdate>("");
  parsed->is_legacy = true;
  expr::AstWriter writer(parsed.get());
  for (const AttributeUpdate& update : updates) WriteUpdate(update, &writer, &parsed->ast);
  RETURN_IF_ERROR(expr::CheckUpdateKeys(parsed->ast, schema));
  std::vector<expr::Path> targets;
  for (const expr::Action& action : parsed->ast.actions) {
    targets.push_back(expr::PathAt(parsed->ast, action.path));
  }
  RETURN_IF_ERROR(expr::CheckPathClashes("AttributeUpdates", targets, &parsed->targets));
  return std::optional<UpdateExpression>(ExpressionMaker::Make(parsed));
}

Result<Projection> ProjectionOf(const std::vector<std::string>& attributes) {
  const auto parsed = std::make_shared<ParsedProjection>("");
  expr::AstWriter writer(parsed.get());
  std::set<std::string_view> seen;
  for (const std::string& attribute : attributes) {
    if (!seen.insert(attribute).second) {
      return Invalid("Duplicate value in attribute name: " + attribute);
    }
    writer.AddPath(attribute);
  }
  std::vector<expr::Path> paths;
  for (const expr::PathRef& path : parsed->ast.paths) {
    paths.push_back(expr::PathOf(parsed->ast, path));
  }
  RETURN_IF_ERROR(expr::CheckPathClashes("AttributesToGet", paths, &parsed->paths));
  return ExpressionMaker::Make(parsed);
}

}  // namespace millrace
