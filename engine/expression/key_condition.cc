#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/limits.h"
#include "engine/expression/ast.h"
#include "engine/expression/condition_parser.h"
#include "engine/expression/expression.h"
#include "engine/expression/operand_checks.h"
#include "engine/expression/parser_base.h"
#include "engine/expression/path.h"
#include "engine/expression/resolve.h"

namespace millrace {
namespace {

using expr::Ast;
using expr::Function;
using expr::Node;
using expr::NodeKind;
using expr::Operator;

constexpr std::string_view kParameter = "KeyConditionExpression";
// Recorded of two conditions on a key (paritysuite/dynamodb-conformance,
// error-messages/queryKeyConditionOperands) and of nested attributes; that of nested operations has
// it too is not confirmed.
constexpr std::string_view kInvalidExpression = "Invalid KeyConditionExpression: ";
constexpr std::string_view kInvalidCondition = "Invalid condition in KeyConditionExpression: ";

enum class Test : uint8_t {
  kEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kBetween,
  kBeginsWith
};

// One condition on one attribute, the attribute on its left.
struct AttributeCondition {
  std::string_view attribute;
  Test test = Test::kEqual;
  ValueView low;  // the only one but for BETWEEN
  ValueView high;
};

std::string_view NameOf(const Node& condition) {
  switch (condition.kind) {
    case NodeKind::kNot:
      return "NOT";
    case NodeKind::kOrJump:
      return "OR";
    case NodeKind::kIn:
      return "IN";
    case NodeKind::kBetween:
      return "BETWEEN";
    case NodeKind::kComparison:
      return expr::OperatorText(condition.op);
    default:
      return condition.text;
  }
}

bool IsRefused(const Node& node) {
  switch (node.kind) {
    case NodeKind::kNot:
    case NodeKind::kOrJump:
    case NodeKind::kIn:
      return true;
    case NodeKind::kComparison:
      return node.op == Operator::kNotEqual;
    case NodeKind::kCall:
      return node.is_condition && node.function != Function::kBeginsWith;
    default:
      return false;
  }
}

// OR is looked at first, being at the root; then the first in the text.
Status CheckOperators(const Ast& ast) {
  const Node* refused = nullptr;
  for (const Node& node : ast.nodes) {
    if (!IsRefused(node)) continue;
    const bool first_or = node.kind == NodeKind::kOrJump &&
                          (refused == nullptr || refused->kind != NodeKind::kOrJump);
    const bool earlier =
        refused == nullptr || (refused->kind != NodeKind::kOrJump && node.at < refused->at);
    if (first_or || earlier) refused = &node;
  }
  if (refused == nullptr) return Status::Ok();
  return Status::Validation("Invalid operator used in KeyConditionExpression: " +
                            std::string(NameOf(*refused)));
}

Test TestOf(const Node& condition, bool swapped) {
  if (condition.kind == NodeKind::kBetween) return Test::kBetween;
  if (condition.kind == NodeKind::kCall) return Test::kBeginsWith;
  switch (condition.op) {
    case Operator::kLess:
      return swapped ? Test::kGreater : Test::kLess;
    case Operator::kLessOrEqual:
      return swapped ? Test::kGreaterOrEqual : Test::kLessOrEqual;
    case Operator::kGreater:
      return swapped ? Test::kLess : Test::kGreater;
    case Operator::kGreaterOrEqual:
      return swapped ? Test::kLessOrEqual : Test::kGreaterOrEqual;
    default:
      return Test::kEqual;
  }
}

Result<AttributeCondition> ReadCondition(const Ast& ast, const Node& condition,
                                         const std::vector<const Node*>& operands) {
  if (condition.kind != NodeKind::kComparison && operands[0]->kind != NodeKind::kPath) {
    return Status::Validation(std::string(kInvalidCondition) + std::string(NameOf(condition)) +
                              " operator must have the key attribute as its first operand");
  }
  AttributeCondition read;
  std::vector<ValueView> values;
  for (const Node* operand : operands) {
    if (operand->kind == NodeKind::kValue) {
      values.push_back(operand->value);
      continue;
    }
    if (operand->kind == NodeKind::kCall) {
      return Status::Validation(std::string(kInvalidExpression) +
                                "KeyConditionExpressions cannot contain nested operations");
    }
    if (!read.attribute.empty()) {
      return Status::Validation(std::string(kInvalidCondition) +
                                "Multiple attribute names used in one condition");
    }
    const expr::Path path = expr::PathAt(ast, operand->ref);
    if (path.size() > 1) {
      return Status::Validation(
          std::string(kInvalidExpression) +
          "KeyConditionExpressions cannot have conditions on nested attributes");
    }
    read.attribute = path[0].name;
  }
  if (read.attribute.empty()) {
    return Status::Validation(std::string(kInvalidCondition) + "No key attribute specified");
  }
  read.test = TestOf(condition, operands[0]->kind == NodeKind::kValue);
  read.low = values.front();
  read.high = values.back();
  return read;
}

Result<std::vector<AttributeCondition>> ReadConditions(const Ast& ast) {
  RETURN_IF_ERROR(CheckOperators(ast));
  std::vector<AttributeCondition> conditions;
  std::vector<const Node*> operands;
  for (const Node& node : ast.nodes) {
    if (node.kind == NodeKind::kAndJump) continue;
    if (node.kind == NodeKind::kPath || node.kind == NodeKind::kValue) {
      operands.push_back(&node);
      continue;
    }
    if (node.kind == NodeKind::kCall && !node.is_condition) {
      operands.resize(operands.size() - node.operands);
      operands.push_back(&node);
      continue;
    }
    ASSIGN_OR_RETURN(const AttributeCondition condition, ReadCondition(ast, node, operands));
    operands.clear();
    for (const AttributeCondition& other : conditions) {
      if (other.attribute != condition.attribute) continue;
      return Status::Validation(std::string(kInvalidExpression) +
                                "KeyConditionExpressions must only contain one condition per key");
    }
    conditions.push_back(condition);
  }
  return conditions;
}

const AttributeCondition* FindCondition(const std::vector<AttributeCondition>& conditions,
                                        std::string_view attribute) {
  for (const AttributeCondition& condition : conditions) {
    if (condition.attribute == attribute) return &condition;
  }
  return nullptr;
}

Status CheckKeyValue(const KeyAttribute& attribute, ValueView value, bool hash) {
  if (value.type() != attribute.type) {
    return Status::Validation(
        "One or more parameter values were invalid: Condition parameter type does not match schema "
        "type");
  }
  const size_t size = value.payload().size();
  if (size == 0) {
    const std::string kind = value.Is(ValueType::kBinary) ? "binary" : "string";
    return Status::Validation(
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
        "contain an empty " +
        kind + " value. Key: " + attribute.name);
  }
  if (hash && size > kPartitionKeySizeMax) {
    return Status::Validation(
        "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size "
        "limit of2048 bytes");
  }
  if (!hash && size > kSortKeySizeMax) {
    return Status::Validation(
        "One or more parameter values were invalid: Aggregated size of all range keys has exceeded "
        "the size limit of 1024 bytes");
  }
  return Status::Ok();
}

// The condition on a key attribute, its values checked against the schema.
Result<const AttributeCondition*> TakeCondition(const std::vector<AttributeCondition>& conditions,
                                                const KeyAttribute& attribute, bool hash) {
  const AttributeCondition* const condition = FindCondition(conditions, attribute.name);
  if (condition == nullptr) {
    return Status::Validation("Query condition missed key schema element: " + attribute.name);
  }
  RETURN_IF_ERROR(CheckKeyValue(attribute, condition->low, hash));
  RETURN_IF_ERROR(CheckKeyValue(attribute, condition->high, hash));
  return condition;
}

// The least byte string above all that begin with `prefix`; null when there is none.
std::optional<std::string> EndOfPrefix(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (end.empty()) return std::nullopt;
  ++end.back();
  return end;
}

void SetRange(const AttributeCondition& condition, KeyCondition* key) {
  const std::string low(condition.low.payload());
  switch (condition.test) {
    case Test::kEqual:
      key->lower = low;
      key->upper = low;
      key->upper_inclusive = true;
      return;
    case Test::kLess:
      key->upper = low;
      return;
    case Test::kLessOrEqual:
      key->upper = low;
      key->upper_inclusive = true;
      return;
    case Test::kGreater:
      key->lower = low;
      key->lower_exclusive = true;
      return;
    case Test::kGreaterOrEqual:
      key->lower = low;
      return;
    case Test::kBetween:
      key->lower = low;
      key->upper = std::string(condition.high.payload());
      key->upper_inclusive = true;
      return;
    case Test::kBeginsWith:
      key->lower = low;
      key->upper = EndOfPrefix(low);
      return;
  }
}

// The HASH attributes: each by equality.
Status TakeHash(const std::vector<AttributeCondition>& conditions, const IndexKeySchema& schema,
                KeyCondition* key) {
  for (size_t i = 0; i < schema.hash.size(); ++i) {
    ASSIGN_OR_RETURN(const AttributeCondition* hash,
                     TakeCondition(conditions, schema.hash[i], true));
    if (hash->test != Test::kEqual) return Status::Validation("Query key condition not supported");
    std::string raw(hash->low.payload());
    i == 0 ? key->pk = std::move(raw) : key->more_pk.emplace_back(std::move(raw));
  }
  return Status::Ok();
}

// No condition on a RANGE attribute after one without equality. Recorded (paritysuite/
// dynamodb-conformance, tier1/query/multiAttributeGsiKey) for one attribute of either kind; how
// several that lack equality are listed, and which of several conditions after them is named, is
// not confirmed.
Status CheckPrefix(const std::vector<AttributeCondition>& conditions,
                   const std::vector<KeyAttribute>& range) {
  std::string unequal;
  for (const KeyAttribute& attribute : range) {
    const AttributeCondition* const condition = FindCondition(conditions, attribute.name);
    if (condition != nullptr && !unequal.empty()) {
      return Status::Validation("RANGE key attributes " + unequal +
                                " must have equality conditions specified in the query because a "
                                "condition is present on key attribute " +
                                attribute.name);
    }
    if (condition != nullptr && condition->test == Test::kEqual) continue;
    unequal.append(unequal.empty() ? "" : ", ").append(attribute.name);
  }
  return Status::Ok();
}

// The RANGE attributes that have conditions: from the left, all but the last by equality.
Status TakeRange(const std::vector<AttributeCondition>& conditions, const IndexKeySchema& schema,
                 KeyCondition* key) {
  RETURN_IF_ERROR(CheckPrefix(conditions, schema.range));
  const size_t count = conditions.size() - schema.hash.size();
  for (size_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(const AttributeCondition* range,
                     TakeCondition(conditions, schema.range[i], false));
    if (i + 1 == count) {
      SetRange(*range, key);
    } else if (range->test == Test::kEqual) {
      key->sk_equal.emplace_back(range->low.payload());
    } else {
      return Status::Validation("Query key condition not supported");
    }
  }
  return Status::Ok();
}

Result<KeyCondition> MatchSchema(const std::vector<AttributeCondition>& conditions,
                                 const IndexKeySchema& schema) {
  const size_t attributes = schema.hash.size() + schema.range.size();
  if (conditions.size() > attributes) {
    // Confirmed for three conditions on a key of two attributes.
    return Status::Validation("The number of query conditions (" +
                              std::to_string(conditions.size()) +
                              ") exceeds the number of key attributes defined in the schema (" +
                              std::to_string(attributes) + ")");
  }
  KeyCondition key;
  RETURN_IF_ERROR(TakeHash(conditions, schema, &key));
  RETURN_IF_ERROR(TakeRange(conditions, schema, &key));
  return key;
}

}  // namespace

Result<KeyCondition> KeyCondition::Parse(std::string_view text, const KeySchema& schema,
                                         Placeholders* placeholders) {
  return Parse(text, AsIndexKeySchema(schema), placeholders);
}

Result<KeyCondition> KeyCondition::Parse(std::string_view text, const IndexKeySchema& schema,
                                         Placeholders* placeholders) {
  RETURN_IF_ERROR(expr::CheckTextSize(kParameter, text));
  expr::ParsedText parsed(text);
  RETURN_IF_ERROR(expr::ParseConditionText(kParameter, &parsed));
  const auto nodes = static_cast<uint32_t>(parsed.ast.nodes.size());
  RETURN_IF_ERROR(expr::ResolveNodes(kParameter, 0, nodes, &parsed.ast, placeholders));
  ASSIGN_OR_RETURN(const std::vector<AttributeCondition> conditions, ReadConditions(parsed.ast));
  return MatchSchema(conditions, schema);
}

}  // namespace millrace
