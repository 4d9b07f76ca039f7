#pragma once

#include <cstdint>
#include <optional>

#include "engine/base/status.h"
#include "engine/model/position.h"
#include "streams/table_feed.h"

namespace millrace {

// The smallest position greater than this one.
Position PositionAfter(const Position& position);

// One call's worth of reading a shard: from a position on, with a bound on the work, ending in the
// position that the next call goes on from. What GetRecords and history share.
class ShardScan {
 public:
  struct Bounds {
    Lsn limit;               // the last lsn to look at
    std::optional<Lsn> end;  // the shard holds no record of this lsn or a greater one
    uint64_t bytes_max = 0;  // of commits looked into, beyond the first; one may exceed it
  };
  ShardScan(CommitLog* log, TableId table, ShardIndex shard, const Position& from,
            const Bounds& bounds);

  // The next record; nullopt when there is none up to the limit, or the bounds are used up.
  Result<std::optional<FeedRecord>> Next();
  // All records below it have been returned; greater than `from` unless the limit is
  // below it, so that every call gets on, also within a commit larger than the bound.
  const Position& position() const { return position_; }
  // The shard's end was reached.
  bool ended() const { return ended_; }
  // There may be more up to the limit.
  bool stopped_early() const { return stopped_early_; }

 private:
  TableFeed feed_;
  Position position_;
  Lsn limit_;
  uint64_t bytes_max_;
  bool first_ = true;
  bool ended_ = false;
  bool stopped_early_ = false;
};

}  // namespace millrace
