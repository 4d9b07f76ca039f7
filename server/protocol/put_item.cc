#include <utility>

#include "engine/json/attribute_value.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/item_operations.h"
#include "server/protocol/item_write.h"

// PutItem. Source: "PutItem" in the API reference.
namespace millrace {
namespace {

constexpr Member kMembers[] = {
    {"ReturnConsumedCapacity", &kReturnConsumedCapacity},
    {"TableName", &kTableName, Presence::kRequired},
    {"Item", &kAttributeMap, Presence::kRequired},
    {"ConditionalOperator", &kConditionalOperator, Presence::kNotBuilt},
    {"Expected", &kExpected, Presence::kNotBuilt},
    {"ReturnValues", &kReturnValues},
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
  WriteRequest request;
  request.kind = WriteKind::kPut;
  request.item = EncodeItem(attributes);
  RETURN_IF_ERROR(CheckItemSize(ItemView(request.item)));
  ASSIGN_OR_RETURN(Placeholders placeholders, ReadPlaceholders(input));
  ASSIGN_OR_RETURN(request.condition, ReadCondition(input, &placeholders));
  RETURN_IF_ERROR(placeholders.CheckAllUsed());
  ASSIGN_OR_RETURN(request.table, call->FindTable());
  ASSIGN_OR_RETURN(request.key, KeyOfItem(request.table->spec.schema, ItemView(request.item)));
  RETURN_IF_ERROR(CheckCondition(request));
  return CommitAndReply(call, std::move(request), std::move(placeholders), returns);
}

}  // namespace millrace
