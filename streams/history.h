#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/strong_id.h"
#include "engine/database.h"
#include "engine/model/change_record.h"
#include "engine/model/position.h"
#include "engine/table.h"

// The audit questions that the log answers about one item: what it was, when, who changed it, and
// because of which record. Reaches as far back as the log does, which is at least the 24 h of
// streams. No stream needs to have been on; images before a write are there only when one was
// (Table::StoresOldImage).
namespace millrace {

// A record on its own bytes. Position, time, event, images, principal, request id and causation are
// read from it.
struct LoggedRecord {
  TableId table;
  ShardIndex shard;
  std::string bytes;
  RecordView record() const { return RecordView(bytes); }
};

struct HistoryRequest {
  TableRef table;  // a deleted one too, while it is kept
  ItemKey key;
  // Commits in [from_lsn, to_lsn] and [from_micros, to_micros); the whole log by default.
  Lsn from_lsn;
  Lsn to_lsn = Lsn(UINT64_MAX);
  int64_t from_micros = INT64_MIN;
  int64_t to_micros = INT64_MAX;
  std::optional<Position> resume;  // HistoryPage::resume of the page before
  size_t limit = 1000;             // records
  uint64_t log_bytes_max = uint64_t{64}
                           << 20;  // log to be read by this call; a single commit may exceed it
};

struct HistoryPage {
  std::vector<LoggedRecord> versions;  // oldest first
  // There may be more: ask again with this. A page may be empty and yet not the last.
  std::optional<Position> resume;
  // The log no longer reaches back to the table's creation (or the range's start): earlier versions
  // may be missing.
  bool beginning_trimmed = false;
};

// Thread-safe; reads the log on the calling thread.
class ItemHistory {
 public:
  // Outlives it.
  explicit ItemHistory(Database* database) : database_(database) {}

  // Errors: kTrimmedDataAccess when the log at `resume` is gone by now, kCorruption, kIo.
  Result<HistoryPage> Read(const HistoryRequest& request) const;

  // The record at a position, such as another's causation(); nullopt when there is none there (or
  // not applied yet). Errors: kTrimmedDataAccess, kCorruption.
  Result<std::optional<LoggedRecord>> FindRecord(const Position& position) const;

 private:
  Database* database_;
};

}  // namespace millrace
