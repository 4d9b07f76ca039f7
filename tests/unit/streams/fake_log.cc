#include "tests/unit/streams/fake_log.h"

#include <algorithm>

namespace millrace {

class FakeCursor final : public LogCursor {
 public:
  FakeCursor(FakeLog* log, Lsn from) : log_(log), next_(from.value()) {}

  Result<std::optional<FrameView>> Next(Lsn limit) override {
    return NextIf(limit, [](std::string_view) { return true; });
  }

  Result<std::optional<FrameView>> NextOf(uint64_t partition, Lsn limit) override {
    return NextIf(limit, [partition](std::string_view entries) {
      LogEntry entry;
      while (TakeLogEntry(&entries, &entry)) {
        if (entry.partition == partition) return true;
      }
      return false;
    });
  }

  Lsn position() const override { return Lsn(next_); }

 private:
  template <typename Predicate>
  Result<std::optional<FrameView>> NextIf(Lsn limit, Predicate&& wanted) {
    for (; next_ <= std::min(limit, log_->last_lsn()).value(); ++next_) {
      if (next_ < log_->first_) {
        return Status(ErrorCode::kTrimmedDataAccess, "fake log: trimmed");
      }
      const FakeLog::Frame& frame = log_->frames_[next_ - log_->first_];
      if (!wanted(*frame.entries)) continue;
      held_ = frame.entries;
      ++log_->frames_read_;
      return std::optional(FrameView{Lsn(next_++), frame.time_micros, frame.entry_count, *held_});
    }
    return std::optional<FrameView>();
  }

  FakeLog* log_;
  uint64_t next_;
  std::shared_ptr<std::string> held_;
};

void FakeLog::Tamper(Lsn lsn, const std::function<void(std::string*)>& change) {
  change(frames_.at(lsn.value() - first_).entries.get());
}

Status FakeLog::Append(const std::vector<LogFrame>& frames) {
  for (const LogFrame& frame : frames) {
    frames_.push_back({frame.commit_time_micros, frame.entry_count,
                       std::make_shared<std::string>(frame.entries)});
  }
  return Status::Ok();
}

std::unique_ptr<LogCursor> FakeLog::NewCursor(Lsn from) {
  return std::make_unique<FakeCursor>(this, from);
}

Result<Lsn> FakeLog::FindTime(int64_t micros) {
  for (size_t i = 0; i < frames_.size(); ++i) {
    if (frames_[i].time_micros >= micros) return Lsn(first_ + i);
  }
  return Lsn(last_lsn().value() + 1);
}

Result<uint64_t> FakeLog::Trim(Lsn keep_from, int64_t time_micros) {
  uint64_t freed = 0;
  for (const SegmentInfo& segment : Segments()) {
    if (!segment.sealed || segment.last >= keep_from || segment.last_time_micros >= time_micros) {
      break;
    }
    const auto count = static_cast<std::ptrdiff_t>(segment.last.value() + 1 - first_);
    frames_.erase(frames_.begin(), frames_.begin() + count);
    first_ = segment.last.value() + 1;
    freed += segment.bytes;
  }
  return freed;
}

std::vector<SegmentInfo> FakeLog::Segments() const {
  std::vector<SegmentInfo> segments;
  for (size_t begin = 0; begin < frames_.size(); begin += frames_per_segment_) {
    const size_t end = std::min(begin + frames_per_segment_, frames_.size());
    SegmentInfo segment;
    segment.first = Lsn(first_ + begin);
    segment.last = Lsn(first_ + end - 1);
    segment.first_time_micros = frames_[begin].time_micros;
    segment.last_time_micros = frames_[end - 1].time_micros;
    for (size_t i = begin; i < end; ++i) segment.bytes += frames_[i].entries->size();
    segment.sealed = end < frames_.size();
    segments.push_back(segment);
  }
  return segments;
}

}  // namespace millrace
