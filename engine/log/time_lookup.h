#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "engine/log/segment_list.h"

namespace millrace::log_internal {

// Finds frames by time. Every request for a stream's trim horizon asks, mostly for the same minute
// of the log: the segments asked about last stay mapped, so that a lookup is a few microseconds
// and no system call. Thread-safe.
class TimeLookup {
 public:
  explicit TimeLookup(std::shared_ptr<SegmentList> segments) : segments_(std::move(segments)) {}

  // The first lsn whose commit time is >= `micros`; nullopt when none is. Error: kCorruption, kIo.
  Result<std::optional<Lsn>> Find(int64_t micros);
  // After the segment was taken off the list and its file removed: a mapping would keep the disk
  // space.
  void Forget(const std::shared_ptr<Segment>& segment);

 private:
  using File = std::shared_ptr<const MappedFile>;
  static constexpr size_t kKeptMax = 4;

  Result<File> Map(const std::shared_ptr<Segment>& segment);
  // Within a segment that has such a frame.
  static Result<std::optional<Lsn>> FindIn(Segment* segment, const MappedFile& file,
                                           int64_t micros);

  const std::shared_ptr<SegmentList> segments_;
  std::mutex mutex_;
  std::vector<std::pair<std::shared_ptr<Segment>, File>> kept_;  // the last used in front
};

}  // namespace millrace::log_internal
