#include "server/native/native_inbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <iterator>
#include <utility>

#include "engine/base/check.h"

namespace millrace {

NativeInbox::NativeInbox() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  MILLRACE_CHECK(fd_ >= 0, "eventfd");
}

NativeInbox::~NativeInbox() {
  close(fd_);
}

void NativeInbox::Post(std::vector<Completion> completions) {
  {
    const std::lock_guard lock(mutex_);
    if (content_.completions.empty()) {
      content_.completions = std::move(completions);
    } else {
      content_.completions.insert(content_.completions.end(),
                                  std::make_move_iterator(completions.begin()),
                                  std::make_move_iterator(completions.end()));
    }
    if (std::exchange(woken_, true)) return;
  }
  eventfd_write(fd_, 1);
}

void NativeInbox::Post(PoolReply reply) {
  {
    const std::lock_guard lock(mutex_);
    content_.replies.push_back(std::move(reply));
    if (std::exchange(woken_, true)) return;
  }
  eventfd_write(fd_, 1);
}

void NativeInbox::Wake() {
  eventfd_write(fd_, 1);
}

NativeInbox::Content NativeInbox::Take() {
  eventfd_t ignored = 0;
  eventfd_read(fd_, &ignored);
  const std::lock_guard lock(mutex_);
  woken_ = false;
  return std::exchange(content_, {});
}

}  // namespace millrace
