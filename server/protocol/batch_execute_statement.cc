#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/json/attribute_value.h"
#include "server/protocol/batch_core.h"
#include "server/protocol/capacity.h"
#include "server/protocol/error_reply.h"
#include "server/protocol/partiql_operations.h"
#include "server/protocol/statement_input.h"
#include "server/protocol/statement_select.h"

// BatchExecuteStatement. Source: "BatchExecuteStatement" in the API reference: at most 25
// statements, all of which read one item each, or all of which write. Each is a commit of its own;
// what is wrong with one is said in its place of the reply.
namespace millrace {
namespace {

constexpr Member kStatementMembers[] = {
    {"Statement", &kStatementText, Presence::kRequired},
    {"Parameters", &kStatementParameters},
    {"ConsistentRead", &kAnyBoolean},
    {"ReturnValuesOnConditionCheckFailure", &kReturnValuesOnFailure},
};
constexpr Shape kStatement = StructureOf("BatchStatementRequest", kStatementMembers);
constexpr Shape kStatements = ListOf(&kStatement, 1, 25);

constexpr Member kMembers[] = {
    {"Statements", &kStatements, Presence::kRequired},
    {"ReturnConsumedCapacity", &kReturnConsumedCapacity},
};

// One statement of the batch. `status` says what is wrong with it.
struct BatchedStatement : BatchedWrite {
  std::optional<Statement> statement;  // absent: it could not be read
  TableRef table;
  bool consistent = false;
  bool item_on_failure = false;
  bool refused = false;             // before it was run
  uint32_t inserts = 0;             // AWS's bytes of the item that an INSERT has
  std::optional<std::string> item;  // what it returns: a map as canonical bytes
  double units = 0;
};

struct Batch {
  ReplySlot reply;
  ReturnConsumedCapacity capacity = ReturnConsumedCapacity::kNone;
  std::vector<BatchedStatement> statements;
  ThroughputLimiter* throughput = nullptr;

