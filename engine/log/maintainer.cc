#include "engine/log/maintainer.h"

#include <algorithm>

namespace millrace::log_internal {
namespace {

constexpr uint64_t kZeroStep = uint64_t{4} << 20;  // bytes; about 5 ms of a disk's time

}  // namespace

Maintainer::Maintainer(SegmentFiles* files, Sealed on_sealed, bool background)
    : files_(files), on_sealed_(std::move(on_sealed)), background_(background) {
  if (background_) thread_ = std::thread(&Maintainer::Run, this);
}

Maintainer::~Maintainer() {
  if (!background_) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Maintainer::SealNow(const std::shared_ptr<SegmentWriter>& writer) {
  if (seal_failed_) return;
  const Status status = writer->Seal();
  seal_failed_ = !status.ok();
  on_sealed_(writer, status);
}

void Maintainer::Seal(std::shared_ptr<SegmentWriter> writer) {
  if (!background_) {
    SealNow(writer);
    return;
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return sealing_ == nullptr; });
  sealing_ = std::move(writer);
  changed_.notify_all();
}

void Maintainer::Finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return sealing_ == nullptr; });
}

void Maintainer::Pace(uint64_t end, uint64_t capacity, uint64_t next_size) {
  if (!background_) return;
  const uint64_t quarter = capacity / 4;
  if (end <= quarter) return;
  const double part = std::min(1.0, static_cast<double>(end - quarter) / (2.0 * quarter + 1));
  const auto goal = static_cast<uint64_t>(part * static_cast<double>(next_size));
  const uint64_t step = std::min(kZeroStep, next_size / 2 + 1);
  const bool completes = goal == next_size && paced_goal_ < next_size;
  if (goal < paced_goal_ + step && !completes) return;
  paced_goal_ = goal;
  SetGoal(next_size, goal);
}

void Maintainer::PrepareNow(uint64_t size) {
  if (background_) SetGoal(size, size);
}

void Maintainer::SetGoal(uint64_t size, uint64_t zeroed) {
  const std::lock_guard lock(mutex_);
  goal_size_ = size;
  goal_zeroed_ = zeroed;
  changed_.notify_all();
}

std::optional<PreparedFile> Maintainer::Take() {
  if (!background_) return std::nullopt;
  std::unique_lock lock(mutex_);
  goal_size_ = 0;
  goal_zeroed_ = 0;
  paced_goal_ = 0;
  changed_.wait(lock, [this] { return !preparing_; });
  if (prepared_.file == nullptr) return std::nullopt;
  return std::exchange(prepared_, PreparedFile());
}

bool Maintainer::WantsPreparing() const {
  return goal_zeroed_ > 0 && prepared_.zeroed < std::min(goal_zeroed_, goal_size_);
}

Status Maintainer::PrepareStep(uint64_t size) {
  if (prepared_.file == nullptr) {
    ASSIGN_OR_RETURN(prepared_, files_->Prepare(size));
  }
  return files_->ZeroMore(&prepared_, kZeroStep);
}

void Maintainer::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (sealing_) {
      const std::shared_ptr<SegmentWriter> writer = sealing_;
      lock.unlock();
      SealNow(writer);
      lock.lock();
      sealing_.reset();
      changed_.notify_all();
    } else if (WantsPreparing()) {
      preparing_ = true;
      const uint64_t size = goal_size_;
      lock.unlock();
      const Status status = PrepareStep(size);
      lock.lock();
      preparing_ = false;
      if (!status.ok()) {
        // Not an error yet: when the segment is needed, the appender tries itself and reports what
        // it meets.
        if (prepared_.file != nullptr) files_->Discard();
        prepared_ = PreparedFile();
        goal_zeroed_ = 0;
      }
      changed_.notify_all();
    } else {
      changed_.wait(lock);
    }
  }
}

}  // namespace millrace::log_internal
