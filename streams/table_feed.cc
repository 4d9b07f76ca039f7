#include "streams/table_feed.h"

#include <algorithm>
#include <utility>

#include "engine/log_entries.h"

namespace millrace {

TableFeed::TableFeed(CommitLog* log, TableId table, Lsn from)
    : TableFeed(log, table, std::nullopt, from) {}

TableFeed::TableFeed(CommitLog* log, TableId table, ShardIndex shard, Lsn from)
    : TableFeed(log, table, PartitionOf(table, shard), from) {}

TableFeed::TableFeed(CommitLog* log, TableId table, std::optional<uint64_t> partition, Lsn from)
    : table_(table), partition_(partition), cursor_(log->NewCursor(from)), next_(from) {}

TableFeed::~TableFeed() = default;
TableFeed::TableFeed(TableFeed&&) noexcept = default;
TableFeed& TableFeed::operator=(TableFeed&&) noexcept = default;

Result<std::optional<FeedRecord>> TableFeed::Next(Lsn limit) {
  if (end_.has_value() && limit >= *end_) limit = Lsn(end_->value() - 1);
  for (;;) {
    if (auto record = TakeRecord()) return record;
    if (limit < next_) return std::optional<FeedRecord>();
    ASSIGN_OR_RETURN(const auto frame, NextFrame(limit));
    if (!frame.has_value()) {
      next_ = Lsn(limit.value() + 1);
      return std::optional<FeedRecord>();
    }
    frame_lsn_ = frame->lsn;
    next_ = frame->lsn;
    entries_ = frame->entries;
    bytes_read_ += entries_.size();
  }
}

Result<std::optional<FrameView>> TableFeed::NextFrame(Lsn limit) {
  return partition_.has_value() ? cursor_->NextOf(*partition_, limit) : cursor_->Next(limit);
}

// Of the frame at hand; steps behind it when it has no more.
std::optional<FeedRecord> TableFeed::TakeRecord() {
  LogEntry entry;
  while (TakeLogEntry(&entries_, &entry)) {
    if (entry.kind != static_cast<uint8_t>(EntryKind::kRecord)) continue;
    if (TableOfPartition(entry.partition) != table_) continue;
    if (partition_.has_value() && entry.partition != *partition_) continue;
    return FeedRecord{RecordView(entry.bytes), ShardOfPartition(entry.partition), entry.partition,
                      frame_lsn_};
  }
  if (next_ == frame_lsn_) next_ = Lsn(frame_lsn_.value() + 1);
  return std::nullopt;
}

}  // namespace millrace