  explicit Batch(ReplySlot slot) : reply(slot) {}
};

// BatchStatementErrorCodeEnum of the API reference.
std::string_view CodeOf(const Status& status) {
  switch (status.code()) {
    case ErrorCode::kConditionalCheckFailed:
      return "ConditionalCheckFailed";
    case ErrorCode::kItemCollectionSizeLimitExceeded:
      return "ItemCollectionSizeLimitExceeded";
    case ErrorCode::kProvisionedThroughputExceeded:
      return "ProvisionedThroughputExceeded";
    case ErrorCode::kTransactionConflict:
      return "TransactionConflict";
    case ErrorCode::kThrottling:
      return "ThrottlingError";
    case ErrorCode::kResourceNotFound:
      return "ResourceNotFound";
    case ErrorCode::kAccessDenied:
      return "AccessDenied";
    case ErrorCode::kDuplicateItem:
      return "DuplicateItem";
    case ErrorCode::kValidation:
      return "ValidationError";
    default:
      return "InternalServerError";
  }
}

Result<ItemKey> KeyOfRead(const Statement& statement, const Table& table) {
  const Status refused = Status::Validation(
      "Select statements within BatchExecuteStatement must specify the primary key in the where "
      "clause.");
  if (statement.index()) {
    const Index* const index = table.FindIndex(*statement.index());
    if (index != nullptr) RETURN_IF_ERROR(CheckReadable(index->spec.schema));
    return refused;
  }
  ASSIGN_OR_RETURN(std::optional<ItemKey> key, statement.KeyOfSelect(table.spec.schema));
  if (!key) return refused;
  return std::move(*key);
}

Status Prepare(const Call& call, const Members& input, BatchedStatement* batched) {
  batched->consistent = input.Boolean("ConsistentRead");
  batched->item_on_failure = input.Text("ReturnValuesOnConditionCheckFailure") == "ALL_OLD";
  ASSIGN_OR_RETURN(const std::vector<Value> parameters, ReadParameters(input));
  ASSIGN_OR_RETURN(batched->statement, ParseStatement(call, input.Text("Statement"), parameters));
  RETURN_IF_ERROR(RefuseExists(*batched->statement));
  ASSIGN_OR_RETURN(batched->table, call.FindTable(batched->statement->table()));
  if (batched->statement->reads()) {
    ASSIGN_OR_RETURN(batched->request.key, KeyOfRead(*batched->statement, *batched->table));
    return Status::Ok();
  }
  ASSIGN_OR_RETURN(batched->request, MakeStatementWrite(*batched->statement, batched->table));
  if (!batched->request.item.empty()) {
    batched->inserts = ItemView(batched->request.item).aws_size();
  }
  return Status::Ok();
}

// What concerns the batch as a whole.
Status CheckBatch(const std::vector<BatchedStatement>& statements) {
  bool reads = false;
  bool writes = false;
  std::set<std::pair<TableId, ItemKey>> seen;
  bool twice = false;
  for (const BatchedStatement& batched : statements) {
    if (!batched.statement) continue;
    (batched.statement->reads() ? reads : writes) = true;
    if (!batched.status.ok()) continue;
    twice = !seen.emplace(batched.table->id, batched.request.key).second || twice;
  }
  // The text is that of DynamoDB local.
  if (reads && writes) {
    return Status::Validation(
        "Read and write requests together in the same batch is not supported.");
  }
  // As of BatchGetItem and BatchWriteItem; not confirmed for statements.
  return twice ? DuplicateKeys() : Status::Ok();
}

Status Read(const Database& database, ThroughputLimiter* throughput, BatchedStatement* batched) {
  const double least = ReadUnits(0, batched->consistent);
  RETURN_IF_ERROR(TakeReads(throughput, *batched->table, nullptr, least));
  std::string item;
  ASSIGN_OR_RETURN(const bool found, database.Get(*batched->table, batched->request.key, &item));
  batched->units = ReadUnits(found ? ItemView(item).aws_size() : 0, batched->consistent);
  ChargeReads(throughput, *batched->table, nullptr, batched->units - least);
  if (found) batched->item = batched->statement->Project(ItemView(item));
  return Status::Ok();
}

void WriteResponse(const BatchedStatement& batched, JsonWriter* reply) {
  reply->BeginObject();
  if (!batched.status.ok()) {
    reply->Key("Error");
    reply->BeginObject();
    reply->Key("Code");
    reply->String(CodeOf(batched.status));
    reply->Key("Message");
    reply->String(PublicMessage(batched.status));
    if (batched.item_on_failure && batched.status.Is(ErrorCode::kConditionalCheckFailed) &&
        !batched.outcome.old_image.empty()) {
      reply->Key("Item");
      WriteAttributeMap(ItemView(batched.outcome.old_image).attributes(), reply);
    }
    reply->EndObject();
  }
  if (!batched.refused) {  // recorded
    reply->Key("TableName");
    reply->String(batched.table->spec.name);
  }
  if (batched.item) {
    reply->Key("Item");
    WriteAttributeMap(MapView(*batched.item), reply);
  }
  reply->EndObject();
}

struct ConsumedOfTable {
  TableRef table = nullptr;
  double units = 0;
  std::vector<IndexWrite> index_writes = {};
  double failed = 0;  // what statements whose condition failed would have written at least
  bool succeeded = false;
};

// In the order of the statements.
std::vector<ConsumedOfTable> ConsumedBy(const std::vector<BatchedStatement>& statements) {
  std::vector<ConsumedOfTable> tables;
  for (const BatchedStatement& batched : statements) {
    if (batched.refused) continue;
    auto found = std::find_if(tables.begin(), tables.end(), [&batched](const auto& consumed) {
      return consumed.table->id == batched.table->id;
    });
    if (found == tables.end()) found = tables.insert(found, {.table = batched.table});
    if (batched.status.ok()) {
      found->succeeded = true;
      found->units += batched.units;
      found->index_writes.insert(found->index_writes.end(), batched.index_writes.begin(),
                                 batched.index_writes.end());
    } else {
      found->failed += batched.units;
    }
  }
  return tables;
}

// One entry for each table. Observed of DynamoDB: what failed counts for the whole of an entry
// alone, and without anything that succeeded there is none.
void WriteConsumed(const Batch& batch, JsonWriter* reply) {
  std::vector<ConsumedOfTable> tables = ConsumedBy(batch.statements);
  tables.erase(std::remove_if(tables.begin(), tables.end(),
                              [](const auto& consumed) { return !consumed.succeeded; }),
               tables.end());
  if (tables.empty()) return;
  reply->Key("ConsumedCapacity");
  reply->BeginArray();
  for (const ConsumedOfTable& consumed : tables) {
    WriteConsumedCapacity(batch.capacity, consumed.table->spec.name, consumed.units,
                          UnitsOfIndexes(consumed.index_writes), reply, consumed.failed);
  }
  reply->EndArray();
}

void WriteReply(const Batch& batch, JsonWriter* reply) {
  reply->BeginObject();
  reply->Key("Responses");
  reply->BeginArray();
  for (const BatchedStatement& batched : batch.statements) WriteResponse(batched, reply);
  reply->EndArray();
  if (batch.capacity != ReturnConsumedCapacity::kNone) WriteConsumed(batch, reply);
  reply->EndObject();
}

// A condition that fails costs what the larger of the items there and in the statement would.
// Observed of DynamoDB.
double UnitsOfFailure(const BatchedStatement& batched) {
  if (!batched.status.Is(ErrorCode::kConditionalCheckFailed)) return 0;
  const std::string& there = batched.outcome.old_image;
  return WriteUnits(std::max(batched.inserts, there.empty() ? 0 : ItemView(there).aws_size()));
}

void Finish(Batch* batch) {
  for (BatchedStatement& batched : batch->statements) {
    if (!batched.statement || batched.statement->reads()) continue;
    if (batched.request.table != nullptr) ChargeWritten(batch->throughput, batched);
    batched.units = UnitsOfFailure(batched);
    batched.status = StatementOutcome(*batched.statement, batched.status);
    if (!batched.status.ok()) continue;
    batched.units = WriteUnits(batched.size);
    batched.item = ReturnedAttributes(ReturnValuesOf(batched.statement->returning()),
                                      batched.request.update, batched.outcome);
  }
  JsonWriter reply(batch->reply.body());
  WriteReply(*batch, &reply);
  batch->reply.Send(Status::Ok());
}

}  // namespace

const Shape kBatchExecuteStatementInput = StructureOf("BatchExecuteStatementInput", kMembers);

Status BatchExecuteStatement(Call* call) {
  std::vector<BatchedStatement> statements;
  RETURN_IF_ERROR(call->input.Find("Statements")->ForEachElement([&](JsonValue json) {
    BatchedStatement& batched = statements.emplace_back();
    batched.status = Prepare(*call, Members(json), &batched);
    batched.refused = !batched.status.ok();
    // A member of the wrong JSON type fails the whole call.
    return batched.status.Is(ErrorCode::kSerialization) ? batched.status : Status::Ok();
  }));
  RETURN_IF_ERROR(CheckBatch(statements));
  std::vector<BatchedWrite*> writes;
  const auto batch =
      std::make_shared<Batch>(ReplySlot(call->exchange, &call->services, &call->operation));
  batch->capacity = ReadReturnConsumedCapacity(call->input);
  batch->throughput = call->services.throughput;
  batch->statements = std::move(statements);
  PlanProbe probe = call->Probe();
  for (const BatchedStatement& batched : batch->statements) {
    const bool writes_item = batched.status.ok() && !batched.statement->reads();
    if (writes_item && probe.HoldsUp(batched.request)) return call->MoveToPool();
  }
  for (BatchedStatement& batched : batch->statements) {
    if (!batched.status.ok()) continue;
    if (batched.statement->reads()) {
      batched.status = Read(*call->services.database, batch->throughput, &batched);
    } else {
      batched.request.count_indexes = batch->capacity != ReturnConsumedCapacity::kNone;
      if (TakeForWrite(batch->throughput, &batched)) writes.push_back(&batched);
    }
  }
  call->TakeReply();
  CommitEach(call->services.database, call->home, call->Origin(), writes,
             [batch] { Finish(batch.get()); });
  return Status::Ok();
}

}  // namespace millrace
