#pragma once

#include <mutex>
#include <shared_mutex>

namespace millrace {

// Held shared by writers while they plan and queue, exclusively by whoever changes what plans rest
// on. A shared mutex whose exclusive waiters cannot starve: the platform's prefers readers, so
// whoever comes after an exclusive waiter has to wait at a turnstile. For std::shared_lock and
// std::unique_lock.
class PlanningGate {
 public:
  void lock_shared() {
    { const std::lock_guard pass(turnstile_); }
    gate_.lock_shared();
  }
  void unlock_shared() { gate_.unlock_shared(); }
  void lock() {
    const std::lock_guard hold(turnstile_);
    gate_.lock();
  }
  void unlock() { gate_.unlock(); }

 private:
  std::mutex turnstile_;
  std::shared_mutex gate_;
};

}  // namespace millrace
