#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/base/status.h"
#include "engine/log/durable_page.h"
#include "engine/log/segment_writer.h"

namespace millrace::log_internal {

// How much of the log is on disk, which segments may have bytes that aren't, and whether the log is
// stopped. Thread-safe: the committer syncs, the sealer does, and SyncNow comes from anywhere.
//
// Invariant: synced() and the durable page only ever name an lsn after an fdatasync of every file
// with frames up to it.
class UnsyncedState {
 public:
  // Everything up to `synced` is on disk.
  UnsyncedState(DurablePage page, uint64_t log_id, Lsn synced);

  // The first error, for ever.
  Status stopped() const;
  // Returns the error that the log is stopped by.
  Status Stop(const Status& status);

  Lsn synced() const { return Lsn(synced_.load(std::memory_order_acquire)); }
  void MarkSynced(Lsn lsn);

  // Segments that frames may have been written to since they were synced; oldest first.
  void Add(std::shared_ptr<SegmentWriter> writer);
  void Remove(const std::shared_ptr<SegmentWriter>& writer);

  // fdatasync of the only segment with unsynced frames, or of all; the frames up to `target` were
  // written before the call. A failure stops the log: after a failed fdatasync nobody knows what is
  // on disk.
  Status Sync(const std::shared_ptr<SegmentWriter>& writer, Lsn target);
  Status SyncAll(Lsn target);

 private:
  Status SyncOne(const std::shared_ptr<SegmentWriter>& writer);

  const uint64_t log_id_;
  std::atomic<uint64_t> synced_;
  std::atomic<bool> is_stopped_{false};
  mutable std::mutex mutex_;  // of everything below
  DurablePage page_;
  Status stopped_;
  std::vector<std::shared_ptr<SegmentWriter>> writers_;
};

}  // namespace millrace::log_internal
