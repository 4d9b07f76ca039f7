#include "engine/log/cursor.h"

#include <algorithm>

namespace millrace::log_internal {

Cursor::Cursor(std::shared_ptr<SegmentList> segments, Lsn from)
    : segments_(std::move(segments)), position_(std::max(from, Lsn(1))) {}

Lsn Cursor::Visible(Lsn limit) const {
  return std::min(limit, segments_->visible());
}

Status Cursor::Enter() {
  if (segment_ && position_ >= segment_->first() && position_ <= segment_->last()) {
    return Status::Ok();
  }
  const Status trimmed(ErrorCode::kTrimmedDataAccess,
                       "lsn " + std::to_string(position_.value()) + " was trimmed from the log");
  std::shared_ptr<Segment> segment = segments_->Find(position_);
  if (!segment || position_ > segment->last()) return trimmed;
  Result<std::shared_ptr<const MappedFile>> mapped = segment->Map();
  if (!mapped.ok() && segments_->Find(position_) != segment) return trimmed;  // meanwhile
  ASSIGN_OR_RETURN(std::shared_ptr<const MappedFile> file, std::move(mapped));
  ASSIGN_OR_RETURN(const std::optional<IndexPoint> point, segment->PointBefore(position_, *file));
  if (!point || point->lsn > position_) {
    return Status(ErrorCode::kCorruption,
                  segment->path() + ": the index has no lsn " + std::to_string(position_.value()));
  }
  segment_ = std::move(segment);
  file_ = std::move(file);
  at_ = {point->lsn, point->offset};
  released_to_ = at_.offset;
  ahead_.clear();
  ahead_next_ = 0;
  return Status::Ok();
}

Status Cursor::Walk() {
  while (at_.lsn < position_) {
    ASSIGN_OR_RETURN(const FrameHeader header, segment_->HeaderAt(at_.offset, *file_));
    at_ = {Plus(at_.lsn, 1), at_.offset + header.length};
  }
  return Status::Ok();
}

Result<std::optional<FrameView>> Cursor::Read() {
  ASSIGN_OR_RETURN(const FrameView frame, segment_->FrameAt(at_.offset, at_.lsn, *file_));
  position_ = Plus(at_.lsn, 1);
  at_ = {position_, at_.offset + kFrameHeaderSize + frame.entries.size()};
  ReleaseBehind();
  return std::optional<FrameView>(frame);
}

void Cursor::ReleaseBehind() {
  constexpr uint64_t kKept = uint64_t{8} << 20;
  if (at_.offset < released_to_ + 2 * kKept) return;
  file_->Release(released_to_, at_.offset - kKept - released_to_);
  released_to_ = at_.offset - kKept;
}

Result<std::optional<FrameView>> Cursor::Next(Lsn limit) {
  if (position_ > Visible(limit)) return std::optional<FrameView>();
  RETURN_IF_ERROR(Enter());
  RETURN_IF_ERROR(Walk());
  return Read();
}

Result<std::optional<uint64_t>> Cursor::NextOffset(uint64_t partition) {
  constexpr size_t kFetch = 256;
  if (partition != ahead_partition_) {
    ahead_partition_ = partition;
    ahead_.clear();
    ahead_next_ = 0;
  }
  while (ahead_next_ < ahead_.size() && ahead_[ahead_next_] < at_.offset) ++ahead_next_;
  if (ahead_next_ == ahead_.size()) {
    ahead_.clear();
    ahead_next_ = 0;
    RETURN_IF_ERROR(segment_->OffsetsOf(partition, at_.offset, kFetch, *file_, &ahead_));
  }
  if (ahead_.empty()) return std::optional<uint64_t>();
  return std::optional<uint64_t>(ahead_[ahead_next_]);
}

Result<std::optional<FrameView>> Cursor::NextOf(uint64_t partition, Lsn limit) {
  const Lsn visible = Visible(limit);
  while (position_ <= visible) {
    RETURN_IF_ERROR(Enter());
    // Read before the index is asked: whatever was published up to here is in it.
    const Lsn last = segment_->last();
    ASSIGN_OR_RETURN(const std::optional<uint64_t> offset, NextOffset(partition));
    if (!offset) {
      position_ = Plus(std::min(last, visible), 1);
      continue;
    }
    ASSIGN_OR_RETURN(const FrameHeader header, segment_->HeaderAt(*offset, *file_));
    if (header.lsn > visible) {
      position_ = Plus(visible, 1);
      break;
    }
    at_ = {header.lsn, *offset};
    if (header.lsn >= position_) return Read();
    // Passed before, while another partition was asked for.
    at_ = {Plus(header.lsn, 1), *offset + header.length};
  }
  return std::optional<FrameView>();
}

}  // namespace millrace::log_internal
