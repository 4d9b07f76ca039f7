#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace millrace {

// Whether a thread that waits for an answer looks for it again and again for a moment before it
// sleeps: being woken costs more than most answers take. It does so as long as that has helped;
// after each time in vain it forgoes twice as many of the next ones, up to 255. Pure.
class SpinPolicy {
 public:
  static constexpr std::chrono::microseconds kSpinMax{100};

  // Shall it spin this time? If so, Spun is called afterwards.
  bool Begin() {
    if (skip_ == 0) return true;
    --skip_;
    return false;
  }
  void Spun(bool helped) {
    step_ = helped ? 0 : std::min<uint32_t>(2 * step_ + 1, kSkipMax);
    skip_ = step_;
  }

 private:
  static constexpr uint32_t kSkipMax = 255;
  uint32_t step_ = 0;
  uint32_t skip_ = 0;
};

}  // namespace millrace
