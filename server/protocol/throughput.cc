#include "server/protocol/throughput.h"

#include <algorithm>
#include <iterator>

namespace millrace {
namespace {

constexpr double kBurstSeconds = 300;

double RateOf(const Table& table, ThroughputLimiter::Kind kind) {
  const ProvisionedThroughput& throughput = table.spec.throughput;
  return static_cast<double>(kind == ThroughputLimiter::Kind::kRead ? throughput.read_units
                                                                    : throughput.write_units);
}

bool IsLimited(const Table& table) {
  return table.spec.billing_mode == BillingMode::kProvisioned;
}

}  // namespace

Status ThroughputLimiter::Take(const Table& table, Kind kind, double units) {
  if (!IsLimited(table)) return Status::Ok();
  const std::lock_guard<std::mutex> lock(mutex_);
  Bucket* const bucket = Refilled(table, kind);
  if (bucket->missing >= RateOf(table, kind) * kBurstSeconds) {
    return Status(ErrorCode::kProvisionedThroughputExceeded,
                  "The level of configured provisioned throughput for the table was exceeded. "
                  "Consider increasing your provisioning level with the UpdateTable API.");
  }
  bucket->missing += units;
  return Status::Ok();
}

void ThroughputLimiter::Charge(const Table& table, Kind kind, double units) {
  if (!IsLimited(table) || units <= 0) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  Refilled(table, kind)->missing += units;
}

ThroughputLimiter::Bucket* ThroughputLimiter::Refilled(const Table& table, Kind kind) {
  const int64_t now = clock_->MonotonicNanos();
  const Key key{table.id, kind};
  auto found = buckets_.find(key);
  if (found == buckets_.end()) {
    if (buckets_.size() >= tables_max_) ForgetFull(now);
    found = buckets_.emplace(key, Bucket{0, now}).first;
  }
  Bucket& bucket = found->second;
  const double seconds = static_cast<double>(now - bucket.as_of_nanos) / 1e9;
  bucket.missing = std::max(0.0, bucket.missing - seconds * RateOf(table, kind));
  bucket.as_of_nanos = now;
  return &bucket;
}

// A bucket that no request touched for as long as it takes to fill says no more than none does, but
// for a debt. Should all be in use, the table of buckets grows no further than the tables there
// are.
void ThroughputLimiter::ForgetFull(int64_t now_nanos) {
  const auto idle = static_cast<int64_t>(2 * kBurstSeconds * 1e9);
  for (auto at = buckets_.begin(); at != buckets_.end();) {
    at = now_nanos - at->second.as_of_nanos > idle ? buckets_.erase(at) : std::next(at);
  }
}

}  // namespace millrace
