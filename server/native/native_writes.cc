#include "server/native/native_writes.h"

#include <map>
#include <string>
#include <utility>

namespace millrace {
namespace {

// Refers to its arguments.
native::WriteCapacity CapacityOf(std::string_view table, const UnitsWritten& units) {
  native::WriteCapacity capacity{table, units.table, {}};
  for (const IndexUnits& index : units.indexes) {
    capacity.indexes.push_back({index.name, index.kind == IndexKind::kLocal, index.units});
  }
  return capacity;
}

}  // namespace

void ReplyTo(const PendingWrite& write, const CommitResult& result, NativeReplies* replies) {
  if (!result.status.ok()) {
    const bool with_item = write.old_on_failure &&
                           result.status.Is(ErrorCode::kConditionalCheckFailed) &&
                           !result.outcomes.empty();
    return NativeService::Fail(write.caller, result.status, replies,
                               with_item ? result.outcomes[0].old_image : std::string_view());
  }
  const WriteOutcome& outcome = result.outcomes[0];
  const auto attributes = ReturnedAttributes(write.returns, write.update, outcome);
  const std::string item = attributes ? EncodeItem(ValueView(*attributes)) : std::string();
  native::Written reply{item};
  UnitsWritten units;  // the reply refers to it
  if (write.return_capacity) {
    units = {WriteUnits(result), UnitsOfIndexes(outcome.index_writes)};
    reply.capacity = CapacityOf(write.table->spec.name, units);
  }
  replies->Send(write.caller, std::move(reply));
}

void ReplyTo(const PendingBatch& batch, NativeReplies* replies) {
  for (const BatchedWrite* write : batch.all) ChargeWritten(batch.throughput, *write);
  const Status outcome = OutcomeOfBatch(batch.all);
  if (!outcome.ok()) return NativeService::Fail(batch.caller, outcome, replies);
  native::Batch reply;
  for (size_t i = 0; i < batch.writes.size(); ++i) {
    if (!batch.writes[i].status.ok()) reply.unprocessed.push_back(static_cast<uint32_t>(i));
  }
  std::map<std::string, UnitsWritten> tables;  // the reply refers to it
  if (batch.return_capacity) tables = UnitsByTable(batch.all);
  for (const auto& [table, units] : tables) reply.written.push_back(CapacityOf(table, units));
  replies->Send(batch.caller, std::move(reply));
}

}  // namespace millrace
