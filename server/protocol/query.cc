#include <algorithm>
#include <string>
#include <utility>

#include "server/protocol/common_shapes.h"
#include "server/protocol/item_operations.h"
#include "server/protocol/page_reply.h"

// Query. Source: "Query" in the API reference.
namespace millrace {
namespace {

constexpr Member kMembers[] = {
    {"Limit", &kPositiveInteger},
    {"ExclusiveStartKey", &kAttributeMap},
    {"ReturnConsumedCapacity", &kReturnConsumedCapacity},
    {"AttributesToGet", &kAttributeNameList, Presence::kNotBuilt},
    {"QueryFilter", &kLegacyConditions, Presence::kNotBuilt},
    {"Select", &kSelect},
    {"ConditionalOperator", &kConditionalOperator, Presence::kNotBuilt},
    {"KeyConditions", &kLegacyConditions, Presence::kNotBuilt},
    {"TableName", &kTableName, Presence::kRequired},
    {"ConsistentRead", &kAnyBoolean},
    {"IndexName", &kIndexName, Presence::kNotBuilt},
    {"ScanIndexForward", &kAnyBoolean},
    {"KeyConditionExpression", &kAnyText},
    {"FilterExpression", &kAnyText},
    {"ProjectionExpression", &kAnyText},
    {"ExpressionAttributeValues", &kAttributeMap},
    {"ExpressionAttributeNames", &kAttributeNames},
};
constexpr std::string_view kExpressions[] = {"ProjectionExpression", "FilterExpression",
                                             "KeyConditionExpression"};
constexpr std::string_view kLegacy[] = {"AttributesToGet", "QueryFilter", "ConditionalOperator",
                                        "KeyConditions"};
constexpr std::string_view kWithValues[] = {"FilterExpression", "KeyConditionExpression"};

Status CheckFilterKeys(const Condition& filter, const KeySchema& schema) {
  for (const std::string& name : filter.TopLevelAttributes()) {
    if (name == schema.hash.name || (schema.range && name == schema.range->name)) {
      return Status::Validation(
          "Filter Expression can only contain non-primary key attributes: Primary key attribute: " +
          name);
    }
  }
  return Status::Ok();
}

bool IsWithin(const KeyCondition& condition, const std::string& sk) {
  if (condition.lower) {
    if (condition.lower_exclusive ? sk <= *condition.lower : sk < *condition.lower) return false;
  }
  if (condition.upper) {
    if (condition.upper_inclusive ? sk > *condition.upper : sk >= *condition.upper) return false;
  }
  return true;
}

Status CheckStartKey(const ItemKey& key, const KeyCondition& condition) {
  if (key.pk != condition.pk) {
    return Status::Validation(
        "The provided starting key is outside query boundaries based on provided conditions");
  }
  if (!IsWithin(condition, key.sk)) {
    return Status::Validation("The provided starting key does not match the range key predicate");
  }
  return Status::Ok();
}

}  // namespace

const Shape kQueryInput = StructureOf("QueryInput", kMembers);
const ExpressionRules kQueryExpressions = {SpanOf(kExpressions), SpanOf(kLegacy),
                                           SpanOf(kWithValues)};

Status Query(Call* call) {
  const Members& input = call->input;
  ASSIGN_OR_RETURN(const std::optional<Value> start_key, ReadStartKey(input));
  const auto text = input.String("KeyConditionExpression");
  if (!text) {
    return Status::Validation(
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the "
        "request.");
  }
  ASSIGN_OR_RETURN(Placeholders placeholders, ReadPlaceholders(input));
  const Result<TableRef> table = call->FindTable();
  if (!table.ok()) {
    // Text that no table could make right is AWS's first error.
    RETURN_IF_ERROR(Condition::Parse("KeyConditionExpression", *text, &placeholders).status());
    return table.status();
  }
  const KeySchema& schema = (*table)->spec.schema;
  ASSIGN_OR_RETURN(const KeyCondition condition, KeyCondition::Parse(*text, schema, &placeholders));
  ASSIGN_OR_RETURN(const std::optional<Condition> filter, ReadFilter(input, &placeholders));
  ASSIGN_OR_RETURN(const Selection selection, ReadSelection(input, &placeholders));
  RETURN_IF_ERROR(placeholders.CheckAllUsed());

  PageRequest request;
  request.table = *table;
  request.key_condition = &condition;
  request.forward = input.Boolean("ScanIndexForward", true);
  request.count_only = selection.count_only;
  if (start_key) {
    ASSIGN_OR_RETURN(request.exclusive_start, StartKeyOf(schema, *start_key));
    RETURN_IF_ERROR(CheckStartKey(*request.exclusive_start, condition));
  }
  if (filter) {
    RETURN_IF_ERROR(CheckFilterKeys(*filter, schema));
    request.filter = &*filter;
  }
  RETURN_IF_ERROR(CheckPaths(schema, selection, request.filter));
  if (const auto limit = input.Integer("Limit")) request.limit = static_cast<size_t>(*limit);
  return ReadAndReply(call, request, selection);
}

}  // namespace millrace
