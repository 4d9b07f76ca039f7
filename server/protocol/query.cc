#include <string>

#include "server/protocol/common_shapes.h"
#include "server/protocol/item_operations.h"
#include "server/protocol/legacy_parameters.h"
#include "server/protocol/page_reply.h"

// Query. Source: "Query" in the API reference.
namespace millrace {
namespace {

// Recorded in all regions (paritysuite/dynamodb-conformance, error-messages/query). The words for
// the lengths of TableName, IndexName and AttributesToGet are not: they are the older ones.
constexpr Shape kLimit = Unechoed(kPositiveInteger);

// Recorded (validation-ordering/query): before and without all other constraints, in words of its
// own that name AND wrongly. Only two conditions and a bad Select were tried beside it.
Status CheckConditionalOperatorValue(std::optional<JsonValue> value) {
  if (!value || value->string() == "AND" || value->string() == "OR") return Status::Ok();
  return Status::Validation(
      "Failed to satisfy constraint: Member must satisfy enum value set: [ALL, OR]");
}

constexpr Member kMembers[] = {
    {"Limit", &kLimit},
    {"ExclusiveStartKey", &kAttributeMap},
    {"ReturnConsumedCapacity", &kReturnConsumedCapacity},
    {"AttributesToGet", &kAttributeNameList},
    {"QueryFilter", &kLegacyConditions},
    {"Select", &kSelect},
    {"ConditionalOperator", &kConditionalOperator, Presence::kOptional,
     CheckConditionalOperatorValue},
    {"KeyConditions", &kLegacyConditions},
    {"TableName", &kTableName, Presence::kRequired},
    {"ConsistentRead", &kAnyBoolean},
    {"IndexName", &kIndexName},
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

}  // namespace

const Shape kQueryInput = StructureOf("QueryInput", kMembers);
const ExpressionRules kQueryExpressions = {SpanOf(kExpressions), SpanOf(kLegacy),
                                           SpanOf(kWithValues)};

Status Query(Call* call) {
  const Members& input = call->input;
  RETURN_IF_ERROR(CheckSelect(ReadSelect(input, true)));
  QueryParameters parameters;
  ASSIGN_OR_RETURN(parameters.legacy_filter,
                   ReadLegacyFilter(input, "QueryFilter", ValueLayer::kCurrent));
  ASSIGN_OR_RETURN(parameters.attributes_to_get, ReadAttributesToGet(input));
  ASSIGN_OR_RETURN(const std::string start_key, ReadStartKey(input, ValueLayer::kCurrent));
  parameters.key_condition = input.String("KeyConditionExpression");
  RETURN_IF_ERROR(
      RequireKeyCondition(parameters.key_condition.has_value() || input.Has("KeyConditions")));
  ASSIGN_OR_RETURN(parameters.key_conditions, ReadKeyConditions(input));
  ReadPageParameters(input, start_key, &parameters);
  parameters.forward = input.Boolean("ScanIndexForward", true);
  ASSIGN_OR_RETURN(Placeholders placeholders, ReadPlaceholders(input, ValueLayer::kCurrent));
  ASSIGN_OR_RETURN(const ReadRequest request,
                   MakeQueryRequest(parameters, call->FindTable(), &placeholders));
  return ReadAndReply(call, request.Page(), request.selection);
}

}  // namespace millrace
