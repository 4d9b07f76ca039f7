#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "engine/base/status.h"
#include "engine/base/strong_id.h"
#include "engine/log/commit_log.h"
#include "engine/model/change_record.h"

// Reads the change records of one table, or of one shard of it, straight from the log's mapped
// segments.
//
// A feed knows positions, not times: it returns what the log still has, whatever its age, in log
// order (within a commit, in the commit's order), each record once. It doesn't know the catalog
// either: whoever follows a stream sets the end of its window when it closes.
namespace millrace {

// Valid until the feed's next call of Next.
struct FeedRecord {
  RecordView record;
  ShardIndex shard;
  uint64_t partition = 0;
  Lsn lsn;
};

// Single-threaded; many may exist, on any threads. Holds at most one segment mapped.
class TableFeed {
 public:
  // Records of lsn >= `from`. The log outlives the feed.
  TableFeed(CommitLog* log, TableId table, Lsn from);
  // Of one shard: commits that don't touch it are skipped through the segments' indexes.
  TableFeed(CommitLog* log, TableId table, ShardIndex shard, Lsn from);
  ~TableFeed();
  TableFeed(TableFeed&&) noexcept;
  TableFeed& operator=(TableFeed&&) noexcept;

  // Ends the feed before `end`: that is, StreamWindow::last of a closed stream.
  void EndBefore(Lsn end) { end_ = end; }

  // The next record of lsn <= `limit`; nullopt when there is none. `limit` must not pass
  // Database::applied_lsn(), and bounds the work: a feed of a quiet table reads past all that
  // others wrote. Errors: kTrimmedDataAccess when the log there is gone, kCorruption.
  Result<std::optional<FeedRecord>> Next(Lsn limit);

  // Every record of a smaller lsn has been returned; where another feed would go on from.
  Lsn position() const { return next_; }
  // Nothing more will ever come: position() has reached the end.
  bool ended() const { return end_.has_value() && next_ >= *end_; }
  // Bytes of the commits looked into so far.
  uint64_t bytes_read() const { return bytes_read_; }

 private:
  TableFeed(CommitLog* log, TableId table, std::optional<uint64_t> partition, Lsn from);
  Result<std::optional<FrameView>> NextFrame(Lsn limit);
  std::optional<FeedRecord> TakeRecord();

  TableId table_;
  std::optional<uint64_t> partition_;  // of one shard
  std::unique_ptr<LogCursor> cursor_;
  std::optional<Lsn> end_;
  Lsn next_;
  Lsn frame_lsn_;
  std::string_view entries_;  // of the frame at hand, those not looked at yet
  uint64_t bytes_read_ = 0;
};

}  // namespace millrace
