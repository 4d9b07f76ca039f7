#include "server/protocol/transact_writes.h"

#include <string>
#include <utility>

#include "engine/expression/assigned_values.h"
#include "engine/index_entries.h"
#include "server/protocol/item_core.h"
#include "server/protocol/transact_reply.h"

namespace millrace {
namespace {

void SendWritten(const ReplySlot& slot, ReturnConsumedCapacity mode,
                 const TransactWriteReply& written, const TransactResult& result) {
  if (result.status.Is(ErrorCode::kTransactionCanceled)) return SendCanceled(slot, result.reasons);
  Status status = result.status;
  if (status.ok()) {
    TransactionCapacity capacity(result.repeated ? TransactionCapacity::Kind::kRead
                                                 : TransactionCapacity::Kind::kWrite);
    for (size_t i = 0; i < result.sizes.size(); ++i) {
      capacity.Add(written.tables[i], result.sizes[i],
                   result.repeated ? std::vector<IndexWrite>() : result.outcomes[i].index_writes);
    }
    JsonWriter writer(slot.body());
    writer.BeginObject();
    if (written.with_responses) {
      writer.Key("Responses");
      writer.BeginArray();
      writer.EndArray();
    }
    capacity.Write(mode, &writer);
    if (written.database != nullptr) status = written.collections.Write(*written.database, &writer);
    writer.EndObject();
  }
  slot.Send(status);
}

// What the request alone tells of the keys of indexes. That a statement's UPDATE is judged as an
// Update is not confirmed.
Status CheckIndexKeysOf(const WriteRequest& request) {
  const Table& table = *request.table;
  if (request.kind == WriteKind::kPut) return CheckIndexKeys(table, ItemView(request.item));
  if (!request.update || table.indexes.empty()) return Status::Ok();
  return CheckAssignedIndexKeys(table, ItemView(EncodeItem(AssignedValues(*request.update))));
}

}  // namespace

Result<TransactWrite> MakeTransactWrite(Result<WriteRequest> request, bool old_item_on_failure) {
  TransactWrite write;
  write.old_item_on_failure = old_item_on_failure;
  write.invalid = request.status();
  if (request.ok()) write.invalid = CheckIndexKeysOf(*request);
  if (IsEmptyKeyValue(write.invalid)) return write.invalid;
  if (request.ok()) write.request = std::move(*request);
  return write;
}

Status CommitAndReply(Call* call, std::string_view actions, std::vector<TransactWrite> writes,
                      std::shared_ptr<const TransactWriteReply> reply) {
  const ReturnConsumedCapacity mode = ReadReturnConsumedCapacity(call->input);
  PlanProbe probe = call->Probe();
  for (TransactWrite& write : writes) {
    if (!write.invalid.ok()) continue;
    if (probe.HoldsUp(write.request)) return call->MoveToPool();
    write.request.count_indexes = mode != ReturnConsumedCapacity::kNone;
  }
  TransactRequest request;
  request.writes = std::move(writes);
  if (const auto token = call->input.String("ClientRequestToken")) {
    request.token = TransactionToken{call->operation.name(), std::string(*token),
                                     DigestOfJson(*call->input.Find(actions))};
  }
  request.origin = call->Origin();
  request.throughput = call->services.throughput;
  const ReplySlot slot = call->TakeReply();
  CommitTransaction(call->services.database, *call->services.clock, call->home, std::move(request),
                    [slot, mode, reply = std::move(reply)](const TransactResult& result) {
                      SendWritten(slot, mode, *reply, result);
                    });
  return Status::Ok();
}

}  // namespace millrace
