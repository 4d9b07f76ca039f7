#include "streams/commit_watch.h"

#include <utility>
#include <vector>

namespace millrace {

CommitWatch::CommitWatch(Database* database) : database_(database) {
  database_->AddListener(this);
}

CommitWatch::~CommitWatch() {
  database_->RemoveListener(this);
}

uint64_t CommitWatch::Wait(Lsn seen, std::function<void()> wake) {
  uint64_t id = 0;
  {
    const std::lock_guard lock(mutex_);
    if (waiters_.size() >= kWaitersMax) return 0;
    id = ++last_id_;
    // Counted before the applied lsn is read: a commit after the reading sees the waiter.
    waiting_.fetch_add(1);
    if (!stopped_ && database_->applied_lsn() <= seen) {
      waiters_.emplace(id, Waiter{seen, std::move(wake)});
      return id;
    }
    waiting_.fetch_sub(1);
  }
  wake();
  return id;
}

bool CommitWatch::Cancel(uint64_t id) {
  const std::lock_guard lock(mutex_);
  if (waiters_.erase(id) == 0) return false;
  waiting_.fetch_sub(1);
  return true;
}

void CommitWatch::Stop() {
  std::map<uint64_t, Waiter> woken;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    woken.swap(waiters_);
    waiting_ = 0;
  }
  for (auto& [id, waiter] : woken) waiter.wake();
}

void CommitWatch::OnApplied(Lsn applied) {
  if (waiting_.load() == 0) return;
  std::vector<std::function<void()>> woken;
  {
    const std::lock_guard lock(mutex_);
    for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
      if (waiter->second.seen >= applied) {
        ++waiter;
        continue;
      }
      woken.push_back(std::move(waiter->second.wake));
      waiter = waiters_.erase(waiter);
      waiting_.fetch_sub(1);
    }
  }
  for (const auto& wake : woken) wake();
}

}  // namespace millrace
