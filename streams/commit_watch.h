#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>

#include "engine/base/strong_id.h"
#include "engine/database.h"

namespace millrace {

// Wakes whoever waits for the next commit, whatever it changes: for readers of the log that keep no
// thread. Thread-safe. Invariant: a wake runs at most once, and costs the committer nothing while
// nobody waits.
class CommitWatch final : public CommitListener {
 public:
  // Outlives it. Listens until destroyed.
  explicit CommitWatch(Database* database);
  ~CommitWatch() override;

  // `wake` runs once commits above `seen` can be read, perhaps at once, on the committer's thread
  // or the caller's: it must not block. 0: too many wait already (kWaitersMax), and it won't run.
  uint64_t Wait(Lsn seen, std::function<void()> wake);
  // True: it won't run any more. False: it has run, or is about to.
  bool Cancel(uint64_t id);
  // Wakes all, and from now on everybody at once.
  void Stop();

  void OnApplied(Lsn applied) override;

  static constexpr size_t kWaitersMax = 1024;

 private:
  struct Waiter {
    Lsn seen;
    std::function<void()> wake;
  };
  Database* const database_;
  std::atomic<size_t> waiting_{0};
  std::mutex mutex_;
  bool stopped_ = false;
  uint64_t last_id_ = 0;
  std::map<uint64_t, Waiter> waiters_;
};

}  // namespace millrace
