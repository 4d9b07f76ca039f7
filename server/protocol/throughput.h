#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/status.h"
#include "engine/database.h"
#include "engine/table.h"

namespace millrace {

// Why a request was refused, and by what. Source: "ThrottlingReason" in the API reference.
struct ThrottlingReason {
  std::string reason;  // TableReadProvisionedThroughputExceeded and its like
  std::string table;
  std::string index;  // empty: the table itself
  bool operator==(const ThrottlingReason&) const = default;
};
using ThrottlingReasons = std::vector<ThrottlingReason>;  // each once

// What tables have left of their throughput: a token bucket for reads and one for writes of each
// table that is limited, and of each of its global indexes, which fills at its rate and holds what
// 300 seconds bring. The rate is what is provisioned, or of an on-demand table the most that
// OnDemandThroughput allows; on-demand tables without such a bound are never refused, and cost
// nothing here. Thread-safe.
//
// What a request costs shows only when it has been done, so a request is let in while there is
// anything left, and what it cost beyond what it took is owed: later requests wait for that.
//
// A local index is read and written with the table's units, a global one with its own. A write is
// let in when the table and all of its global indexes have something left, whether it will change
// them or not: the guide asks the table and all of them to have enough.
//
// Source: "Burst capacity", "Provisioned throughput considerations for global secondary indexes"
// and "DynamoDB maximum throughput for on-demand tables" in the developer guide; the texts, as
// logs of the service show them. Not confirmed: that a new table begins with all of its burst, and
// that bounds of on-demand have the same.
class ThroughputLimiter {
 public:
  enum class Kind : uint8_t { kRead, kWrite };

  // `buckets_max`: buckets kept; those that must be full again are forgotten first.
  explicit ThroughputLimiter(const Clock* clock, size_t buckets_max = 10'000)
      : clock_(clock), buckets_max_(buckets_max) {}

  // Of the table. Error: kProvisionedThroughputExceeded, or kThrottling of an on-demand table;
  // nothing was taken, and `reasons`, if there are any, say why.
  Status Take(const Table& table, Kind kind, double units, ThrottlingReasons* reasons = nullptr);
  // May leave a debt; gives back when negative.
  void Charge(const Table& table, Kind kind, double units);

  // The same of a global index of the table.
  Status TakeFromIndex(const Table& table, const Index& index, Kind kind, double units,
                       ThrottlingReasons* reasons = nullptr);
  void ChargeIndex(const Table& table, const Index& index, Kind kind, double units);

 private:
  struct Bucket {
    double missing = 0;  // units below the brim
    int64_t as_of_nanos = 0;
  };
  using Key = std::pair<uint32_t, Kind>;  // tables and indexes share their ids

  // What the bucket lacks now. Requires the mutex.
  Bucket* Refilled(const Key& key, double rate);
  // Requires the mutex.
  bool IsEmpty(const Key& key, double rate);
  void Add(const Key& key, double rate, double units);
  void ForgetFull(int64_t now_nanos);

  const Clock* const clock_;
  const size_t buckets_max_;
  std::mutex mutex_;
  std::map<Key, Bucket> buckets_;
};

// Where there may be no limiter: nothing is limited then.
inline Status TakeUnits(ThroughputLimiter* limiter, const Table& table,
                        ThroughputLimiter::Kind kind, double units,
                        ThrottlingReasons* reasons = nullptr) {
  return limiter == nullptr ? Status::Ok() : limiter->Take(table, kind, units, reasons);
}
inline void ChargeUnits(ThroughputLimiter* limiter, const Table& table,
                        ThroughputLimiter::Kind kind, double units) {
  if (limiter != nullptr) limiter->Charge(table, kind, units);
}

// Of reading `index`, or the table when that is null.
Status TakeReads(ThroughputLimiter* limiter, const Table& table, const Index* index, double units,
                 ThrottlingReasons* reasons = nullptr);
void ChargeReads(ThroughputLimiter* limiter, const Table& table, const Index* index, double units);

// Must a write say what it did to indexes, for ChargeWrite's sake?
bool ChargesIndexes(ThroughputLimiter* limiter, const Table& table);
// What a write cost beyond what it took: `units` of the table, and `factor` times what it did to
// the indexes.
void ChargeWrite(ThroughputLimiter* limiter, const Table& table, double units,
                 const std::vector<IndexWrite>& indexes, double factor = 1);
// Of a commit of one write that took WriteUnits(0).
void ChargeCommit(ThroughputLimiter* limiter, const Table& table, const CommitResult& result);

}  // namespace millrace
