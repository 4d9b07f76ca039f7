#include "engine/wake_signal.h"

namespace millrace {

void WakeSignal::Wake() {
  const std::lock_guard lock(mutex_);
  awake_ = true;
  changed_.notify_one();
}

void WakeSignal::Stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  changed_.notify_one();
}

bool WakeSignal::AwaitWake() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return awake_ || stopping_; });
  awake_ = false;
  return !stopping_;
}

bool WakeSignal::Sleep(std::chrono::milliseconds interval) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, interval, [this] { return stopping_.load(); });
}

}  // namespace millrace
