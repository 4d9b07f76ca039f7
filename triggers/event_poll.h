#pragma once

#include <cstdint>
#include <vector>

namespace millrace {

// Waits for many descriptors at once, each with a tag of the caller's (epoll). A descriptor that is
// closed is no longer watched. One thread.
class EventPoll {
 public:
  EventPoll();
  ~EventPoll();
  EventPoll(const EventPoll&) = delete;
  EventPoll& operator=(const EventPoll&) = delete;

  // Until `fd` can be read, or written too.
  void Add(int fd, bool write, uint64_t tag);
  void Change(int fd, bool write, uint64_t tag);
  void Remove(int fd);

  // The tags of what is ready: all, or 64 of it. Waits so long at most (milliseconds; -1: for
  // ever). Valid until the next call.
  const std::vector<uint64_t>& Wait(int timeout_millis);

 private:
  void Control(int operation, int fd, bool write, uint64_t tag);

  int fd_;
  std::vector<uint64_t> ready_;
};

}  // namespace millrace
