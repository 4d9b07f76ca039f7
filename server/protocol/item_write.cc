#include "server/protocol/item_write.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "engine/json/attribute_value.h"
#include "server/protocol/item_collection.h"
#include "server/protocol/throughput.h"

namespace millrace {
namespace {

// What is remembered of a write while it is being committed.
struct PendingWrite {
  ReplySlot reply;
  TableRef table;
  std::optional<UpdateExpression> update;  // to select what it updated
  ReturnValues returns = ReturnValues::kNone;
  ReturnConsumedCapacity capacity = ReturnConsumedCapacity::kNone;
  bool old_image_on_failure = false;
  const Database* database = nullptr;
  std::optional<std::string> collection;  // its partition key: its size was asked for
  Placeholders placeholders;              // `update` reads from them
  ThroughputLimiter* throughput = nullptr;
};

void ReplyWritten(const PendingWrite& write, const WriteOutcome& outcome) {
  JsonWriter reply(write.reply.body());
  reply.BeginObject();
  if (const std::optional<std::string> attributes =
          ReturnedAttributes(write.returns, write.update, outcome)) {
    reply.Key("Attributes");
    WriteAttributeMap(MapView(*attributes), &reply);
  }
  if (write.capacity != ReturnConsumedCapacity::kNone) {
    reply.Key("ConsumedCapacity");
    WriteConsumedCapacity(write.capacity, write.table->spec.name,
                          WriteUnits(std::max(outcome.old_size, outcome.new_size)),
                          UnitsOfIndexes(outcome.index_writes), &reply);
  }
  Status status;
  if (write.collection) {
    reply.Key("ItemCollectionMetrics");
    status = WriteCollectionMetrics(*write.database, *write.table, *write.collection, &reply);
  }
  reply.EndObject();
  write.reply.Send(status);
}

void ReplyTo(const PendingWrite& write, const CommitResult& result) {
  ChargeCommit(write.throughput, *write.table, result);
  if (result.status.ok()) return ReplyWritten(write, result.outcomes[0]);
  const bool with_item = write.old_image_on_failure &&
                         result.status.Is(ErrorCode::kConditionalCheckFailed) &&
                         !result.outcomes.empty();
  write.reply.Send(result.status, with_item ? ItemView(result.outcomes[0].old_image) : ItemView());
}

}  // namespace

ReturnValues ReadReturnValues(const Members& input) {
  const std::string_view text = input.Text("ReturnValues");
  if (text == "ALL_OLD") return ReturnValues::kAllOld;
  if (text == "UPDATED_OLD") return ReturnValues::kUpdatedOld;
  if (text == "ALL_NEW") return ReturnValues::kAllNew;
  if (text == "UPDATED_NEW") return ReturnValues::kUpdatedNew;
  return ReturnValues::kNone;
}

Status CommitAndReply(Call* call, WriteRequest request, Placeholders placeholders,
                      ReturnValues returns) {
  if (call->Probe().HoldsUp(request)) return call->MoveToPool();
  ThroughputLimiter* const throughput = call->services.throughput;
  RETURN_IF_ERROR(TakeUnits(throughput, *request.table, ThroughputLimiter::Kind::kWrite,
                            WriteUnits(0), &call->throttled));
  const auto write = std::make_shared<PendingWrite>(
      PendingWrite{call->TakeReply(), request.table, std::nullopt, returns,
                   ReadReturnConsumedCapacity(call->input),
                   call->input.Text("ReturnValuesOnConditionCheckFailure") == "ALL_OLD",
                   call->services.database, std::nullopt, std::move(placeholders), throughput});
  if (WantsCollectionMetrics(call->input, *request.table)) write->collection = request.key.pk;
  if (returns == ReturnValues::kUpdatedOld || returns == ReturnValues::kUpdatedNew) {
    write->update = request.update;
  }
  request.return_images = returns != ReturnValues::kNone;
  request.count_indexes = write->capacity != ReturnConsumedCapacity::kNone ||
                          ChargesIndexes(throughput, *request.table);
  CommitRequest commit;
  commit.writes.push_back(std::move(request));
  commit.origin = call->Origin();
  call->services.database->Commit(std::move(commit), call->home,
                                  [write](const CommitResult& result) { ReplyTo(*write, result); });
  return Status::Ok();
}

}  // namespace millrace
