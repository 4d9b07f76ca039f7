#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/log/segment.h"

namespace millrace::log_internal {

// The segments of a log, oldest first, and how far readers may read them. Thread-safe. Shared by
// the log and its cursors.
class SegmentList {
 public:
  SegmentList(std::vector<std::shared_ptr<Segment>> segments, Lsn visible)
      : segments_(std::move(segments)), visible_(visible.value()) {}

  // Readers must not pass it. It never goes down.
  Lsn visible() const { return Lsn(visible_.load(std::memory_order_acquire)); }
  void AdvanceVisible(Lsn lsn);

  void Add(std::shared_ptr<Segment> segment);
  void DropNewest();
  // The one that holds `lsn` or will: the last that begins at or before it. Null when `lsn` was
  // trimmed.
  std::shared_ptr<Segment> Find(Lsn lsn) const;
  // The first that has a frame at or after `from` and one of that time or later. Null when none
  // has.
  std::shared_ptr<Segment> FindTime(int64_t micros, Lsn from) const;
  bool Holds(const std::shared_ptr<Segment>& segment) const;
  std::vector<std::shared_ptr<Segment>> All() const;
  // Null when there is none.
  std::shared_ptr<Segment> Front() const;
  // For a segment whose file could not be removed: without it the list would have a gap later.
  void PutBack(std::shared_ptr<Segment> oldest);
  // Takes the oldest off the list if it is sealed, wholly below `keep_from` and older than
  // `time_micros`, and not the only one (its trailer says where the log is). Null otherwise.
  std::shared_ptr<Segment> TakeTrimmable(Lsn keep_from, int64_t time_micros);

 private:
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Segment>> segments_;
  std::atomic<uint64_t> visible_;
};

}  // namespace millrace::log_internal
