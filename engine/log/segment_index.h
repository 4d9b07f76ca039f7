#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/log/frame.h"

// A segment's index: sparse by lsn and by time (a point every kIndexSpacing bytes), complete by
// partition (the offset of every frame that holds an entry of it). It exists as a growing structure
// while the segment is appended to and as bytes at the end of a sealed one; both answer the same
// three questions.
namespace millrace::log_internal {

constexpr uint64_t kIndexSpacing = 64 * 1024;  // bytes of frames between two points
constexpr size_t kIndexPointSize = 20;         // encoded
constexpr size_t kIndexPartitionSize = 16;
constexpr size_t kIndexOffsetSize = 4;
constexpr size_t kIndexCountsSize = 8;

// A frame to start reading at.
struct IndexPoint {
  uint32_t offset = 0;
  Lsn lsn;
  // The highest commit time of the frames before it in the segment: taking the maximum keeps the
  // index sorted by time when the wall clock steps back, and makes "the first frame not older than
  // t" exact all the same.
  int64_t max_time_before = INT64_MIN;
};

// Read in place from bytes. The bytes outlive it.
class EncodedIndex {
 public:
  // nullopt when the sizes in `bytes` don't add up, or the partitions aren't in order, each with
  // the offsets that follow those of the one before.
  static std::optional<EncodedIndex> Parse(std::string_view bytes);

  // The last point at or before `lsn`; the first one if there is none. nullopt when there is no
  // point.
  std::optional<IndexPoint> PointBefore(Lsn lsn) const;
  // The last point all of whose predecessors are older than `micros`.
  std::optional<IndexPoint> PointBeforeTime(int64_t micros) const;
  // Appends the first `max` offsets at or after `from` of frames with an entry of `partition`.
  void OffsetsOf(uint64_t partition, uint64_t from, size_t max, std::vector<uint32_t>* out) const;

 private:
  friend class SegmentIndex;
  IndexPoint Point(size_t i) const;
  uint64_t Partition(size_t i) const;
  // Where the offsets of the i-th partition are, in elements of `offsets_`.
  uint32_t Start(size_t i) const;
  uint32_t Count(size_t i) const;
  uint32_t Offset(size_t i) const;

  size_t point_count_ = 0;
  size_t partition_count_ = 0;
  const char* points_ = nullptr;
  const char* partitions_ = nullptr;
  const char* offsets_ = nullptr;
};

// Of the segment being appended to. Not thread-safe.
class SegmentIndex {
 public:
  // Adds a frame after those added before. False, with nothing added, when the entries are
  // malformed or not `entry_count`.
  [[nodiscard]] bool Add(uint64_t offset, const FrameHeader& header, std::string_view entries);

  // As in EncodedIndex.
  std::optional<IndexPoint> PointBefore(Lsn lsn) const;
  std::optional<IndexPoint> PointBeforeTime(int64_t micros) const;
  void OffsetsOf(uint64_t partition, uint64_t from, size_t max, std::vector<uint32_t>* out) const;

  // 0 and INT64_MIN while empty.
  int64_t first_time_micros() const { return first_time_micros_; }
  int64_t max_time_micros() const { return max_time_micros_; }

  // Exactly Encode().size().
  size_t EncodedSize() const;
  // At most what adding such frames adds to EncodedSize().
  static size_t GrowthBound(size_t frames, size_t entries) {
    return frames * kIndexPointSize + entries * (kIndexPartitionSize + kIndexOffsetSize);
  }
  std::string Encode() const;
  // The times aren't in the bytes of the index itself; nullopt when they are malformed.
  static std::optional<SegmentIndex> Decode(std::string_view bytes, int64_t first_time_micros,
                                            int64_t max_time_micros);

 private:
  std::vector<IndexPoint> points_;
  std::unordered_map<uint64_t, std::vector<uint32_t>> partitions_;
  size_t offset_count_ = 0;
  int64_t first_time_micros_ = 0;
  int64_t max_time_micros_ = INT64_MIN;
};

}  // namespace millrace::log_internal
