#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/log/commit_log.h"
#include "engine/log/segment_list.h"

namespace millrace::log_internal {

// Walks the mapped segments. It knows where a frame at or before its position starts (`at_`), and,
// for NextOf, a few offsets of the partition's frames ahead of that, fetched together so that the
// index of the active segment is locked rarely.
class Cursor final : public LogCursor {
 public:
  Cursor(std::shared_ptr<SegmentList> segments, Lsn from);

  Result<std::optional<FrameView>> Next(Lsn limit) override;
  Result<std::optional<FrameView>> NextOf(uint64_t partition, Lsn limit) override;
  Lsn position() const override { return position_; }

 private:
  struct Place {
    Lsn lsn;
    uint64_t offset = 0;
  };
  Lsn Visible(Lsn limit) const;
  // Makes `segment_` the one that holds the frame at position(), which is visible.
  Status Enter();
  // Moves `at_` to position().
  Status Walk();
  Result<std::optional<FrameView>> Read();
  // Keeps a reader of a long backlog from counting as a user of that much memory.
  void ReleaseBehind();
  // The offset of the partition's next frame at or after `at_`; nullopt when the segment has none
  // (yet).
  Result<std::optional<uint64_t>> NextOffset(uint64_t partition);

  const std::shared_ptr<SegmentList> segments_;
  Lsn position_;
  std::shared_ptr<Segment> segment_;
  std::shared_ptr<const MappedFile> file_;
  Place at_;
  uint64_t released_to_ = 0;  // in file_
  uint64_t ahead_partition_ = 0;
  std::vector<uint32_t> ahead_;
  size_t ahead_next_ = 0;
};

}  // namespace millrace::log_internal
