#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "engine/database.h"

namespace millrace {

// What other threads have for the loop: completions of commits, and replies that the pool made.
// Posting wakes the loop at most once until it has looked. Any thread.
class NativeInbox final : public CompletionQueue {
 public:
  struct PoolReply {
    uint64_t connection = 0;
    size_t weight = 0;    // of the request that is done
    std::string message;  // as it goes over the wire
  };
  struct Content {
    std::vector<Completion> completions;
    std::vector<PoolReply> replies;
  };

  NativeInbox();
  ~NativeInbox() override;
  NativeInbox(const NativeInbox&) = delete;
  NativeInbox& operator=(const NativeInbox&) = delete;

  void Post(std::vector<Completion> completions) override;
  void Post(PoolReply reply);
  // Wakes the loop for nothing.
  void Wake();

  // Readable when there is something.
  int fd() const { return fd_; }
  Content Take();

 private:
  std::mutex mutex_;
  Content content_;
  bool woken_ = false;
  const int fd_;
};

}  // namespace millrace
