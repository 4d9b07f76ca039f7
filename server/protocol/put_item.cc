#include <utility>

#include "engine/json/attribute_value.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/item_operations.h"
#include "server/protocol/item_write.h"
#include "server/protocol/legacy_parameters.h"

// PutItem. Source: "PutItem" in the API reference.
namespace millrace {
namespace {

constexpr Member kMembers[] = {
    {"ReturnValues", &kReturnValues},
    {"ReturnConsumedCapacity", &kReturnConsumedCapacity},
    {"TableName", &kTableName, Presence::kRequired},
    {"Item", &kAttributeMap, Presence::kRequired},
    {"ConditionalOperator", &kConditionalOperator},
    {"Expected", &kExpected},
    {"ReturnItemCollectionMetrics", &kReturnItemCollectionMetrics},
    {"ReturnValuesOnConditionCheckFailure", &kReturnValuesOnFailure},
    {"ConditionExpression", &kAnyText},
    {"ExpressionAttributeValues", &kAttributeMap},
    {"ExpressionAttributeNames", &kAttributeNames},
};
constexpr std::string_view kExpressions[] = {"ConditionExpression"};
constexpr std::string_view kLegacy[] = {"Expected", "ConditionalOperator"};

}  // namespace

const Shape kPutItemInput = StructureOf("PutItemInput", kMembers);
const ExpressionRules kPutItemExpressions = {SpanOf(kExpressions), SpanOf(kLegacy),
                                             SpanOf(kExpressions)};

Status PutItem(Call* call) {
  const Members& input = call->input;
  ASSIGN_OR_RETURN(const Value attributes, DecodeAttributeMap(*input.Find("Item")));
  const ReturnValues returns = ReadReturnValues(input);
  RETURN_IF_ERROR(CheckReturnsOldOnly(returns));
  WriteParameters write;
  write.kind = WriteKind::kPut;
  write.item = EncodeItem(attributes);
  RETURN_IF_ERROR(CheckItemSize(ItemView(write.item)));
  write.condition = input.String("ConditionExpression");
  ASSIGN_OR_RETURN(write.expected, ReadExpected(input));
  ASSIGN_OR_RETURN(Placeholders placeholders, ReadPlaceholders(input));
  ASSIGN_OR_RETURN(WriteRequest request,
                   MakeWriteRequest(std::move(write), call->FindTable(), &placeholders));
  return CommitAndReply(call, std::move(request), std::move(placeholders), returns);
}

}  // namespace millrace
