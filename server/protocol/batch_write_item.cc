#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/limits.h"
#include "engine/base/throttled.h"
#include "engine/index_entries.h"
#include "engine/json/attribute_value.h"
#include "server/protocol/batch_core.h"
#include "server/protocol/call.h"
#include "server/protocol/capacity.h"
#include "server/protocol/common_shapes.h"
#include "server/protocol/item_collection.h"
#include "server/protocol/item_core.h"
#include "server/protocol/item_operations.h"
#include "server/protocol/older_values.h"
#include "server/protocol/throughput.h"
#include "server/protocol/worker_pool.h"

// BatchWriteItem. Source: "BatchWriteItem" in the API reference: at most 25 puts and deletes, no
// item twice. Each is a commit of its own; those that are throttled come back as UnprocessedItems.
namespace millrace {
namespace {

constexpr Member kPutMembers[] = {{"Item", &kAttributeMap, Presence::kRequired}};
constexpr Shape kPut = StructureOf("PutRequest", kPutMembers);
constexpr Member kDeleteMembers[] = {{"Key", &kAttributeMap, Presence::kRequired}};
constexpr Shape kDelete = StructureOf("DeleteRequest", kDeleteMembers);
// As AWS echoes a name that doesn't match: the put first, and only when nothing else is wrong
// (paritysuite/dynamodb-conformance, validation-ordering/batchOperations).
constexpr Member kWriteMembers[] = {{"PutRequest", &kPut}, {"DeleteRequest", &kDelete}};
constexpr Shape kWrite = StructureOf("WriteRequest", kWriteMembers);
constexpr Shape kWrites = ListOf(&kWrite, 1, kBatchWriteActionsMax);
constexpr Shape RequestItemsShape() {
  Shape shape = MapOf(&kWrites);
  shape.key = &kBatchTableName;
  shape.keys_last = true;
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

// One put or delete.
struct BatchWrite : BatchedWrite {
  std::string table_name;  // as the client wrote it
  std::string echo;        // put's item or delete's key as item bytes, to be sent back if need be
};

struct Batch {
  ReplySlot reply;
  Database* database = nullptr;
  ReturnConsumedCapacity capacity = ReturnConsumedCapacity::kNone;
  bool collection_metrics = false;
  std::vector<BatchWrite> writes;
  std::map<std::string, TableRef> tables;  // by the client's name
  ThroughputLimiter* throughput = nullptr;
  ThrottlingReasons throttled;

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
    ASSIGN_OR_RETURN(const Value item, DecodeOlderMap(*put->Find("Item")));
    write.request.kind = WriteKind::kPut;
    write.request.item = EncodeItem(item);
    RETURN_IF_ERROR(CheckItemSize(ItemView(write.request.item)));
    write.echo = write.request.item;
  } else {
    ASSIGN_OR_RETURN(const Value key_map, DecodeOlderMap(*remove->Find("Key")));
    write.request.kind = WriteKind::kDelete;
    write.echo = EncodeItem(key_map);
  }
  return write;
}

Status ResolveKeys(const Call& call, Batch* batch) {
  // All tables before the first key, as BatchGetItem has them.
  for (BatchWrite& write : batch->writes) {
    TableRef& table = batch->tables[write.table_name];
    if (table == nullptr) {
      ASSIGN_OR_RETURN(table, call.FindTable(write.table_name));
    }
    write.request.table = table;
  }
  std::set<std::pair<TableId, ItemKey>> seen;
  for (BatchWrite& write : batch->writes) {
    const TableRef& table = write.request.table;
    write.request.count_indexes = batch->capacity != ReturnConsumedCapacity::kNone;
    ASSIGN_OR_RETURN(write.request.key,
                     KeyOfBatchWrite(table->spec.schema, write.request.kind, ItemView(write.echo)));
    if (write.request.kind == WriteKind::kPut) {
      RETURN_IF_ERROR(CheckIndexKeys(*table, ItemView(write.request.item)));
    }
    if (!seen.emplace(table->id, write.request.key).second) {
      return DuplicateKeys();
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

void WriteCapacity(ReturnConsumedCapacity mode, const std::vector<BatchedWrite*>& writes,
                   JsonWriter* reply) {
  reply->Key("ConsumedCapacity");
  reply->BeginArray();
  for (const auto& [table, units] : UnitsByTable(writes)) {
    WriteConsumedCapacity(mode, table, units.table, units.indexes, reply);
  }
  reply->EndArray();
}

Status WriteCollections(const Batch& batch, JsonWriter* reply) {
  WrittenCollections written;
  for (const BatchWrite& write : batch.writes) {
    if (write.status.ok()) written.Add(write.table_name, write.request.table, write.request.key.pk);
  }
  return written.Write(*batch.database, reply);
}

Status WriteReply(const Batch& batch, const std::vector<BatchedWrite*>& writes, JsonWriter* reply) {
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
    WriteCapacity(batch.capacity, writes, reply);
  }
  if (batch.collection_metrics) RETURN_IF_ERROR(WriteCollections(batch, reply));
  reply->EndObject();
  return Status::Ok();
}

void Reply(const Batch& batch, const std::vector<BatchedWrite*>& writes) {
  for (const BatchedWrite* write : writes) ChargeWritten(batch.throughput, *write);
  Status outcome = OutcomeOfBatch(writes);
  if (outcome.ok()) {
    JsonWriter reply(batch.reply.body());
    outcome = WriteReply(batch, writes, &reply);
  }
  batch.reply.Send(outcome, {}, batch.throttled);
}

// The first write, from `begin` on, whose item a thread that may not wait can't read now; the
// number of writes when there is none. A thread that may wait brings them all into the cache.
size_t FirstCold(const Batch& batch, size_t begin, bool may_wait, std::string* probed) {
  PlanProbe probe(*batch.database, may_wait, probed);
  const auto cold = [&probe](const BatchWrite& write) { return probe.HoldsUp(write.request); };
  const auto found =
      std::find_if(batch.writes.begin() + static_cast<ptrdiff_t>(begin), batch.writes.end(), cold);
  return static_cast<size_t>(found - batch.writes.begin());
}

void CommitBatch(const std::shared_ptr<Batch>& batch, CompletionQueue* home,
                 const WriteOrigin& origin) {
  std::vector<BatchedWrite*> all;
  std::vector<BatchedWrite*> admitted;
  for (BatchWrite& write : batch->writes) {
    all.push_back(&write);
    if (TakeForWrite(batch->throughput, &write, &batch->throttled)) admitted.push_back(&write);
  }
  CommitEach(batch->database, home, origin, admitted, [batch, all] { Reply(*batch, all); });
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
  batch->database = call->services.database;
  batch->throughput = call->services.throughput;
  batch->capacity = ReadReturnConsumedCapacity(call->input);
  batch->collection_metrics = call->input.Text("ReturnItemCollectionMetrics") == "SIZE";
  batch->writes = std::move(writes);
  RETURN_IF_ERROR(ResolveKeys(*call, batch.get()));
  const WriteOrigin origin = call->Origin();
  const size_t cold = FirstCold(*batch, 0, call->may_wait, &call->worker->probed);
  call->TakeReply();
  if (cold == batch->writes.size()) {
    CommitBatch(batch, call->home, origin);
    return Status::Ok();
  }
  // As it was read and checked: a batch is too long to be parsed twice.
  const bool taken =
      call->pool->Submit([batch, cold, home = call->home, origin](WorkerContext* worker) {
        FirstCold(*batch, cold, true, &worker->probed);
        CommitBatch(batch, home, origin);
      });
  if (!taken) batch->reply.Send(Throttled());
  return Status::Ok();
}

}  // namespace millrace
