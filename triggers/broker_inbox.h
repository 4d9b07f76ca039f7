#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "engine/database.h"

namespace millrace {

// How other threads reach the broker's: tasks, completions of commits and the news that the log has
// grown, announced by an eventfd. Thread-safe; the fd and Take belong to the broker's thread.
class BrokerInbox final : public CommitListener, public CompletionQueue {
 public:
  BrokerInbox();
  ~BrokerInbox() override;

  // False: closed; the task will not run.
  bool PostTask(std::function<void()> task);
  // The task has run when it returns true. Not from the broker's thread.
  bool Call(const std::function<void()>& task);
  void Post(std::vector<Completion> completions) override;
  void OnDurable() override;
  void OnApplied(Lsn applied) override;

  // The broker's thread looks around.
  void Wake() { Signal(); }

  int fd() const { return fd_; }
  // The broker's thread is told of commits when they are on disk; and again when all up to `lsn` is
  // applied, unless that is so already: then this is true. Lsn(UINT64_MAX): not again.
  bool AwaitApplied(Lsn lsn, const Database& database);
  struct Contents {
    std::vector<std::function<void()>> tasks;
    std::vector<Completion> completions;
  };
  // Empties the inbox and the fd's signal.
  Contents Take();
  // No tasks from now on; those there are still come with Take.
  void Close();

 private:
  void Signal();

  int fd_;
  std::atomic<bool> signalled_{false};
  std::atomic<uint64_t> awaited_{UINT64_MAX};  // lsn
  std::mutex mutex_;
  bool closed_ = false;
  Contents contents_;
};

}  // namespace millrace
