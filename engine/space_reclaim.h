#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "engine/store.h"
#include "engine/wake_signal.h"

namespace rocksdb {
class WriteBatch;
}

namespace millrace {

// Gives the disk space of dropped tables and indexes back: a thread that unlinks the files which
// hold nothing else and has RocksDB rewrite the few that do.
//
// The commit that drops something hides it (a range deletion: one entry, however large the range)
// and notes it in a row "D" of the same write. The row goes when the space is back, so that a crash
// in between only means to begin again.
//
// Unlinking a file may also unlink what hid entries of the range in other, deeper files. So:
// - it begins only when the drop is in the state on disk: no restart replays to before it;
// - and when no reader's snapshot is older than the drop;
// - the range is hidden again before and after it, and by HideDropped at every open, for as long as
//   the row is there.
// Ids are never used again, so nothing is ever written into such a range later. The log keeps the
// dropped table's records for as long as all others.
//
// After an error it is all tried again, later and later, until it succeeds; each one is a line in
// the LOG that RocksDB keeps beside the state.
class SpaceReclaim {
 public:
  // Notes in a batch that all of a table or an index is dropped.
  enum class Of : char { kItems = 'I', kIndexEntries = 'E' };
  static rocksdb::Status Note(Of of, uint32_t id, const Store& store, rocksdb::WriteBatch* writes);
  // Hides what is noted; before anybody reads.
  static Status HideDropped(Store* store);
  // May a reader still see the state before `sequence` of RocksDB's?
  static bool IsSeenBefore(const Store& store, uint64_t sequence);

  // How long it waits after an error: twice as long each time, up to the most.
  static constexpr std::chrono::milliseconds kRetryMin{1000};
  static constexpr std::chrono::milliseconds kRetryMax{5 * 60 * 1000};
  // Begins with what an earlier run of the database has left. The store is not owned.
  explicit SpaceReclaim(Store* store, std::chrono::milliseconds retry_min = kRetryMin,
                        std::chrono::milliseconds retry_max = kRetryMax);
  ~SpaceReclaim() { Stop(); }

  // Something was dropped. Thread-safe.
  void Wake() { signal_.Wake(); }
  // Leaves the rest to the next run. Idempotent.
  void Stop();

 private:
  struct Range;
  static Result<std::vector<Range>> ReadNotes(const Store& store);
  static Status Hide(const std::vector<Range>& ranges, Store* store);
  void Run();
  void ReclaimWithRetries();
  void Report(const Status& problem, std::chrono::milliseconds pause);
  Status ReclaimAll();
  bool AwaitReaders();
  Status Compact(const Range& range);

  Store* const store_;
  const std::chrono::milliseconds retry_min_;
  const std::chrono::milliseconds retry_max_;
  WakeSignal signal_;
  std::thread thread_;  // last
};

}  // namespace millrace
