#pragma once

#include <rocksdb/db.h>
#include <rocksdb/perf_level.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/strong_id.h"

namespace millrace {

// RocksDB as the state of the log: its own WAL off, all column families flushed together, so that
// what is on disk is the state at one applied lsn. Private to the engine.
//
// `meta` holds the rows below; `items` the items (keys.h, stored_item.h); `indexes` the entries of
// secondary indexes (keys.h, index_entries.h).
//   "A" applied lsn u64 | "C" cell key -> lsn u64, value | "H" partition u64 -> chain head 32 | "S"
//   table or index u32 -> count i64, size i64 | "L" table u32, pk -> size of the item collection
//   u64 | "B" index u32 -> cursor of its back-fill
//   | "D" table or index u32 -> u8: dropped, but its space isn't given back (space_reclaim.h)
// H and S go with the cell of their table, or with their index; L with the items of a table.
struct StoreOptions {
  std::string directory;
  uint64_t block_cache_size = 0;   // bytes
  uint64_t write_buffer_size = 0;  // bytes
  // Called before state is written out, from RocksDB's threads or in Flush: makes the log durable
  // up to what the state holds. RocksDB writes the state out even when it fails, so that what is on
  // disk may be ahead of the log: from then on Write and Flush fail, and nothing may be done that
  // relies on the state being on disk.
  std::function<Status()> before_flush;
  rocksdb::Env* env = nullptr;  // null: the system's
};

Status FromRocksDb(const rocksdb::Status& status, std::string_view what);
inline rocksdb::Slice ToSlice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}
inline std::string_view ToView(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

class Store {
 public:
  // Errors: kCorruption, kIo.
  static Result<std::unique_ptr<Store>> Open(StoreOptions options);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // For this thread, on which RocksDB then counts nothing: nobody asks for its counters, and one a
  // comparison of keys is a sixth of a write's time. What a write put into the state is read in
  // place, in memory that the writer filled: RocksDB orders the two with atomics of its own, and
  // `writes_` says so where a tool can see it.
  rocksdb::DB* db() const {
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
    static_cast<void>(writes_.load(std::memory_order_acquire));
    return db_.get();
  }
  rocksdb::ColumnFamilyHandle* meta() const { return handles_[1]; }
  rocksdb::ColumnFamilyHandle* items() const { return handles_[2]; }
  rocksdb::ColumnFamilyHandle* indexes() const { return handles_[3]; }
  // By their ids.
  const std::vector<rocksdb::ColumnFamilyHandle*>& families() const { return handles_; }

  // Of the applied state, or of a snapshot of it.
  Result<Lsn> ReadAppliedLsn(const rocksdb::Snapshot* snapshot = nullptr) const;
  // In one piece, visible whole.
  Status Write(rocksdb::WriteBatch* batch);
  // OK only when the state on disk rests on a log on disk.
  Status Flush();

 private:
  class FlushListener;
  explicit Store(StoreOptions options) : options_(std::move(options)) {}
  Status OpenDb();

  StoreOptions options_;
  std::shared_ptr<FlushListener> listener_;
  std::unique_ptr<rocksdb::DB> db_;
  std::atomic<uint64_t> writes_{0};
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;  // by the families' ids
};

}  // namespace millrace
