#include "engine/log/time_lookup.h"

#include <algorithm>

namespace millrace::log_internal {

Result<std::optional<Lsn>> TimeLookup::Find(int64_t micros) {
  Lsn from(1);
  while (const std::shared_ptr<Segment> segment = segments_->FindTime(micros, from)) {
    from = Plus(segment->last(), 1);
    Result<File> file = Map(segment);
    if (!file.ok() && !segments_->Holds(segment)) continue;  // trimmed meanwhile
    RETURN_IF_ERROR(file.status());
    ASSIGN_OR_RETURN(const std::optional<Lsn> found, FindIn(segment.get(), **file, micros));
    if (found) return found;
  }
  return std::optional<Lsn>();
}

Result<std::optional<Lsn>> TimeLookup::FindIn(Segment* segment, const MappedFile& file,
                                              int64_t micros) {
  const Lsn last = segment->last();
  ASSIGN_OR_RETURN(const std::optional<IndexPoint> point, segment->PointBeforeTime(micros, file));
  if (!point) return std::optional<Lsn>();
  uint64_t offset = point->offset;
  for (Lsn lsn = point->lsn; lsn <= last; lsn = Plus(lsn, 1)) {
    ASSIGN_OR_RETURN(const FrameHeader header, segment->HeaderAt(offset, file));
    if (header.commit_time_micros >= micros) return std::optional<Lsn>(lsn);
    offset += header.length;
  }
  return std::optional<Lsn>();
}

Result<TimeLookup::File> TimeLookup::Map(const std::shared_ptr<Segment>& segment) {
  const std::lock_guard lock(mutex_);
  const auto kept = std::find_if(kept_.begin(), kept_.end(),
                                 [&](const auto& entry) { return entry.first == segment; });
  if (kept != kept_.end()) {
    std::rotate(kept_.begin(), kept, kept + 1);
    return kept_.front().second;
  }
  ASSIGN_OR_RETURN(File file, segment->Map());
  // Once it is off the list, Forget may have been called.
  if (!segments_->Holds(segment)) return file;
  if (kept_.size() == kKeptMax) kept_.pop_back();
  kept_.emplace(kept_.begin(), segment, file);
  return file;
}

void TimeLookup::Forget(const std::shared_ptr<Segment>& segment) {
  const std::lock_guard lock(mutex_);
  std::erase_if(kept_, [&](const auto& entry) { return entry.first == segment; });
}

}  // namespace millrace::log_internal
