#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/checksum.h"
#include "engine/database.h"
#include "engine/log/commit_log.h"
#include "engine/model/change_record.h"

namespace millrace {

// A change record that waits for its position.
struct PlannedRecord {
  std::string storage_key;
  uint64_t partition = 0;
  std::string body;
  Digest body_digest{};
  uint8_t flags = 0;
  // Where the committer leaves the record's position, for a later record of the same item that was
  // planned meanwhile.
  std::shared_ptr<Position> position;
  // The item's last record: known, or still being committed.
  Position previous;
  std::shared_ptr<const Position> pending_previous;
};

struct PlannedCell {
  std::string key;
  std::string entry;  // EncodeCellEntry
};

// A planned commit on its way through the committer's queue. Without records and cells it is a
// barrier: it completes when all before it is applied.
struct CommitOp {
  uint64_t ticket = 0;  // of its pending images
  std::vector<PlannedRecord> records;
  std::vector<PlannedCell> cells;
  std::vector<std::string> collections;  // rows of the item collections that records change
  CompletionQueue* home = nullptr;
  CommitCallback callback;
  CommitResult result;
  // Of a barrier: runs on the committer's thread, between groups, once all before it is applied.
  // Its outcome is the op's. For work on the state that the log does not say.
  std::function<Status()> work;

  bool IsBarrier() const { return records.empty() && cells.empty(); }
  // At least the bytes of its frame's entries.
  size_t ByteSize() const {
    size_t size = 0;
    for (const PlannedRecord& record : records) size += SizeOf(record);
    for (const PlannedCell& cell : cells) size += SizeOf(cell);
    return size;
  }
  static size_t SizeOf(const PlannedRecord& record) { return record.body.size() + kOverhead; }
  static size_t SizeOf(const PlannedCell& cell) { return cell.entry.size() + kOverhead; }

 private:
  static constexpr size_t kOverhead = 128;  // bytes
  static_assert(kOverhead >= kLogEntryHeaderSize + kRecordHeaderSize);
};

}  // namespace millrace
