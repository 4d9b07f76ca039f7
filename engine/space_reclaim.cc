#include "engine/space_reclaim.h"

#include <rocksdb/convenience.h>
#include <rocksdb/env.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "engine/base/check.h"
#include "engine/base/coding.h"
#include "engine/base/fault_point.h"
#include "engine/meta_keys.h"

namespace millrace {
namespace {

// How often it looks whether the readers are done, which nothing announces.
constexpr std::chrono::milliseconds kReadersInterval{20};

// What all keys of a table's items, or of an index's entries, begin with (keys.h).
std::string PrefixOf(uint64_t id) {
  std::string prefix;
  PutBig(&prefix, static_cast<uint32_t>(id));
  return prefix;
}

}  // namespace

struct SpaceReclaim::Range {
  uint32_t id = 0;
  rocksdb::ColumnFamilyHandle* family = nullptr;
  std::string begin;
  std::string end;
};

rocksdb::Status SpaceReclaim::Note(Of of, uint32_t id, const Store& store,
                                   rocksdb::WriteBatch* writes) {
  return writes->Put(store.meta(), DroppedRow(id), std::string(1, static_cast<char>(of)));
}

Result<std::vector<SpaceReclaim::Range>> SpaceReclaim::ReadNotes(const Store& store) {
  std::vector<Range> ranges;
  const std::string prefix(1, kMetaDropped);
  const std::unique_ptr<rocksdb::Iterator> it(
      store.db()->NewIterator(rocksdb::ReadOptions(), store.meta()));
  for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next()) {
    std::string_view row = ToView(it->key()).substr(1);
    const std::string_view of = ToView(it->value());
    Range range;
    const bool entries = of == std::string_view("E");
    if (!TakeBig(&row, &range.id) || (!entries && of != std::string_view("I"))) {
      return Status(ErrorCode::kCorruption, "the row of a dropped table or index is damaged");
    }
    range.family = entries ? store.indexes() : store.items();
    range.begin = PrefixOf(range.id);
    range.end = PrefixOf(uint64_t{range.id} + 1);
    ranges.push_back(std::move(range));
  }
  RETURN_IF_ERROR(FromRocksDb(it->status(), "reading what was dropped"));
  return ranges;
}

Status SpaceReclaim::Hide(const std::vector<Range>& ranges, Store* store) {
  if (ranges.empty()) return Status::Ok();
  rocksdb::WriteBatch writes;
  for (const Range& range : ranges) {
    RETURN_IF_ERROR(FromRocksDb(writes.DeleteRange(range.family, range.begin, range.end),
                                "hiding what was dropped"));
  }
  return store->Write(&writes);
}

Status SpaceReclaim::HideDropped(Store* store) {
  ASSIGN_OR_RETURN(const std::vector<Range> ranges, ReadNotes(*store));
  return Hide(ranges, store);
}

bool SpaceReclaim::IsSeenBefore(const Store& store, uint64_t sequence) {
  uint64_t oldest = 0;  // no snapshot
  MILLRACE_CHECK(
      store.db()->GetIntProperty(rocksdb::DB::Properties::kOldestSnapshotSequence, &oldest),
      "RocksDB does not tell its oldest snapshot");
  return oldest != 0 && oldest < sequence;
}

SpaceReclaim::SpaceReclaim(Store* store, std::chrono::milliseconds retry_min,
                           std::chrono::milliseconds retry_max)
    : store_(store), retry_min_(retry_min), retry_max_(retry_max), thread_([this] { Run(); }) {}

void SpaceReclaim::Stop() {
  signal_.Stop();
  if (thread_.joinable()) thread_.join();
}

void SpaceReclaim::Run() {
  while (signal_.AwaitWake()) ReclaimWithRetries();
}

// Until it succeeds, or is to stop.
void SpaceReclaim::ReclaimWithRetries() {
  for (std::chrono::milliseconds pause = retry_min_;; pause = std::min(2 * pause, retry_max_)) {
    const Status status = ReclaimAll();
    if (status.ok() || signal_.stopping()) return;
    Report(status, pause);
    if (!signal_.Sleep(pause)) return;
  }
}

void SpaceReclaim::Report(const Status& problem, std::chrono::milliseconds pause) {
  const std::shared_ptr<rocksdb::Logger> log = store_->db()->GetDBOptions().info_log;
  rocksdb::Error(log,
                 "the disk space of dropped tables and indexes could not be given back, tried "
                 "again in %lld ms: %s",
                 static_cast<long long>(pause.count()), problem.ToString().c_str());
  rocksdb::LogFlush(log);
}

Status SpaceReclaim::ReclaimAll() {
  ASSIGN_OR_RETURN(const std::vector<Range> ranges, ReadNotes(*store_));
  if (ranges.empty()) return Status::Ok();
  RETURN_IF_ERROR(store_->Flush());
  MILLRACE_FAULT_POINT("reclaim.flushed");
  if (!AwaitReaders()) return Status::Ok();
  RETURN_IF_ERROR(Hide(ranges, store_));
  for (const Range& range : ranges) {
    const rocksdb::Slice begin = range.begin;
    const rocksdb::Slice end = range.end;
    const rocksdb::RangePtr files(&begin, &end);
    constexpr bool kIncludeEnd = false;
    RETURN_IF_ERROR(FromRocksDb(
        rocksdb::DeleteFilesInRanges(store_->db(), range.family, &files, 1, kIncludeEnd),
        "unlinking the files of what was dropped"));
  }
  RETURN_IF_ERROR(Hide(ranges, store_));
  MILLRACE_FAULT_POINT("reclaim.unlinked");
  // Once for all ranges, where each Compact would.
  RETURN_IF_ERROR(store_->Flush());
  rocksdb::WriteBatch done;
  for (const Range& range : ranges) {
    RETURN_IF_ERROR(Compact(range));
    RETURN_IF_ERROR(
        FromRocksDb(done.Delete(store_->meta(), DroppedRow(range.id)), "what was dropped is gone"));
  }
  MILLRACE_FAULT_POINT("reclaim.compacted");
  return store_->Write(&done);
}

// False: it is to stop instead.
bool SpaceReclaim::AwaitReaders() {
  const uint64_t sequence = store_->db()->GetLatestSequenceNumber();
  while (IsSeenBefore(*store_, sequence)) {
    if (!signal_.Sleep(kReadersInterval)) return false;
  }
  return true;
}

// What is left of the range: it shares files with its neighbours, or was in the newest ones.
Status SpaceReclaim::Compact(const Range& range) {
  const rocksdb::Slice begin = range.begin;
  const rocksdb::Slice end = range.end;
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  options.canceled = signal_.stop_flag();
  return FromRocksDb(store_->db()->CompactRange(options, range.family, &begin, &end),
                     "rewriting what was beside what was dropped");
}

}  // namespace millrace
