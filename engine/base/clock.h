#pragma once

#include <atomic>
#include <cstdint>

namespace millrace {

// Microseconds since the Unix epoch (wall) and nanoseconds of CLOCK_MONOTONIC. Passed in by
// constructor wherever time matters, so that tests can hold it still, move it on, or step it back.
// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual int64_t WallMicros() const = 0;
  virtual int64_t MonotonicNanos() const = 0;
};

class SystemClock final : public Clock {
 public:
  int64_t WallMicros() const override;
  int64_t MonotonicNanos() const override;
};

// A clock that moves only when told to. The wall clock may step back; the monotonic one follows
// Advance alone.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(int64_t wall_micros = 1'700'000'000'000'000) : wall_micros_(wall_micros) {}
  int64_t WallMicros() const override { return wall_micros_.load(); }
  int64_t MonotonicNanos() const override { return monotonic_nanos_.load(); }
  void AdvanceMicros(int64_t micros) {
    wall_micros_ += micros;
    monotonic_nanos_ += micros * 1000;
  }
  void StepWallMicros(int64_t micros) { wall_micros_ += micros; }

 private:
  std::atomic<int64_t> wall_micros_;
  std::atomic<int64_t> monotonic_nanos_{1};
};

}  // namespace millrace
