#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>

#include "engine/database.h"

namespace millrace {

// Holds the committer between the disk and the state of the next group of commits, from Hold on
// until Release. Released at the end.
class HeldState final : public CommitListener {
 public:
  explicit HeldState(Database* database) : database_(database) { database_->AddListener(this); }
  ~HeldState() override {
    Release();
    database_->RemoveListener(this);
  }
  void Hold() {
    const std::lock_guard lock(mutex_);
    holding_ = true;
  }
  void Release() {
    const std::lock_guard lock(mutex_);
    holding_ = false;
    held_ = false;
    wake_.notify_all();
  }
  // A group is on disk and not applied.
  void AwaitHeld() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return held_; });
  }

  void OnDurable() override {
    std::unique_lock lock(mutex_);
    held_ = holding_;
    wake_.notify_all();
    wake_.wait(lock, [this] { return !held_; });
  }
  void OnApplied(Lsn) override {}

 private:
  Database* const database_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool holding_ = false;
  bool held_ = false;
};

}  // namespace millrace
