#include "server/protocol/page_reply.h"

#include <string>

#include "server/protocol/capacity.h"
#include "server/protocol/index_read.h"
#include "server/protocol/metered_read.h"

namespace millrace {
namespace {

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

void WriteReadCapacity(ReturnConsumedCapacity mode, const PageRequest& request, const Page& page,
                       bool consistent, JsonWriter* reply) {
  const std::string& table = request.table->spec.name;
  const PageCost cost = CostOfPage(request.index, page, consistent);
  if (request.index == nullptr) return WriteConsumedCapacity(mode, table, cost.table, reply);
  const IndexSpec& index = request.index->spec;
  WriteConsumedCapacity(mode, table, cost.table, {{index.name, index.kind, cost.index}}, reply);
}

}  // namespace

SelectParameters ReadSelect(const Members& input, bool is_query) {
  return {.select = input.Text("Select"),
          .has_projection = input.Has("ProjectionExpression"),
          .has_attributes_to_get = input.Has("AttributesToGet"),
          .on_index = input.Has("IndexName"),
          .is_query = is_query};
}

Result<std::string> ReadStartKey(const Members& input, ValueLayer layer) {
  const auto json = input.Find("ExclusiveStartKey");
  if (!json) return std::string();
  const Result<Value> map = DecodeAttributeMap(*json, layer);
  if (map.ok()) return map->Encode();
  if (!map.status().Is(ErrorCode::kValidation) || layer == ValueLayer::kCurrent) {
    return map.status();
  }
  return Status::Validation("The provided starting key is invalid: " + map.status().message());
}

void ReadPageParameters(const Members& input, std::string_view start_key,
                        PageParameters* parameters) {
  parameters->filter = input.String("FilterExpression");
  parameters->projection = input.String("ProjectionExpression");
  parameters->index = input.String("IndexName");
  parameters->consistent = input.Boolean("ConsistentRead");
  parameters->select = input.Text("Select");
  parameters->start_key = start_key;
  if (const auto limit = input.Integer("Limit")) parameters->limit = static_cast<size_t>(*limit);
}

Status ReadAndReply(Call* call, const PageRequest& request, const Selection& selection) {
  const Members& input = call->input;
  const bool consistent = input.Boolean("ConsistentRead");
  ASSIGN_OR_RETURN(const Page page,
                   ReadMeteredPage(call->services.database, call->services.throughput, request,
                                   consistent, &call->throttled));
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("Count");
  reply.Integer(static_cast<int64_t>(page.count));
  reply.Key("ScannedCount");
  reply.Integer(static_cast<int64_t>(page.scanned_count));
  if (!selection.count_only) WriteItems(page, selection, &reply);
  if (page.last_evaluated) {
    const Table& table = *request.table;
    const std::string key =
        request.index == nullptr
            ? KeysItem(table.spec.schema, *page.last_evaluated)
            : IndexKeysItem(table, *request.index, *page.last_evaluated, page.last_evaluated_index);
    reply.Key("LastEvaluatedKey");
    WriteAttributeMap(ItemView(key).attributes(), &reply);
  }
  const ReturnConsumedCapacity mode = ReadReturnConsumedCapacity(input);
  if (mode != ReturnConsumedCapacity::kNone) {
    reply.Key("ConsumedCapacity");
    WriteReadCapacity(mode, request, page, consistent, &reply);
  }
  reply.EndObject();
  return Status::Ok();
}

}  // namespace millrace
