#include "server/protocol/page_reply.h"

#include <string>
#include <utility>

#include "engine/json/attribute_value.h"
#include "server/protocol/capacity.h"

namespace millrace {
namespace {

// What Select may not be combined with.
Status CheckSelect(std::string_view select, bool has_projection) {
  if (select == "ALL_PROJECTED_ATTRIBUTES") {
    return Status::Validation(
        "One or more parameter values were invalid: ALL_PROJECTED_ATTRIBUTES can be used only when "
        "Querying using an IndexName");
  }
  if (select == "SPECIFIC_ATTRIBUTES" && !has_projection) {
    return Status::Validation(
        "One or more parameter values were invalid: Must specify the AttributesToGet or "
        "ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES");
  }
  if (has_projection && select == "ALL_ATTRIBUTES") {
    return Status::Validation(
        "One or more parameter values were invalid: Cannot specify the ProjectionExpression when "
        "choosing to get ALL_ATTRIBUTES");
  }
  if (has_projection && select == "COUNT") {
    return Status::Validation(
        "One or more parameter values were invalid: Cannot specify the ProjectionExpression when "
        "choosing to get only the Count");
  }
  return Status::Ok();
}

void WriteItems(const Page& page, const Selection& selection, JsonWriter* reply) {
  reply->Key("Items");
  reply->BeginArray();
  for (const std::string& bytes : page.items) {
    const ItemView item(bytes);
    if (selection.projection) {
      const std::string selected = selection.projection->Apply(item).Encode();
      WriteAttributeMap(MapView(selected), reply);
    } else {
      WriteAttributeMap(item.attributes(), reply);
    }
  }
  reply->EndArray();
}

}  // namespace

Result<Selection> ReadSelection(const Members& input, Placeholders* placeholders) {
  Selection selection;
  const auto text = input.String("ProjectionExpression");
  if (text) {
    ASSIGN_OR_RETURN(selection.projection, Projection::Parse(*text, placeholders));
  }
  const std::string_view select = input.Text("Select");
  RETURN_IF_ERROR(CheckSelect(select, text.has_value()));
  selection.count_only = select == "COUNT";
  return selection;
}

Result<std::optional<Value>> ReadStartKey(const Members& input) {
  const auto json = input.Find("ExclusiveStartKey");
  if (!json) return std::optional<Value>();
  Result<Value> map = DecodeAttributeMap(*json);
  if (map.ok()) return std::optional<Value>(std::move(map).value());
  if (!map.status().Is(ErrorCode::kValidation)) return map.status();
  return Status::Validation("The provided starting key is invalid: " + map.status().message());
}

Result<ItemKey> StartKeyOf(const KeySchema& schema, const Value& start_key) {
  Result<ItemKey> key = KeyOfKeyMap(schema, ValueView(start_key.Encode()));
  if (key.ok()) return key;
  return Status::Validation("The provided starting key is invalid: " + key.status().message());
}

Result<std::optional<Condition>> ReadFilter(const Members& input, Placeholders* placeholders) {
  const auto text = input.String("FilterExpression");
  if (!text) return std::optional<Condition>();
  ASSIGN_OR_RETURN(Condition filter, Condition::Parse("FilterExpression", *text, placeholders));
  return std::optional<Condition>(std::move(filter));
}

Status CheckPaths(const KeySchema& schema, const Selection& selection, const Condition* filter) {
  if (selection.projection) RETURN_IF_ERROR(selection.projection->CheckKeysAreScalars(schema));
  return filter == nullptr ? Status::Ok() : filter->CheckKeysAreScalars(schema);
}

Status ReadAndReply(Call* call, const PageRequest& request, const Selection& selection) {
  const Members& input = call->input;
  ASSIGN_OR_RETURN(const Page page, call->services.database->ReadPage(request));
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("Count");
  reply.Integer(static_cast<int64_t>(page.count));
  reply.Key("ScannedCount");
  reply.Integer(static_cast<int64_t>(page.scanned_count));
  if (!selection.count_only) WriteItems(page, selection, &reply);
  if (page.last_evaluated) {
    const std::string key = KeysItem(request.table->spec.schema, *page.last_evaluated);
    reply.Key("LastEvaluatedKey");
    WriteAttributeMap(ItemView(key).attributes(), &reply);
  }
  const ReturnConsumedCapacity mode = ReadReturnConsumedCapacity(input);
  if (mode != ReturnConsumedCapacity::kNone) {
    reply.Key("ConsumedCapacity");
    WriteConsumedCapacity(mode, request.table->spec.name,
                          ReadUnits(page.evaluated_size, input.Boolean("ConsistentRead")), &reply);
  }
  reply.EndObject();
  return Status::Ok();
}

}  // namespace millrace
