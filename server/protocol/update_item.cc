#include <utility>

#include "engine/json/attribute_value.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/item_operations.h"
#include "server/protocol/item_write.h"

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
    {"Key", &kAttributeMap, Presence::kRequired},
    {"ConditionalOperator", &kConditionalOperator, Presence::kNotBuilt},
    {"Expected", &kExpected, Presence::kNotBuilt},
    {"AttributeUpdates", &kAttributeUpdates, Presence::kNotBuilt},
    {"ConditionExpression", &kAnyText},
    {"UpdateExpression", &kAnyText},
    {"ExpressionAttributeValues", &kAttributeMap},
    {"ExpressionAttributeNames", &kAttributeNames},
};
constexpr std::string_view kExpressions[] = {"UpdateExpression", "ConditionExpression"};
constexpr std::string_view kLegacy[] = {"AttributeUpdates", "Expected", "ConditionalOperator"};

// Parsing an update needs the key's names, which an update may not touch: AWS reports that only
// after the table was found and the key fits it. Everything else wrong with the text comes before.
struct ParsedUpdateText {
  std::optional<UpdateExpression> update;
  Status key_touched;
};

Result<ParsedUpdateText> ReadUpdate(const Members& input, const TableRef& table,
                                    Placeholders* placeholders) {
  ParsedUpdateText parsed;
  const auto text = input.String("UpdateExpression");
  if (!text) return parsed;
  const KeySchema nobody;
  const KeySchema& schema = table == nullptr ? nobody : table->spec.schema;
  Result<UpdateExpression> update = UpdateExpression::Parse(*text, schema, placeholders);
  if (update.ok()) {
    parsed.update = std::move(update).value();
  } else {
    RETURN_IF_ERROR(UpdateExpression::Parse(*text, nobody, placeholders).status());
    parsed.key_touched = update.status();
  }
  return parsed;
}

}  // namespace

const Shape kUpdateItemInput = StructureOf("UpdateItemInput", kMembers);
const ExpressionRules kUpdateItemExpressions = {SpanOf(kExpressions), SpanOf(kLegacy),
                                                SpanOf(kExpressions)};

Status UpdateItem(Call* call) {
  const Members& input = call->input;
  ASSIGN_OR_RETURN(const Value key_map, DecodeAttributeMap(*input.Find("Key")));
  const Result<TableRef> table = call->FindTable();
  WriteRequest request;
  request.kind = WriteKind::kUpdate;
  ASSIGN_OR_RETURN(Placeholders placeholders, ReadPlaceholders(input));
  ASSIGN_OR_RETURN(ParsedUpdateText parsed,
                   ReadUpdate(input, table.ok() ? *table : nullptr, &placeholders));
  ASSIGN_OR_RETURN(request.condition, ReadCondition(input, &placeholders));
  RETURN_IF_ERROR(placeholders.CheckAllUsed());
  RETURN_IF_ERROR(table.status());
  request.table = *table;
  ASSIGN_OR_RETURN(request.key,
                   KeyOfKeyMap(request.table->spec.schema, ValueView(key_map.Encode())));
  RETURN_IF_ERROR(parsed.key_touched);
  RETURN_IF_ERROR(CheckCondition(request));
  request.update = std::move(parsed.update);
  return CommitAndReply(call, std::move(request), std::move(placeholders), ReadReturnValues(input));
}

}  // namespace millrace
