#include "engine/log/segment_list.h"

#include <algorithm>

namespace millrace::log_internal {

void SegmentList::AdvanceVisible(Lsn lsn) {
  uint64_t current = visible_.load(std::memory_order_relaxed);
  while (current < lsn.value() &&
         !visible_.compare_exchange_weak(current, lsn.value(), std::memory_order_release,
                                         std::memory_order_relaxed)) {
  }
}

void SegmentList::Add(std::shared_ptr<Segment> segment) {
  const std::lock_guard lock(mutex_);
  segments_.push_back(std::move(segment));
}

void SegmentList::DropNewest() {
  const std::lock_guard lock(mutex_);
  segments_.pop_back();
}

std::shared_ptr<Segment> SegmentList::Find(Lsn lsn) const {
  const std::lock_guard lock(mutex_);
  const auto after = std::upper_bound(
      segments_.begin(), segments_.end(), lsn,
      [](Lsn wanted, const std::shared_ptr<Segment>& s) { return wanted < s->first(); });
  return after == segments_.begin() ? nullptr : *std::prev(after);
}

std::shared_ptr<Segment> SegmentList::FindTime(int64_t micros, Lsn from) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(segments_.begin(), segments_.end(), [&](const auto& segment) {
    return segment->max_time_micros() >= micros && segment->last() >= from && !segment->empty();
  });
  return found == segments_.end() ? nullptr : *found;
}

bool SegmentList::Holds(const std::shared_ptr<Segment>& segment) const {
  return Find(segment->first()) == segment;
}

std::vector<std::shared_ptr<Segment>> SegmentList::All() const {
  const std::lock_guard lock(mutex_);
  return segments_;
}

std::shared_ptr<Segment> SegmentList::Front() const {
  const std::lock_guard lock(mutex_);
  return segments_.empty() ? nullptr : segments_.front();
}

std::shared_ptr<Segment> SegmentList::TakeTrimmable(Lsn keep_from, int64_t time_micros) {
  const std::lock_guard lock(mutex_);
  if (segments_.size() < 2) return nullptr;
  const std::shared_ptr<Segment> oldest = segments_.front();
  if (!oldest->sealed() || oldest->last() >= keep_from ||
      oldest->max_time_micros() >= time_micros) {
    return nullptr;
  }
  segments_.erase(segments_.begin());
  return oldest;
}

void SegmentList::PutBack(std::shared_ptr<Segment> oldest) {
  const std::lock_guard lock(mutex_);
  segments_.insert(segments_.begin(), std::move(oldest));
}

}  // namespace millrace::log_internal
