#include "triggers/broker_inbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <future>
#include <iterator>
#include <memory>
#include <utility>

#include "engine/base/check.h"

namespace millrace {

BrokerInbox::BrokerInbox() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  MILLRACE_CHECK(fd_ >= 0, "eventfd");
}

BrokerInbox::~BrokerInbox() {
  close(fd_);
}

// One write for all signals until the broker has seen them.
void BrokerInbox::Signal() {
  if (signalled_.exchange(true, std::memory_order_acq_rel)) return;
  const uint64_t one = 1;
  MILLRACE_CHECK(write(fd_, &one, sizeof one) == sizeof one, "eventfd");
}

bool BrokerInbox::PostTask(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    contents_.tasks.push_back(std::move(task));
  }
  Signal();
  return true;
}

bool BrokerInbox::Call(const std::function<void()>& task) {
  // Shared: the promise must outlive set_value, which may still be returning when the wait ends.
  const auto done = std::make_shared<std::promise<void>>();
  const bool posted = PostTask([&task, done] {
    task();
    done->set_value();
  });
  if (posted) done->get_future().wait();
  return posted;
}

void BrokerInbox::Post(std::vector<Completion> completions) {
  {
    const std::lock_guard lock(mutex_);
    contents_.completions.insert(contents_.completions.end(),
                                 std::make_move_iterator(completions.begin()),
                                 std::make_move_iterator(completions.end()));
  }
  Signal();
}

void BrokerInbox::OnDurable() {
  Signal();
}

// The wake-up of a thread costs the committer as much as the applying did.
void BrokerInbox::OnApplied(Lsn applied) {
  // A read that writes, so that either it sees what AwaitApplied has left or that sees `applied`.
  if (awaited_.fetch_add(0, std::memory_order_acq_rel) <= applied.value()) Signal();
}

bool BrokerInbox::AwaitApplied(Lsn lsn, const Database& database) {
  awaited_.exchange(lsn.value(), std::memory_order_acq_rel);
  return database.applied_lsn() >= lsn;
}

BrokerInbox::Contents BrokerInbox::Take() {
  // Whoever leaves something signals it afterwards.
  if (!signalled_.load(std::memory_order_acquire)) return {};
  uint64_t count = 0;
  const ssize_t got = read(fd_, &count, sizeof count);
  static_cast<void>(got);  // nothing to read when nobody signalled
  // Cleared before the contents are looked at: whatever comes after this signals again.
  // Read too, so that what came before the signals it clears is seen.
  signalled_.exchange(false, std::memory_order_acq_rel);
  const std::lock_guard lock(mutex_);
  return std::exchange(contents_, Contents());
}

void BrokerInbox::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

}  // namespace millrace
