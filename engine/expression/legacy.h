#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/expression/expression.h"
#include "engine/model/schema.h"
#include "engine/model/value.h"

// What DynamoDB had before expressions, as the same conditions, updates and projections: Expected,
// QueryFilter, ScanFilter, KeyConditions, AttributeUpdates and AttributesToGet. They name top-level
// attributes only, and the limits of an expression's text do not bind them. Source: "Legacy
// conditional parameters" in the developer guide; error texts from public test suites.
namespace millrace {

enum class ComparisonOperator : uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kNull,
  kNotNull,
  kContains,
  kNotContains,
  kBeginsWith,
  kIn,
  kBetween,
};
// EQ, NE and so on.
std::optional<ComparisonOperator> ComparisonOperatorOf(std::string_view name);

struct AttributeComparison {
  std::string attribute;
  ComparisonOperator op = ComparisonOperator::kEqual;
  std::vector<Value> values;
};
// "One or more parameter values were invalid: Invalid number of argument(s) for the EQ
// ComparisonOperator", values of different types or of a type that the operator does not take,
// BETWEEN with its bounds in the wrong order.
Status CheckComparison(const AttributeComparison& comparison);

// All of them, or `any`. Requires at least one, and CheckComparison of each. A missing attribute
// fails every comparison but NULL and NE.
Condition ConditionOf(const std::vector<AttributeComparison>& comparisons, bool any);

// Expression text for a KeyCondition, with its placeholders. Error: "Attempted conditional
// constraint is not an indexable operation".
Result<std::string> KeyConditionTextOf(const std::vector<AttributeComparison>& comparisons,
                                       Placeholders* placeholders);

struct AttributeUpdate {
  enum class Action : uint8_t { kPut, kAdd, kDelete };
  std::string attribute;
  Action action = Action::kPut;
  std::optional<Value> value;
};
// "One or more parameter values were invalid: ...": only DELETE goes without a value, and ADD and
// DELETE don't take every type.
Status CheckAttributeUpdate(const AttributeUpdate& update);
// No update for none: that makes an item of its key. Requires CheckAttributeUpdate of each. Error:
// "... Cannot update attribute NAME. This attribute is part of the key".
Result<std::optional<UpdateExpression>> UpdateOf(const std::vector<AttributeUpdate>& updates,
                                                 const KeySchema& schema);

// Requires at least one. Error: "One or more parameter values were invalid: Duplicate value in
// attribute name: NAME".
Result<Projection> ProjectionOf(const std::vector<std::string>& attributes);

}  // namespace millrace
