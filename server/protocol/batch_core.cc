#include "server/protocol/batch_core.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>

#include "engine/base/limits.h"
#include "engine/model/item.h"

namespace millrace {
namespace {

struct Remaining {
  std::atomic<size_t> count;  // commits still out, and one for whoever hands them in
  std::function<void()> done;
  void OnDone() {
    if (count.fetch_sub(1) == 1) done();
  }
};

}  // namespace

void CommitEach(Database* database, CompletionQueue* home, const WriteOrigin& origin,
                const std::vector<BatchedWrite*>& writes, std::function<void()> done) {
  const auto remaining = std::make_shared<Remaining>();
  remaining->count = writes.size() + 1;
  remaining->done = std::move(done);
  for (BatchedWrite* write : writes) {
    CommitRequest commit;
    commit.origin = origin;
    std::string item = std::move(write->request.item);
    commit.writes.push_back(write->request);
    commit.writes[0].item = std::move(item);
    database->Commit(std::move(commit), home, [remaining, write](const CommitResult& result) {
      write->status = result.status;
      if (!result.outcomes.empty() && (!result.status.ok() || write->request.return_images)) {
        write->outcome = result.outcomes[0];
      }
      if (result.status.ok()) {
        write->size = std::max(result.outcomes[0].old_size, result.outcomes[0].new_size);
        write->index_writes = result.outcomes[0].index_writes;
      }
      remaining->OnDone();
    });
  }
  remaining->OnDone();
}

bool TakeForWrite(ThroughputLimiter* limiter, BatchedWrite* write, ThrottlingReasons* reasons) {
  WriteRequest& request = write->request;
  write->status =
      TakeUnits(limiter, *request.table, ThroughputLimiter::Kind::kWrite, WriteUnits(0), reasons);
  request.count_indexes = request.count_indexes || ChargesIndexes(limiter, *request.table);
  return write->status.ok();
}

void ChargeWritten(ThroughputLimiter* limiter, const BatchedWrite& write) {
  const std::string& old_image = write.outcome.old_image;
  uint64_t size = write.size;
  if (!write.status.ok()) size = old_image.empty() ? 0 : ItemView(old_image).aws_size();
  ChargeWrite(limiter, *write.request.table, WriteUnits(size) - WriteUnits(0), write.index_writes);
}

Status OutcomeOfBatch(const std::vector<BatchedWrite*>& writes) {
  size_t throttled = 0;
  for (const BatchedWrite* write : writes) {
    if (write->status.ok()) continue;
    if (!write->status.Is(ErrorCode::kThrottling) &&
        !write->status.Is(ErrorCode::kTransactionConflict) &&
        !write->status.Is(ErrorCode::kProvisionedThroughputExceeded)) {
      return write->status;
    }
    ++throttled;
  }
  return throttled == writes.size() ? writes.front()->status : Status::Ok();
}

std::map<std::string, UnitsWritten> UnitsByTable(const std::vector<BatchedWrite*>& writes) {
  std::map<std::string, UnitsWritten> tables;
  for (const BatchedWrite* write : writes) {
    UnitsWritten& units = tables[write->request.table->spec.name];
    if (!write->status.ok()) continue;
    units.table += WriteUnits(write->size);
    AddUnits(write->index_writes, &units.indexes);
  }
  return tables;
}

Result<BatchRead> ReadOfBatch(const Database& database, const Table& table, const ItemKey& key,
                              uint64_t* size, std::string* item) {
  if (*size >= kBatchResponseSizeMax) return BatchRead::kFull;
  ASSIGN_OR_RETURN(const bool found, database.Get(table, key, item));
  if (!found) return BatchRead::kMissing;
  const uint64_t item_size = ItemView(*item).aws_size();
  if (*size + item_size > kBatchResponseSizeMax) return BatchRead::kFull;
  *size += item_size;
  return BatchRead::kFound;
}

}  // namespace millrace
