#include "triggers/worker.h"

#include <algorithm>

namespace millrace {

Worker* FunctionRun::FindIdle() const {
  const auto idle = std::find_if(workers.begin(), workers.end(), [](const auto& worker) {
    return worker->state == Worker::State::kIdle;
  });
  return idle == workers.end() ? nullptr : idle->get();
}

uint32_t FunctionRun::CountReady() const {
  return static_cast<uint32_t>(
      std::count_if(workers.begin(), workers.end(), [](const auto& worker) {
        return worker->state == Worker::State::kIdle || worker->state == Worker::State::kBusy;
      }));
}

uint32_t FunctionRun::CountLive() const {
  return static_cast<uint32_t>(
      std::count_if(workers.begin(), workers.end(),
                    [](const auto& worker) { return worker->state != Worker::State::kDying; }));
}

// Others' successes say nothing of a process that crashes each time it is started.
void FunctionRun::OnSuccess(const Worker& worker) {
  if (worker.spawned_nanos > crashed_nanos) crashes = 0;
}

}  // namespace millrace
