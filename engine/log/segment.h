#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/file_system.h"
#include "engine/log/commit_log.h"
#include "engine/log/frame.h"
#include "engine/log/segment_format.h"
#include "engine/log/segment_index.h"

namespace millrace::log_internal {

// What the appender, the sealer and the cursors share about one segment: what it is, how far it is
// written, its index.
//
// Thread-safe. One thread publishes frames; one later turns it into a sealed segment. Invariant: a
// frame with lsn <= last() lies whole below end() and is in the index.
class Segment {
 public:
  // One that is appended to. `last` is `first - 1` while it is empty; frames below `unverified_end`
  // were not checked since the log was opened.
  Segment(FileSystem* file_system, std::string path, const SegmentHeader& header);
  struct Tail {
    uint64_t end = kSegmentHeaderSize;
    Lsn last;
    uint32_t last_crc = 0;     // of the frame header; 0 while empty
    uint64_t last_offset = 0;  // 0 while empty
  };
  Segment(FileSystem* file_system, std::string path, const SegmentHeader& header,
          SegmentIndex index, const Tail& tail, uint64_t unverified_end);
  // A sealed one of an earlier run: none of its frames was checked.
  Segment(FileSystem* file_system, std::string path, const SegmentHeader& header,
          const SegmentTrailer& trailer, uint64_t file_size);

  const std::string& path() const { return path_; }
  const SegmentHeader& header() const { return header_; }
  Lsn first() const { return header_.first; }
  Lsn last() const { return Lsn(last_.load(std::memory_order_acquire)); }
  bool empty() const { return last() < first(); }
  uint64_t end() const { return end_.load(std::memory_order_acquire); }
  bool sealed() const;
  // INT64_MIN while empty.
  int64_t max_time_micros() const { return max_time_.load(std::memory_order_acquire); }
  Tail tail() const;
  SegmentInfo Info() const;

  // Appender: `frames` were written at end(), in order.
  void Publish(std::string_view frames);
  size_t EncodedIndexSize() const;
  // Not sealed: the bytes of its index, and its first and highest time.
  std::string EncodeIndex(int64_t* first_time_micros, int64_t* max_time_micros) const;
  // The footer is on disk: from now on the index is read from there.
  void BecomeSealed(const SegmentTrailer& trailer, uint64_t file_size);

  // The whole file. Cursors share one mapping as long as any of them holds it.
  Result<std::shared_ptr<const MappedFile>> Map();

  // The index's answers (SegmentIndex). `file` is from Map(). Error: kCorruption when the index on
  // disk is damaged.
  Result<std::optional<IndexPoint>> PointBefore(Lsn lsn, const MappedFile& file);
  Result<std::optional<IndexPoint>> PointBeforeTime(int64_t micros, const MappedFile& file);
  Status OffsetsOf(uint64_t partition, uint64_t from, size_t max, const MappedFile& file,
                   std::vector<uint32_t>* out);

  // The frame that starts at `offset` < end(), as a reader must see it: bytes that this run neither
  // wrote nor checked are checked now. kCorruption when they are damaged or the frame's lsn isn't
  // `expected`.
  Result<FrameView> FrameAt(uint64_t offset, Lsn expected, const MappedFile& file);
  // Only its header, for stepping over the frame.
  Result<FrameHeader> HeaderAt(uint64_t offset, const MappedFile& file) const;

 private:
  Status Damaged(std::string_view what, uint64_t offset) const;
  // Requires sealed.
  Result<EncodedIndex> IndexOnDisk(const MappedFile& file);
  // Calls `query` with the index wherever it is.
  template <typename Query>
  Status AskIndex(const MappedFile& file, Query query);

  FileSystem* const file_system_;
  const std::string path_;
  const SegmentHeader header_;
  const uint64_t unverified_end_;

  std::atomic<uint64_t> end_;
  std::atomic<uint64_t> last_;
  std::atomic<int64_t> max_time_;
  std::atomic<uint64_t> verified_to_{kSegmentHeaderSize};
  std::atomic<bool> index_checked_{false};

  mutable std::mutex mutex_;  // of everything below
  std::optional<SegmentIndex> index_;
  std::optional<SegmentTrailer> trailer_;  // one of the two
  uint64_t file_size_ = 0;                 // while sealed
  uint32_t last_crc_ = 0;
  uint64_t last_offset_ = 0;
  std::weak_ptr<const MappedFile> mapped_;
};

}  // namespace millrace::log_internal
