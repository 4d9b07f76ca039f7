#pragma once

#include <future>
#include <utility>
#include <vector>

#include "engine/database.h"

namespace millrace {

// The home of one commit whose caller waits for it.
class WaitingQueue final : public CompletionQueue {
 public:
  CommitCallback Callback() {
    return [this](CommitResult result) { promise_.set_value(std::move(result)); };
  }
  void Post(std::vector<Completion> completions) override {
    for (Completion& completion : completions) completion.callback(std::move(completion.result));
  }
  CommitResult Wait() { return promise_.get_future().get(); }

 private:
  std::promise<CommitResult> promise_;
};

}  // namespace millrace
