#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/limits.h"
#include "engine/json/attribute_value.h"
#include "server/protocol/call.h"
#include "server/protocol/capacity.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/item_operations.h"

// BatchWriteItem. Source: "BatchWriteItem" in the API reference: at most 25 puts and deletes, no
// item twice. Each is a commit of its own; those that are throttled come back as UnprocessedItems.
namespace millrace {
namespace {

constexpr Member kPutMembers[] = {{"Item", &kAttributeMap, Presence::kRequired}};
constexpr Shape kPut = StructureOf("PutRequest", kPutMembers);
constexpr Member kDeleteMembers[] = {{"Key", &kAttributeMap, Presence::kRequired}};
constexpr Shape kDelete = StructureOf("DeleteRequest", kDeleteMembers);
constexpr Member kWriteMembers[] = {{"DeleteRequest", &kDelete}, {"PutRequest", &kPut}};
constexpr Shape kWrite = StructureOf("WriteRequest", kWriteMembers);
constexpr Shape kWrites = ListOf(&kWrite, 1, kBatchWriteActionsMax);
constexpr Shape RequestItemsShape() {
  Shape shape = MapOf(&kWrites);
  shape.key = &kTableName;
  return shape;
}
constexpr Shape kRequestItems = RequestItemsShape();

Status CheckRequestItems(std::optional<JsonValue> items) {
  if (items && items->size() > 0) return Status::Ok();
  return Status::Validation("The requestItems parameter is required for BatchWriteItem");
}

constexpr Member kMembers[] = {
    {"ReturnConsumedCapacity", &kReturnConsumedCapacity},
    {"ReturnItemCollectionMetrics", &kReturnItemCollectionMetrics},
    {"RequestItems", &kRequestItems, Presence::kRequired, CheckRequestItems},
};

// One put or delete, from the request to its outcome.
struct BatchWrite {
  std::string table_name;  // as the client wrote it
  WriteRequest request;
  Value key_map;     // of a delete
  std::string echo;  // put's item or delete's key, to be sent back if need be
  Status status;
  uint32_t size = 0;  // AWS's, the larger of before and after
};

struct Batch {
  ReplySlot reply;
  ReturnConsumedCapacity capacity = ReturnConsumedCapacity::kNone;
  std::vector<BatchWrite> writes;
  std::map<std::string, TableRef> tables;  // by the client's name
  // Commits still out, and one for whoever hands them in.
  std::atomic<size_t> remaining{0};

