#include <utility>

#include "engine/json/attribute_value.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/item_operations.h"
#include "server/protocol/item_write.h"
#include "server/protocol/legacy_parameters.h"

// UpdateItem. Source: "UpdateItem" in the API reference.
namespace millrace {
namespace {

constexpr std::string_view kActionValues[] = {"ADD", "DELETE", "PUT"};
constexpr Shape kAction = EnumOf(kActionValues);
constexpr Member kAttributeUpdateMembers[] = {
    {"Action", &kAction},
    {"Value", &kAttributeValue},
};
constexpr Shape kAttributeUpdate = StructureOf("AttributeValueUpdate", kAttributeUpdateMembers);
constexpr Shape kAttributeUpdates = MapOf(&kAttributeUpdate);

constexpr Member kMembers[] = {
    {"ReturnConsumedCapacity", &kReturnConsumedCapacity},
    {"TableName", &kTableName, Presence::kRequired},
    {"ReturnItemCollectionMetrics", &kReturnItemCollectionMetrics},
    {"ReturnValues", &kReturnValues},
    {"ReturnValuesOnConditionCheckFailure", &kReturnValuesOnFailure},
    {"ConditionalOperator", &kConditionalOperator},
    {"Key", &kAttributeMap, Presence::kRequired},
    {"Expected", &kExpected},
    {"AttributeUpdates", &kAttributeUpdates},
    {"ConditionExpression", &kAnyText},
    {"UpdateExpression", &kAnyText},
    {"ExpressionAttributeValues", &kAttributeMap},
    {"ExpressionAttributeNames", &kAttributeNames},
};
constexpr std::string_view kExpressions[] = {"UpdateExpression", "ConditionExpression"};
constexpr std::string_view kLegacy[] = {"AttributeUpdates", "Expected", "ConditionalOperator"};

}  // namespace

const Shape kUpdateItemInput = StructureOf("UpdateItemInput", kMembers);
const ExpressionRules kUpdateItemExpressions = {SpanOf(kExpressions), SpanOf(kLegacy),
                                                SpanOf(kExpressions)};

Status UpdateItem(Call* call) {
  const Members& input = call->input;
  ASSIGN_OR_RETURN(const Value key_map, DecodeAttributeMap(*input.Find("Key")));
  const std::string key = key_map.Encode();
  WriteParameters write;
  write.kind = WriteKind::kUpdate;
  write.key = key;
  write.condition = input.String("ConditionExpression");
  ASSIGN_OR_RETURN(write.attribute_updates, ReadAttributeUpdates(input));
  ASSIGN_OR_RETURN(write.expected, ReadExpected(input));
  write.update = input.String("UpdateExpression");
  ASSIGN_OR_RETURN(Placeholders placeholders, ReadPlaceholders(input));
  ASSIGN_OR_RETURN(WriteRequest request,
                   MakeWriteRequest(std::move(write), call->FindTable(), &placeholders));
  return CommitAndReply(call, std::move(request), std::move(placeholders), ReadReturnValues(input));
}

}  // namespace millrace
