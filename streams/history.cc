#include "streams/history.h"

#include <algorithm>

#include "engine/log_entries.h"
#include "streams/shard_scan.h"

namespace millrace {
namespace {

// The commits to look at: [first, last], none when first > last.
struct Range {
  Lsn first;
  Lsn last;
  bool beginning_trimmed = false;
};

Result<Range> RangeOf(const HistoryRequest& request, CommitLog* log, Lsn applied) {
  Range range;
  const Lsn oldest = log->first_lsn();
  const Lsn wanted = std::max(request.from_lsn, request.table->created_lsn);
  range.first = std::max(wanted, oldest);
  range.beginning_trimmed = wanted < oldest;
  if (request.from_micros != INT64_MIN) {
    ASSIGN_OR_RETURN(const Lsn from, log->FindTime(request.from_micros));
    // A frame before that time is still there, so nothing in the range is missing.
    if (from > oldest) range.beginning_trimmed = false;
    range.first = std::max(range.first, from);
  }
  range.last = std::min(request.to_lsn, applied);
  if (request.to_micros != INT64_MAX) {
    ASSIGN_OR_RETURN(const Lsn to, log->FindTime(request.to_micros));
    range.last = std::min(range.last, Lsn(to.value() - 1));
  }
  if (request.resume.has_value()) {
    range.first = request.resume->lsn;
    range.beginning_trimmed = false;
  }
  return range;
}

}  // namespace

Result<HistoryPage> ItemHistory::Read(const HistoryRequest& request) const {
  const Table& table = *request.table;
  CommitLog* log = database_->log();
  ASSIGN_OR_RETURN(const Range range, RangeOf(request, log, database_->applied_lsn()));
  HistoryPage page;
  page.beginning_trimmed = range.beginning_trimmed;
  if (range.first > range.last) return page;

  const uint64_t key_hash = KeyHash(table, request.key.pk);
  const ShardIndex shard = ShardOf(key_hash);
  const std::string keys = KeysItem(table.spec.schema, request.key);
  const Position from = request.resume.value_or(Position{0, range.first, 0});
  ShardScan::Bounds bounds;
  bounds.limit = range.last;
  bounds.bytes_max = request.log_bytes_max;
  ShardScan scan(log, table.id, shard, from, bounds);
  for (;;) {
    ASSIGN_OR_RETURN(const auto next, scan.Next());
    if (!next.has_value()) break;
    const RecordView record = next->record;
    if (record.key_hash() != key_hash || record.keys().bytes() != keys) continue;
    if (page.versions.size() == std::max<size_t>(request.limit, 1)) {
      page.resume = record.position();
      return page;
    }
    page.versions.push_back({table.id, shard, std::string(record.bytes())});
  }
  if (scan.stopped_early()) page.resume = scan.position();
  return page;
}

Result<std::optional<LoggedRecord>> ItemHistory::FindRecord(const Position& position) const {
  if (position.lsn == Lsn(0) || position.lsn > database_->applied_lsn()) {
    return std::optional<LoggedRecord>();
  }
  const auto cursor = database_->log()->NewCursor(position.lsn);
  ASSIGN_OR_RETURN(const auto frame, cursor->Next(position.lsn));
  if (!frame.has_value()) return std::optional<LoggedRecord>();
  std::string_view entries = frame->entries;
  LogEntry entry;
  while (TakeLogEntry(&entries, &entry)) {
    if (entry.kind != static_cast<uint8_t>(EntryKind::kRecord)) continue;
    if (RecordView(entry.bytes).position() != position) continue;
    return std::optional(LoggedRecord{TableOfPartition(entry.partition),
                                      ShardOfPartition(entry.partition), std::string(entry.bytes)});
  }
  return std::optional<LoggedRecord>();
}

}  // namespace millrace
