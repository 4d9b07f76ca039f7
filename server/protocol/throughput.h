#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "engine/base/clock.h"
#include "engine/base/status.h"
#include "engine/table.h"

namespace millrace {

// What provisioned tables have left of their throughput: a token bucket for reads and one for
// writes of each table, which fills at the provisioned rate and holds what 300 seconds bring.
// On-demand tables are never refused. Thread-safe.
//
// What a request costs shows only when it has been done, so a request is let in while there is
// anything left, and what it cost beyond what it took is owed: later requests wait for that.
//
// Source: "Burst capacity" in the developer guide (5 minutes of unused throughput). Not confirmed:
// that a new table begins with all of it.
class ThroughputLimiter {
 public:
  enum class Kind : uint8_t { kRead, kWrite };

  // `tables_max`: buckets kept; those that must be full again are forgotten first.
  explicit ThroughputLimiter(const Clock* clock, size_t tables_max = 10'000)
      : clock_(clock), tables_max_(tables_max) {}

  // Error: kProvisionedThroughputExceeded; nothing was taken.
  Status Take(const Table& table, Kind kind, double units);
  // May leave a debt.
  void Charge(const Table& table, Kind kind, double units);

 private:
  struct Bucket {
    double missing = 0;  // units below the brim
    int64_t as_of_nanos = 0;
  };
  using Key = std::pair<TableId, Kind>;

  // What the bucket lacks now. Requires the mutex.
  Bucket* Refilled(const Table& table, Kind kind);
  void ForgetFull(int64_t now_nanos);

  const Clock* const clock_;
  const size_t tables_max_;
  std::mutex mutex_;
  std::map<Key, Bucket> buckets_;
};

// Where there may be no limiter: nothing is limited then.
inline Status TakeUnits(ThroughputLimiter* limiter, const Table& table,
                        ThroughputLimiter::Kind kind, double units) {
  return limiter == nullptr ? Status::Ok() : limiter->Take(table, kind, units);
}
inline void ChargeUnits(ThroughputLimiter* limiter, const Table& table,
                        ThroughputLimiter::Kind kind, double units) {
  if (limiter != nullptr) limiter->Charge(table, kind, units);
}

}  // namespace millrace
