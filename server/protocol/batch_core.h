#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/database.h"
#include "server/protocol/capacity.h"
#include "server/protocol/throughput.h"

// What a batch operation does once its parameters are read; shared as item_core.h is.
namespace millrace {

// One write of a batch, from the request to its outcome.
struct BatchedWrite {
  WriteRequest request;
  Status status;
  uint32_t size = 0;                     // AWS's, the larger of before and after
  WriteOutcome outcome;                  // of a write that wants images, or that failed
  std::vector<IndexWrite> index_writes;  // with the request's count_indexes
};

// Each write is a commit of its own; `done` runs through `home`, or at once, when all have their
// outcome. The writes must live until then; their items are moved out.
void CommitEach(Database* database, CompletionQueue* home, const WriteOrigin& origin,
                const std::vector<BatchedWrite*>& writes, std::function<void()> done);

// Takes what a write costs at least, and has it count what it will do to indexes; false: throttled,
// as its status and `reasons`, if there are any, say.
bool TakeForWrite(ThroughputLimiter* limiter, BatchedWrite* write,
                  ThrottlingReasons* reasons = nullptr);
// What it cost beyond that, once it has its outcome, which a failed condition is too.
void ChargeWritten(ThroughputLimiter* limiter, const BatchedWrite& write);

// Anything but being throttled fails the whole call, as does everything being throttled.
Status OutcomeOfBatch(const std::vector<BatchedWrite*>& writes);

// What the writes of a batch that were done consumed, for each of its tables by name; of indexes
// with the requests' count_indexes.
struct UnitsWritten {
  double table = 0;
  std::vector<IndexUnits> indexes;
};
std::map<std::string, UnitsWritten> UnitsByTable(const std::vector<BatchedWrite*>& writes);

// Reads an item of a batch until the reply is full. `size`: of what was read so far.
enum class BatchRead : uint8_t { kFound, kMissing, kFull };
Result<BatchRead> ReadOfBatch(const Database& database, const Table& table, const ItemKey& key,
                              uint64_t* size, std::string* item);

}  // namespace millrace
