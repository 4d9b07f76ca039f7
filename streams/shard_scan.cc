#include "streams/shard_scan.h"

#include <algorithm>
#include <utility>

namespace millrace {
namespace {

constexpr uint32_t kOrdinalMax = (1u << 24) - 1;

}  // namespace

Position PositionAfter(const Position& position) {
  if (position.ordinal < kOrdinalMax) {
    return {position.generation, position.lsn, position.ordinal + 1};
  }
  return {position.generation, Lsn(position.lsn.value() + 1), 0};
}

ShardScan::ShardScan(CommitLog* log, TableId table, ShardIndex shard, const Position& from,
                     const Bounds& bounds)
    : feed_(log, table, shard, from.lsn),
      position_(from),
      limit_(bounds.limit),
      bytes_max_(std::max<uint64_t>(bounds.bytes_max, 1)) {
  if (bounds.end.has_value()) feed_.EndBefore(*bounds.end);
}

Result<std::optional<FeedRecord>> ShardScan::Next() {
  while (first_ || feed_.bytes_read() < bytes_max_) {
    ASSIGN_OR_RETURN(const auto next, feed_.Next(limit_));
    if (!next.has_value()) {
      position_ = std::max(position_, Position{position_.generation, feed_.position(), 0});
      ended_ = feed_.ended();
      return std::optional<FeedRecord>();
    }
    if (std::exchange(first_, false)) bytes_max_ += feed_.bytes_read();
    const Position at = next->record.position();
    if (at < position_) continue;  // of the first commit, read already
    position_ = PositionAfter(at);
    return next;
  }
  stopped_early_ = true;
  return std::optional<FeedRecord>();
}

}  // namespace millrace
