#include "server/protocol/legacy_parameters.h"

#include <string>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/limits.h"

namespace millrace {
namespace {

constexpr size_t kKeyConditionsMax = 2;

Status Invalid(std::string_view text, std::string_view attribute) {
  return Status::Validation("One or more parameter values were invalid: " + std::string(text) +
                            " for Attribute: " + std::string(attribute));
}

ComparisonOperator OperatorOf(const Members& condition) {
  const auto op = ComparisonOperatorOf(condition.Text("ComparisonOperator"));
  MILLRACE_CHECK(op.has_value(), "its enum was checked");
  return *op;
}

Status ReadValues(const Members& condition, ValueLayer layer, std::vector<Value>* values) {
  const auto list = condition.Find("AttributeValueList");
  if (!list) return Status::Ok();
  return list->ForEachElement([layer, values](JsonValue json) {
    ASSIGN_OR_RETURN(Value value, DecodeAttributeValue(json, layer));
    values->push_back(std::move(value));
    return Status::Ok();
  });
}

// As of the names in an item, also in DynamoDB Local.
Status CheckName(std::string_view attribute) {
  if (attribute.empty()) return Status::Validation("Empty attribute name");
  if (attribute.size() <= kAttributeNameSizeMax) return Status::Ok();
  return Status::Validation("Attribute name is too large, must be less than 65536 bytes");
}

Result<AttributeComparison> ReadComparison(std::string_view attribute, const Members& condition,
                                           ValueLayer layer) {
  RETURN_IF_ERROR(CheckName(attribute));
  AttributeComparison comparison;
  comparison.attribute = attribute;
  comparison.op = OperatorOf(condition);
  RETURN_IF_ERROR(ReadValues(condition, layer, &comparison.values));
  RETURN_IF_ERROR(CheckComparison(comparison));
  return comparison;
}

Result<std::vector<AttributeComparison>> ReadComparisons(const Members& input,
                                                         std::string_view name, ValueLayer layer) {
  std::vector<AttributeComparison> comparisons;
  if (const auto conditions = input.Find(name)) {
    RETURN_IF_ERROR(conditions->ForEachMember(
        [&comparisons, layer](std::string_view attribute, JsonValue json) {
          ASSIGN_OR_RETURN(AttributeComparison comparison,
                           ReadComparison(attribute, Members(json), layer));
          comparisons.push_back(std::move(comparison));
          return Status::Ok();
        }));
  }
  return comparisons;
}

// With a ComparisonOperator an expectation is a comparison like any other, which may bring its one
// value as Value.
Result<AttributeComparison> ReadExpectedComparison(std::string_view attribute,
                                                   const Members& expected) {
  if (expected.Has("Exists")) {
    return Invalid("Exists and ComparisonOperator cannot be used together", attribute);
  }
  AttributeComparison comparison;
  comparison.attribute = attribute;
  comparison.op = OperatorOf(expected);
  const bool needs_values =
      comparison.op != ComparisonOperator::kNull && comparison.op != ComparisonOperator::kNotNull;
  if (needs_values && !expected.Has("AttributeValueList") && !expected.Has("Value")) {
    return Invalid("Value or AttributeValueList must be used with ComparisonOperator: " +
                       std::string(expected.Text("ComparisonOperator")),
                   attribute);
  }
  RETURN_IF_ERROR(ReadValues(expected, ValueLayer::kUnchanged, &comparison.values));
  if (const auto json = expected.Find("Value")) {
    ASSIGN_OR_RETURN(Value value, DecodeAttributeValue(*json));
    comparison.values.push_back(std::move(value));
  }
  RETURN_IF_ERROR(CheckComparison(comparison));
  return comparison;
}

// Without one: a Value that the attribute has to be, or Exists false.
Result<AttributeComparison> ReadExpectation(std::string_view attribute, const Members& expected) {
  RETURN_IF_ERROR(CheckName(attribute));
  const auto value = expected.Find("Value");
  if (value && expected.Has("AttributeValueList")) {
    return Invalid("Value and AttributeValueList cannot be used together", attribute);
  }
  if (expected.Has("ComparisonOperator")) return ReadExpectedComparison(attribute, expected);
  if (expected.Has("AttributeValueList")) {
    return Invalid("AttributeValueList can only be used with a ComparisonOperator", attribute);
  }
  const bool exists = expected.Boolean("Exists", true);
  AttributeComparison comparison;
  comparison.attribute = attribute;
  if (exists && !value) {
    return Invalid(std::string("Value must be provided when Exists is ") +
                       (expected.Has("Exists") ? "true" : "null"),
                   attribute);
  }
  if (!exists && value) {
    return Invalid("Value cannot be used when Exists is false", attribute);
  }
  if (!exists) {
    comparison.op = ComparisonOperator::kNull;
    return comparison;
  }
  ASSIGN_OR_RETURN(Value wanted, DecodeAttributeValue(*value));
  comparison.values.push_back(std::move(wanted));
  return comparison;
}

// Of the parameters that ConditionalOperator goes with, seven of ten regions look into a ScanFilter
// first. Source: paritysuite/dynamodb-conformance,
// tests/tier3/validation-ordering/deepRequests.test.ts.
Status CheckScanFilterDepth(const Members& input) {
  const auto filter = input.Find("ScanFilter");
  if (!filter) return Status::Ok();
  return filter->ForEachMember([](std::string_view, JsonValue condition) {
    std::vector<Value> values;
    Status status = ReadValues(Members(condition), ValueLayer::kOlder, &values);
    return IsNestedTooDeep(status) ? status : Status::Ok();
  });
}

std::optional<Condition> Combine(const Members& input,
                                 const std::vector<AttributeComparison>& comparisons) {
  if (comparisons.empty()) return std::nullopt;
  return ConditionOf(comparisons, input.Text("ConditionalOperator") == "OR");
}

Result<AttributeUpdate> ReadAttributeUpdate(std::string_view attribute, const Members& input) {
  RETURN_IF_ERROR(CheckName(attribute));
  AttributeUpdate update;
  update.attribute = attribute;
  const std::string_view action = input.Text("Action");
  if (action == "ADD") update.action = AttributeUpdate::Action::kAdd;
  if (action == "DELETE") update.action = AttributeUpdate::Action::kDelete;
  if (const auto json = input.Find("Value")) {
    ASSIGN_OR_RETURN(update.value, DecodeAttributeValue(*json));
  }
  RETURN_IF_ERROR(CheckAttributeUpdate(update));
  return update;
}

}  // namespace

Status CheckConditionalOperator(const Members& input) {
  if (!input.Has("ConditionalOperator")) return Status::Ok();
  RETURN_IF_ERROR(CheckScanFilterDepth(input));
  size_t conditions = 0;
  for (const std::string_view name : {"Expected", "QueryFilter", "ScanFilter"}) {
    if (const auto map = input.Find(name)) conditions = map->size();
  }
  if (conditions == 0) {
    return Status::Validation("ConditionalOperator cannot be used without Filter or Expected");
  }
  if (conditions == 1) {
    return Status::Validation(
        "ConditionalOperator can only be used when Filter or Expected has two or more elements");
  }
  return Status::Ok();
}

Result<std::optional<Condition>> ReadExpected(const Members& input) {
  std::vector<AttributeComparison> comparisons;
  if (const auto expected = input.Find("Expected")) {
    RETURN_IF_ERROR(expected->ForEachMember([&comparisons](std::string_view attribute,
                                                           JsonValue json) {
      ASSIGN_OR_RETURN(AttributeComparison comparison, ReadExpectation(attribute, Members(json)));
      comparisons.push_back(std::move(comparison));
      return Status::Ok();
    }));
  }
  return Combine(input, comparisons);
}

Result<std::optional<Condition>> ReadLegacyFilter(const Members& input, std::string_view name,
                                                  ValueLayer layer) {
  ASSIGN_OR_RETURN(const std::vector<AttributeComparison> comparisons,
                   ReadComparisons(input, name, layer));
  return Combine(input, comparisons);
}

Result<std::vector<AttributeComparison>> ReadKeyConditions(const Members& input) {
  ASSIGN_OR_RETURN(std::vector<AttributeComparison> conditions,
                   ReadComparisons(input, "KeyConditions", ValueLayer::kCurrent));
  if (input.Has("KeyConditions") && (conditions.empty() || conditions.size() > kKeyConditionsMax)) {
    return Status::Validation("Conditions can be of length 1 or 2 only");
  }
  return conditions;
}

Result<std::vector<AttributeUpdate>> ReadAttributeUpdates(const Members& input) {
  std::vector<AttributeUpdate> updates;
  if (const auto map = input.Find("AttributeUpdates")) {
    RETURN_IF_ERROR(map->ForEachMember([&updates](std::string_view attribute, JsonValue json) {
      ASSIGN_OR_RETURN(AttributeUpdate update, ReadAttributeUpdate(attribute, Members(json)));
      updates.push_back(std::move(update));
      return Status::Ok();
    }));
  }
  return updates;
}

Result<std::optional<Projection>> ReadAttributesToGet(const Members& input) {
  const auto list = input.Find("AttributesToGet");
  if (!list) return std::optional<Projection>();
  std::vector<std::string> attributes;
  RETURN_IF_ERROR(list->ForEachElement([&attributes](JsonValue json) {
    attributes.emplace_back(json.string());
    return CheckName(attributes.back());
  }));
  ASSIGN_OR_RETURN(Projection projection, ProjectionOf(attributes));
  return std::optional<Projection>(std::move(projection));
}

}  // namespace millrace
