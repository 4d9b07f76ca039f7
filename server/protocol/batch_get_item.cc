#include <deque>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/limits.h"
#include "engine/json/attribute_value.h"
#include "server/protocol/batch_core.h"
#include "server/protocol/call.h"
#include "server/protocol/capacity.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/item_core.h"
#include "server/protocol/item_operations.h"
#include "server/protocol/legacy_parameters.h"
#include "server/protocol/throughput.h"

// BatchGetItem. Source: "BatchGetItem" in the API reference: at most 100 keys, no key twice; what
// does not fit into 16 MB comes back as UnprocessedKeys.
namespace millrace {
namespace {

// That its length is reported in the newer words is recorded in all regions (paritysuite/
// dynamodb-conformance, error-messages/batchGetItem), as of a name that doesn't match are the echo,
// the bounds, and the place before ReturnConsumedCapacity. The words for the lengths of other
// members are not: they are the older ones.
constexpr Shape kKeys = Unechoed(ListOf(&kAttributeMap, 1, kBatchGetKeysMax));
constexpr Member kTableMembers[] = {
    {"Keys", &kKeys, Presence::kRequired},
    {"AttributesToGet", &kAttributeNameList},
    {"ConsistentRead", &kAnyBoolean},
    {"ProjectionExpression", &kAnyText},
    {"ExpressionAttributeNames", &kAttributeNames},
};
constexpr Shape kTable = StructureOf("KeysAndAttributes", kTableMembers);
constexpr Shape RequestItemsShape() {
  Shape shape = MapOf(&kTable);
  shape.key = &kBatchTableName;
  shape.json_echo = true;
  return shape;
}
constexpr Shape kRequestItems = RequestItemsShape();

Status CheckRequestItems(std::optional<JsonValue> items) {
  if (items && items->size() > 0) return Status::Ok();
  return Status::Validation("The requestItems parameter is required for BatchGetItem");
}

constexpr Member kMembers[] = {
    {"RequestItems", &kRequestItems, Presence::kRequired, CheckRequestItems},
    {"ReturnConsumedCapacity", &kReturnConsumedCapacity},
};
constexpr std::string_view kExpressions[] = {"ProjectionExpression"};
constexpr std::string_view kLegacy[] = {"AttributesToGet"};
constexpr ExpressionRules kRules = {SpanOf(kExpressions), SpanOf(kLegacy), {}};

// What is asked of one table.
struct TableRequest {
  std::string name;  // as the client wrote it
  Members input;
  std::vector<Value> key_maps;
  Placeholders placeholders;  // the projection reads from them
  std::optional<Projection> projection;
  TableRef table;
  std::vector<ItemKey> keys;
  std::vector<std::string> items;      // found
  size_t unprocessed_from = SIZE_MAX;  // index of the first key that was not read
  Status throttled;                    // why, when it was for want of throughput
  double units = 0;
};

Status ReadTableRequest(TableRequest* request) {
  const Members& input = request->input;
  RETURN_IF_ERROR(CheckExpressionRules(input, kRules));
  ASSIGN_OR_RETURN(request->projection, ReadAttributesToGet(input));
  ASSIGN_OR_RETURN(request->placeholders, ReadNamePlaceholders(input));
  if (const auto text = input.String("ProjectionExpression")) {
    ASSIGN_OR_RETURN(request->projection, Projection::Parse(*text, &request->placeholders));
  }
  RETURN_IF_ERROR(request->placeholders.CheckAllUsed());
  std::set<std::string> seen;
  return input.Find("Keys")->ForEachElement([request, &seen](JsonValue json) {
    ASSIGN_OR_RETURN(Value map, DecodeAttributeMap(json, ValueLayer::kCurrent));
    if (!seen.insert(map.Encode()).second) return DuplicateKeys();
    request->key_maps.push_back(std::move(map));
    return Status::Ok();
  });
}

Status ResolveKeys(TableRequest* request) {
  for (const Value& map : request->key_maps) {
    ASSIGN_OR_RETURN(ItemKey key,
                     KeyOfKeyMap(request->table->spec.schema, ValueView(map.Encode())));
    request->keys.push_back(std::move(key));
  }
  if (!request->projection) return Status::Ok();
  return CheckPaths(*request->table, *request->projection);
}

// Reads until the reply is full. `size`: of what was read so far, over all tables.
Status ReadItems(Call* call, TableRequest* request, uint64_t* size) {
  const bool consistent = request->input.Boolean("ConsistentRead");
  for (size_t i = 0; i < request->keys.size(); ++i) {
    const double least = ReadUnits(0, consistent);
    request->throttled = TakeUnits(call->services.throughput, *request->table,
                                   ThroughputLimiter::Kind::kRead, least, &call->throttled);
    if (!request->throttled.ok()) {
      request->unprocessed_from = i;
      return Status::Ok();
    }
    std::string item;
    ASSIGN_OR_RETURN(const BatchRead read, ReadOfBatch(*call->services.database, *request->table,
                                                       request->keys[i], size, &item));
    if (read == BatchRead::kFull) {
      request->unprocessed_from = i;
      return Status::Ok();
    }
    const bool found = read == BatchRead::kFound;
    const double units = ReadUnits(found ? ItemView(item).aws_size() : 0, consistent);
    ChargeUnits(call->services.throughput, *request->table, ThroughputLimiter::Kind::kRead,
                units - least);
    request->units += units;
    if (found) request->items.push_back(std::move(item));
  }
  return Status::Ok();
}

// Old and new parameters may not be mixed in a request, even for different tables. The service
// refuses it; that it does so in these words is not confirmed.
Status CheckNotMixed(const std::deque<TableRequest>& requests) {
  bool old_parameters = false;
  bool expressions = false;
  for (const TableRequest& request : requests) {
    old_parameters |= request.input.Has("AttributesToGet");
    expressions |= request.input.Has("ProjectionExpression");
  }
  if (!old_parameters || !expressions) return Status::Ok();
  return Status::Validation(
      "Can not use both expression and non-expression parameters in the same request: "
      "Non-expression parameters: {AttributesToGet} Expression parameters: "
      "{ProjectionExpression}");
}

// The call fails only when not one key could be read.
Status CheckAnyRead(const std::deque<TableRequest>& requests) {
  for (const TableRequest& request : requests) {
    if (request.unprocessed_from > 0) return Status::Ok();
  }
  for (const TableRequest& request : requests) RETURN_IF_ERROR(request.throttled);
  return Status::Ok();
}

void WriteResponses(const std::deque<TableRequest>& requests, JsonWriter* reply) {
  reply->Key("Responses");
  reply->BeginObject();
  for (const TableRequest& request : requests) {
    reply->Key(request.name);
    reply->BeginArray();
    for (const std::string& bytes : request.items) {
      if (request.projection) {
        const std::string selected = request.projection->Apply(ItemView(bytes)).Encode();
        WriteAttributeMap(MapView(selected), reply);
      } else {
        WriteAttributeMap(ItemView(bytes).attributes(), reply);
      }
    }
    reply->EndArray();
  }
  reply->EndObject();
}

// One table's part of the request again, for the keys that were not read.
void WriteUnprocessed(const TableRequest& request, JsonWriter* reply) {
  reply->Key(request.name);
  reply->BeginObject();
  reply->Key("Keys");
  reply->BeginArray();
  for (size_t i = request.unprocessed_from; i < request.keys.size(); ++i) {
    WriteAttributeMap(MapView(request.key_maps[i].Encode()), reply);
  }
  reply->EndArray();
  if (request.input.Boolean("ConsistentRead")) {
    reply->Key("ConsistentRead");
    reply->Bool(true);
  }
  if (const auto text = request.input.String("ProjectionExpression")) {
    reply->Key("ProjectionExpression");
    reply->String(*text);
  }
  if (const auto names = request.input.Find("AttributesToGet")) {
    reply->Key("AttributesToGet");
    reply->BeginArray();
    const Status done = names->ForEachElement([reply](JsonValue name) {
      reply->String(name.string());
      return Status::Ok();
    });
    MILLRACE_CHECK(done.ok());
    reply->EndArray();
  }
  if (const auto names = request.input.Find("ExpressionAttributeNames")) {
    reply->Key("ExpressionAttributeNames");
    reply->BeginObject();
    const Status done = names->ForEachMember([reply](std::string_view name, JsonValue value) {
      reply->Key(name);
      reply->String(value.string());
      return Status::Ok();
    });
    MILLRACE_CHECK(done.ok());
    reply->EndObject();
  }
  reply->EndObject();
}

void WriteReply(const std::deque<TableRequest>& requests, ReturnConsumedCapacity mode,
                JsonWriter* reply) {
  reply->BeginObject();
  WriteResponses(requests, reply);
  reply->Key("UnprocessedKeys");
  reply->BeginObject();
  for (const TableRequest& request : requests) {
    if (request.unprocessed_from < request.keys.size()) WriteUnprocessed(request, reply);
  }
  reply->EndObject();
  if (mode != ReturnConsumedCapacity::kNone) {
    reply->Key("ConsumedCapacity");
    reply->BeginArray();
    for (const TableRequest& request : requests) {
      WriteConsumedCapacity(mode, request.table->spec.name, request.units, reply);
    }
    reply->EndArray();
  }
  reply->EndObject();
}

}  // namespace

const Shape kBatchGetItemInput = StructureOf("BatchGetItemInput", kMembers);

Status BatchGetItem(Call* call) {
  std::deque<TableRequest> requests;
  RETURN_IF_ERROR(call->input.Find("RequestItems")
                      ->ForEachMember([&requests](std::string_view name, JsonValue json) {
                        TableRequest& request = requests.emplace_back();
                        request.name = name;
                        request.input = Members(json);
                        return ReadTableRequest(&request);
                      }));
  RETURN_IF_ERROR(CheckNotMixed(requests));
  size_t keys = 0;
  for (const TableRequest& request : requests) keys += request.key_maps.size();
  if (keys > kBatchGetKeysMax) {
    return Status::Validation("Too many items requested for the BatchGetItem call");
  }
  // That a missing table comes before the bad key of another one is not confirmed; for one table it
  // is. What comes first cannot depend on the order of the object's members.
  for (TableRequest& request : requests) {
    ASSIGN_OR_RETURN(request.table, call->FindTable(request.name));
  }
  for (TableRequest& request : requests) RETURN_IF_ERROR(ResolveKeys(&request));
  uint64_t size = 0;
  for (TableRequest& request : requests) RETURN_IF_ERROR(ReadItems(call, &request, &size));
  RETURN_IF_ERROR(CheckAnyRead(requests));
  JsonWriter reply = call->Reply();
  WriteReply(requests, ReadReturnConsumedCapacity(call->input), &reply);
  return Status::Ok();
}

}  // namespace millrace
