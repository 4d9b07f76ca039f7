#include <optional>
#include <string>
#include <utility>

#include "engine/json/attribute_value.h"
#include "server/protocol/call.h"
#include "server/protocol/capacity.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/item_core.h"
#include "server/protocol/item_operations.h"
#include "server/protocol/legacy_parameters.h"
#include "server/protocol/throughput.h"

// GetItem. Source: "GetItem" in the API reference.
namespace millrace {
namespace {

constexpr Member kMembers[] = {
    {"ReturnConsumedCapacity", &kReturnConsumedCapacity},
    {"AttributesToGet", &kAttributeNameList},
    {"TableName", &kTableName, Presence::kRequired},
    {"Key", &kAttributeMap, Presence::kRequired},
    {"ConsistentRead", &kAnyBoolean},
    {"ProjectionExpression", &kAnyText},
    {"ExpressionAttributeNames", &kAttributeNames},
};
constexpr std::string_view kExpressions[] = {"ProjectionExpression"};
constexpr std::string_view kLegacy[] = {"AttributesToGet"};

}  // namespace

const Shape kGetItemInput = StructureOf("GetItemInput", kMembers);
const ExpressionRules kGetItemExpressions = {SpanOf(kExpressions), SpanOf(kLegacy), {}};

Status GetItem(Call* call) {
  const Members& input = call->input;
  ASSIGN_OR_RETURN(const Value key_map,
                   DecodeAttributeMap(*input.Find("Key"), ValueLayer::kCurrent));
  const std::string key = key_map.Encode();
  GetParameters parameters{key, input.String("ProjectionExpression")};
  ASSIGN_OR_RETURN(parameters.attributes_to_get, ReadAttributesToGet(input));
  Placeholders placeholders;
  if (parameters.projection) {
    ASSIGN_OR_RETURN(placeholders, ReadNamePlaceholders(input));
  }
  ASSIGN_OR_RETURN(const GetRequest request,
                   MakeGetRequest(parameters, call->FindTable(), &placeholders));
  const std::optional<Projection>& projection = request.projection;

  std::string bytes;
  const Result<bool> found =
      call->services.database->Get(*request.table, request.key, &bytes, !call->may_wait);
  if (!found.ok()) {
    const bool cold = !call->may_wait && found.status().Is(ErrorCode::kUnavailable);
    return cold ? call->MoveToPool() : found.status();
  }

  const double units =
      ReadUnits(*found ? ItemView(bytes).aws_size() : 0, input.Boolean("ConsistentRead"));
  RETURN_IF_ERROR(TakeUnits(call->services.throughput, *request.table,
                            ThroughputLimiter::Kind::kRead, units, &call->throttled));

  JsonWriter reply = call->Reply();
  reply.BeginObject();
  if (*found) {
    const ItemView item(bytes);
    reply.Key("Item");
    if (projection) {
      const std::string selected = projection->Apply(item).Encode();
      WriteAttributeMap(MapView(selected), &reply);
    } else {
      WriteAttributeMap(item.attributes(), &reply);
    }
  }
  const ReturnConsumedCapacity mode = ReadReturnConsumedCapacity(input);
  if (mode != ReturnConsumedCapacity::kNone) {
    reply.Key("ConsumedCapacity");
    WriteConsumedCapacity(mode, request.table->spec.name, units, &reply);
  }
  reply.EndObject();
  return Status::Ok();
}

}  // namespace millrace