  explicit Batch(ReplySlot slot) : reply(slot) {}
};

Result<BatchWrite> ReadWrite(std::string_view table_name, const Members& input) {
  BatchWrite write;
  write.table_name = table_name;
  const auto put = input.Structure("PutRequest");
  const auto remove = input.Structure("DeleteRequest");
  if (put.has_value() == remove.has_value()) {
    return Status::Validation(
        put ? "Supplied AttributeValue has more than one datatypes set, must contain exactly one "
              "of the supported datatypes"
            : "Supplied AttributeValue is empty, must contain exactly one of the supported "
              "datatypes");
  }
  if (put) {
    ASSIGN_OR_RETURN(const Value item, DecodeAttributeMap(*put->Find("Item")));
    write.request.kind = WriteKind::kPut;
    write.request.item = EncodeItem(item);
    RETURN_IF_ERROR(CheckItemSize(ItemView(write.request.item)));
    write.echo = write.request.item;
  } else {
    ASSIGN_OR_RETURN(write.key_map, DecodeAttributeMap(*remove->Find("Key")));
    write.request.kind = WriteKind::kDelete;
    write.echo = EncodeItem(write.key_map);
  }
  return write;
}

// A batch reports a put's missing or mistyped key in the words of a delete's.
Status BatchKeyError(const Status& error) {
  const std::string& text = error.message();
  if (text.find("Missing the key ") != text.npos ||
      text.find("Type mismatch for key ") != text.npos) {
    return Status::Validation("The provided key element does not match the schema");
  }
  return error;
}

Status ResolveKey(const TableRef& table, BatchWrite* write) {
  write->request.table = table;
  const KeySchema& schema = table->spec.schema;
  Result<ItemKey> key = write->request.kind == WriteKind::kPut
                            ? KeyOfItem(schema, ItemView(write->request.item))
                            : KeyOfKeyMap(schema, ValueView(write->key_map.Encode()));
  if (!key.ok()) return BatchKeyError(key.status());
  write->request.key = std::move(key).value();
  return Status::Ok();
}

Status ResolveKeys(const Call& call, Batch* batch) {
  std::set<std::pair<TableId, ItemKey>> seen;
  for (BatchWrite& write : batch->writes) {
    TableRef& table = batch->tables[write.table_name];
    if (table == nullptr) {
      ASSIGN_OR_RETURN(table, call.FindTable(write.table_name));
    }
    RETURN_IF_ERROR(ResolveKey(table, &write));
    if (!seen.emplace(table->id, write.request.key).second) {
      return Status::Validation("Provided list of item keys contains duplicates");
    }
  }
  return Status::Ok();
}

void WriteUnprocessedItem(const BatchWrite& write, JsonWriter* reply) {
  const bool put = write.request.kind == WriteKind::kPut;
  reply->BeginObject();
  reply->Key(put ? "PutRequest" : "DeleteRequest");
  reply->BeginObject();
  reply->Key(put ? "Item" : "Key");
  WriteAttributeMap(ItemView(write.echo).attributes(), reply);
  reply->EndObject();
  reply->EndObject();
}

void WriteReply(const Batch& batch, JsonWriter* reply) {
  reply->BeginObject();
  reply->Key("UnprocessedItems");
  reply->BeginObject();
  for (const auto& [name, table] : batch.tables) {
    const auto unprocessed = [&name = name](const BatchWrite& write) {
      return write.table_name == name && !write.status.ok();
    };
    if (std::none_of(batch.writes.begin(), batch.writes.end(), unprocessed)) continue;
    reply->Key(name);
    reply->BeginArray();
    for (const BatchWrite& write : batch.writes) {
      if (unprocessed(write)) WriteUnprocessedItem(write, reply);
    }
    reply->EndArray();
  }
  reply->EndObject();
  if (batch.capacity != ReturnConsumedCapacity::kNone) {
    reply->Key("ConsumedCapacity");
    reply->BeginArray();
    for (const auto& [name, table] : batch.tables) {
      double units = 0;
      for (const BatchWrite& write : batch.writes) {
        if (write.table_name == name && write.status.ok()) units += WriteUnits(write.size);
      }
      WriteConsumedCapacity(batch.capacity, table->spec.name, units, reply);
    }
    reply->EndArray();
  }
  reply->EndObject();
}

// Anything but being throttled fails the whole call, as does everything being throttled.
Status OutcomeOf(const Batch& batch) {
  size_t throttled = 0;
  for (const BatchWrite& write : batch.writes) {
    if (write.status.ok()) continue;
    if (!write.status.Is(ErrorCode::kThrottling)) return write.status;
    ++throttled;
  }
  return throttled == batch.writes.size() ? batch.writes.front().status : Status::Ok();
}

// One fewer is out; the last one sends the reply.
void OnDone(const std::shared_ptr<Batch>& batch) {
  if (batch->remaining.fetch_sub(1) != 1) return;
  const Status outcome = OutcomeOf(*batch);
  if (outcome.ok()) {
    JsonWriter reply(batch->reply.body());
    WriteReply(*batch, &reply);
  }
  batch->reply.Send(outcome);
}

void CommitAll(const Call& call, const std::shared_ptr<Batch>& batch) {
  Database* const database = call.services.database;
  CompletionQueue* const home = call.home;
  const WriteOrigin origin = call.Origin();
  batch->remaining = batch->writes.size() + 1;
  for (BatchWrite& write : batch->writes) {
    CommitRequest commit;
    commit.origin = origin;
    commit.writes.push_back(write.request);
    commit.writes[0].item = std::move(write.request.item);
    database->Commit(std::move(commit), home, [batch, &write](const CommitResult& result) {
      write.status = result.status;
      if (result.status.ok()) {
        write.size = std::max(result.outcomes[0].old_size, result.outcomes[0].new_size);
      }
      OnDone(batch);
    });
  }
  OnDone(batch);
}

}  // namespace

const Shape kBatchWriteItemInput = StructureOf("BatchWriteItemInput", kMembers);

Status BatchWriteItem(Call* call) {
  std::vector<BatchWrite> writes;
  RETURN_IF_ERROR(call->input.Find("RequestItems")
                      ->ForEachMember([&writes](std::string_view name, JsonValue list) {
                        return list.ForEachElement([&writes, name](JsonValue json) {
                          ASSIGN_OR_RETURN(BatchWrite write, ReadWrite(name, Members(json)));
                          writes.push_back(std::move(write));
                          return Status::Ok();
                        });
                      }));
  if (writes.size() > kBatchWriteActionsMax) {
    return Status::Validation("Too many items requested for the BatchWriteItem call");
  }
  const auto batch =
      std::make_shared<Batch>(ReplySlot(call->exchange, &call->services, &call->operation));
  batch->capacity = ReadReturnConsumedCapacity(call->input);
  batch->writes = std::move(writes);
  RETURN_IF_ERROR(ResolveKeys(*call, batch.get()));
  for (const BatchWrite& write : batch->writes) {
    if (call->WouldWaitFor(*write.request.table, write.request.key)) return call->MoveToPool();
  }
  call->TakeReply();
  CommitAll(*call, batch);
  return Status::Ok();
}

}  // namespace millrace
