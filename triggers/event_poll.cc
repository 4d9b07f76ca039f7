#include "triggers/event_poll.h"

#include <sys/epoll.h>
#include <unistd.h>

#include "engine/base/check.h"

namespace millrace {

EventPoll::EventPoll() : fd_(epoll_create1(EPOLL_CLOEXEC)) {
  MILLRACE_CHECK(fd_ >= 0, "epoll");
}

EventPoll::~EventPoll() {
  close(fd_);
}

void EventPoll::Control(int operation, int fd, bool write, uint64_t tag) {
  epoll_event event{};
  event.events = EPOLLIN | (write ? EPOLLOUT : 0u);
  event.data.u64 = tag;
  MILLRACE_CHECK(epoll_ctl(fd_, operation, fd, &event) == 0, "epoll_ctl");
}

void EventPoll::Add(int fd, bool write, uint64_t tag) {
  Control(EPOLL_CTL_ADD, fd, write, tag);
}

void EventPoll::Change(int fd, bool write, uint64_t tag) {
  Control(EPOLL_CTL_MOD, fd, write, tag);
}

void EventPoll::Remove(int fd) {
  Control(EPOLL_CTL_DEL, fd, false, 0);
}

const std::vector<uint64_t>& EventPoll::Wait(int timeout_millis) {
  constexpr int kEventsMax = 64;
  epoll_event events[kEventsMax];
  const int count = epoll_wait(fd_, events, kEventsMax, timeout_millis);
  ready_.clear();
  for (int i = 0; i < count; ++i) ready_.push_back(events[i].data.u64);
  return ready_;
}

}  // namespace millrace
