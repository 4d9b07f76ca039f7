#include "server/protocol/throughput.h"

#include <algorithm>
#include <iterator>

#include "server/protocol/capacity.h"

namespace millrace {
namespace {

using Kind = ThroughputLimiter::Kind;

constexpr double kBurstSeconds = 300;

// Units a second; 0: without limit.
double Rate(BillingMode mode, const ProvisionedThroughput& provisioned,
            const OnDemandThroughput& on_demand, Kind kind) {
  const bool reads = kind == Kind::kRead;
  if (mode == BillingMode::kProvisioned) {
    return static_cast<double>(reads ? provisioned.read_units : provisioned.write_units);
  }
  return static_cast<double>(
      (reads ? on_demand.read_units_max : on_demand.write_units_max).value_or(0));
}

double RateOf(const Table& table, Kind kind) {
  return Rate(table.spec.billing_mode, table.spec.throughput, table.spec.settings.on_demand, kind);
}

double RateOf(const Table& table, const Index& index, Kind kind) {
  if (index.spec.kind != IndexKind::kGlobal) return 0;
  return Rate(table.spec.billing_mode, index.spec.throughput, index.spec.on_demand, kind);
}

void Explain(const Table& table, const Index* index, Kind kind, ThrottlingReasons* reasons) {
  if (reasons == nullptr) return;
  const bool on_demand = table.spec.billing_mode == BillingMode::kPayPerRequest;
  ThrottlingReason reason;
  reason.reason = std::string(index == nullptr ? "Table" : "Index") +
                  (kind == Kind::kRead ? "Read" : "Write") +
                  (on_demand ? "MaxOnDemandThroughputExceeded" : "ProvisionedThroughputExceeded");
  reason.table = table.spec.name;
  if (index != nullptr) reason.index = index->spec.name;
  if (std::find(reasons->begin(), reasons->end(), reason) == reasons->end()) {
    reasons->push_back(std::move(reason));
  }
}

// `index`: which has nothing left; null: the table.
Status Exceeded(const Table& table, const Index* index, Kind kind, ThrottlingReasons* reasons) {
  Explain(table, index, kind, reasons);
  if (table.spec.billing_mode == BillingMode::kPayPerRequest) {
    return Status(ErrorCode::kThrottling,
                  "Throughput exceeds the maximum OnDemandThroughput configured on table or index");
  }
  return Status(ErrorCode::kProvisionedThroughputExceeded,
                index != nullptr
                    ? "The level of configured provisioned throughput for one or more global "
                      "secondary indexes of the table was exceeded. Consider increasing your "
                      "provisioning level for the under-provisioned global secondary indexes "
                      "with the UpdateTable API"
                    : "The level of configured provisioned throughput for the table was "
                      "exceeded. Consider increasing your provisioning level with the "
                      "UpdateTable API.");
}

bool LimitsIndexWrites(const Table& table) {
  return std::any_of(table.indexes.begin(), table.indexes.end(), [&table](const Index& index) {
    return RateOf(table, index, Kind::kWrite) > 0;
  });
}

bool IsGlobal(const Index* index) {
  return index != nullptr && index->spec.kind == IndexKind::kGlobal;
}

}  // namespace

Status ThroughputLimiter::Take(const Table& table, Kind kind, double units,
                               ThrottlingReasons* reasons) {
  const bool writes_indexes = kind == Kind::kWrite && LimitsIndexWrites(table);
  const double rate = RateOf(table, kind);
  if (rate == 0 && !writes_indexes) return Status::Ok();
  const std::lock_guard<std::mutex> lock(mutex_);
  const Key key{table.id.value(), kind};
  if (IsEmpty(key, rate)) return Exceeded(table, nullptr, kind, reasons);
  if (writes_indexes) {
    for (const Index& index : table.indexes) {
      if (IsEmpty({index.id.value(), kind}, RateOf(table, index, kind))) {
        return Exceeded(table, &index, kind, reasons);
      }
    }
  }
  Add(key, rate, units);
  return Status::Ok();
}

void ThroughputLimiter::Charge(const Table& table, Kind kind, double units) {
  const double rate = RateOf(table, kind);
  if (rate == 0 || units == 0) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  Add({table.id.value(), kind}, rate, units);
}

Status ThroughputLimiter::TakeFromIndex(const Table& table, const Index& index, Kind kind,
                                        double units, ThrottlingReasons* reasons) {
  const double rate = RateOf(table, index, kind);
  if (rate == 0) return Status::Ok();
  const std::lock_guard<std::mutex> lock(mutex_);
  const Key key{index.id.value(), kind};
  if (IsEmpty(key, rate)) return Exceeded(table, &index, kind, reasons);
  Add(key, rate, units);
  return Status::Ok();
}

void ThroughputLimiter::ChargeIndex(const Table& table, const Index& index, Kind kind,
                                    double units) {
  const double rate = RateOf(table, index, kind);
  if (rate == 0 || units == 0) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  Add({index.id.value(), kind}, rate, units);
}

bool ThroughputLimiter::IsEmpty(const Key& key, double rate) {
  return rate > 0 && Refilled(key, rate)->missing >= rate * kBurstSeconds;
}

void ThroughputLimiter::Add(const Key& key, double rate, double units) {
  if (rate == 0) return;
  Bucket* const bucket = Refilled(key, rate);
  bucket->missing = std::max(0.0, bucket->missing + units);
}

ThroughputLimiter::Bucket* ThroughputLimiter::Refilled(const Key& key, double rate) {
  const int64_t now = clock_->MonotonicNanos();
  auto found = buckets_.find(key);
  if (found == buckets_.end()) {
    if (buckets_.size() >= buckets_max_) ForgetFull(now);
    found = buckets_.emplace(key, Bucket{0, now}).first;
  }
  Bucket& bucket = found->second;
  const double seconds = static_cast<double>(now - bucket.as_of_nanos) / 1e9;
  bucket.missing = std::max(0.0, bucket.missing - seconds * rate);
  bucket.as_of_nanos = now;
  return &bucket;
}

// A bucket that no request touched for as long as it takes to fill says no more than none does, but
// for a debt. Should all be in use, the table of buckets grows no further than the tables and
// indexes there are.
void ThroughputLimiter::ForgetFull(int64_t now_nanos) {
  const auto idle = static_cast<int64_t>(2 * kBurstSeconds * 1e9);
  for (auto at = buckets_.begin(); at != buckets_.end();) {
    at = now_nanos - at->second.as_of_nanos > idle ? buckets_.erase(at) : std::next(at);
  }
}

Status TakeReads(ThroughputLimiter* limiter, const Table& table, const Index* index, double units,
                 ThrottlingReasons* reasons) {
  if (limiter == nullptr) return Status::Ok();
  return IsGlobal(index) ? limiter->TakeFromIndex(table, *index, Kind::kRead, units, reasons)
                         : limiter->Take(table, Kind::kRead, units, reasons);
}

void ChargeReads(ThroughputLimiter* limiter, const Table& table, const Index* index, double units) {
  if (limiter == nullptr) return;
  if (IsGlobal(index)) return limiter->ChargeIndex(table, *index, Kind::kRead, units);
  limiter->Charge(table, Kind::kRead, units);
}

bool ChargesIndexes(ThroughputLimiter* limiter, const Table& table) {
  if (limiter == nullptr || table.indexes.empty()) return false;
  return RateOf(table, Kind::kWrite) > 0 || LimitsIndexWrites(table);
}

void ChargeWrite(ThroughputLimiter* limiter, const Table& table, double units,
                 const std::vector<IndexWrite>& indexes, double factor) {
  if (limiter == nullptr) return;
  for (const IndexWrite& write : indexes) {
    const double cost = factor * write.units;
    if (write.kind == IndexKind::kLocal) {
      units += cost;
    } else if (const Index* const index = table.FindIndex(write.index)) {
      limiter->ChargeIndex(table, *index, Kind::kWrite, cost);
    }
  }
  limiter->Charge(table, Kind::kWrite, units);
}

void ChargeCommit(ThroughputLimiter* limiter, const Table& table, const CommitResult& result) {
  const double units = WriteUnits(result) - WriteUnits(0);
  if (result.outcomes.empty()) return ChargeUnits(limiter, table, Kind::kWrite, units);
  ChargeWrite(limiter, table, units, result.outcomes[0].index_writes);
}

}  // namespace millrace
