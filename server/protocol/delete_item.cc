#include <utility>

#include "engine/json/attribute_value.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/item_operations.h"
#include "server/protocol/item_write.h"
#include "server/protocol/legacy_parameters.h"

// DeleteItem. Source: "DeleteItem" in the API reference.
namespace millrace {
namespace {

constexpr Member kMembers[] = {
    {"ReturnValues", &kReturnValues},
    {"ReturnConsumedCapacity", &kReturnConsumedCapacity},
    {"TableName", &kTableName, Presence::kRequired},
    {"ReturnItemCollectionMetrics", &kReturnItemCollectionMetrics},
    {"ReturnValuesOnConditionCheckFailure", &kReturnValuesOnFailure},
    {"Key", &kAttributeMap, Presence::kRequired},
    {"ConditionalOperator", &kConditionalOperator},
    {"Expected", &kExpected},
    {"ConditionExpression", &kAnyText},
    {"ExpressionAttributeValues", &kAttributeMap},
    {"ExpressionAttributeNames", &kAttributeNames},
};
constexpr std::string_view kExpressions[] = {"ConditionExpression"};
constexpr std::string_view kLegacy[] = {"Expected", "ConditionalOperator"};

}  // namespace

const Shape kDeleteItemInput = StructureOf("DeleteItemInput", kMembers);
const ExpressionRules kDeleteItemExpressions = {SpanOf(kExpressions), SpanOf(kLegacy),
                                                SpanOf(kExpressions)};

Status DeleteItem(Call* call) {
  const Members& input = call->input;
  ASSIGN_OR_RETURN(const Value key_map, DecodeAttributeMap(*input.Find("Key")));
  const ReturnValues returns = ReadReturnValues(input);
  RETURN_IF_ERROR(CheckReturnsOldOnly(returns));
  const std::string key = key_map.Encode();
  WriteParameters write;
  write.kind = WriteKind::kDelete;
  write.key = key;
  write.condition = input.String("ConditionExpression");
  ASSIGN_OR_RETURN(write.expected, ReadExpected(input));
  ASSIGN_OR_RETURN(Placeholders placeholders, ReadPlaceholders(input));
  ASSIGN_OR_RETURN(WriteRequest request,
                   MakeWriteRequest(std::move(write), call->FindTable(), &placeholders));
  return CommitAndReply(call, std::move(request), std::move(placeholders), returns);
}

}  // namespace millrace
