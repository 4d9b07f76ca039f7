#include "triggers/worker.h"

#include <algorithm>
#include <utility>

#include "engine/base/random.h"

namespace millrace {

Result<SpawnedHandler> SpawnHandler(Spawner* spawner, const FunctionCell& cell) {
  SpawnedHandler spawned;
  HandlerSpec spec;
  spec.function_name = cell.spec.name;
  spec.digest = cell.digest;
  spec.environment = cell.spec.environment;
  spec.token = spawned.token = NewUuid();
  spec.limits.memory_bytes = uint64_t{cell.spec.memory_mb} << 20;
  ASSIGN_OR_RETURN(spec.endpoint, spawner->MakeEndpoint());
  Result<std::unique_ptr<HandlerLink>> link = HandlerLink::Listen(spec.endpoint.address);
  if (!link.ok()) {
    spawner->RemoveEndpoint(spec.endpoint);
    return link.status();
  }
  spawned.link = std::move(link).value();
  Result<std::unique_ptr<HandlerProcess>> process = spawner->Spawn(spec);
  if (!process.ok()) {
    spawner->RemoveEndpoint(spec.endpoint);
    return process.status();
  }
  spawned.process = std::move(process).value();
  return spawned;
}

Status CheckReady(const ReadyFrame& ready, std::string_view token) {
  if (ready.token != token) return Status::Validation("a Ready that isn't due");
  if (ready.protocol_version == kFrameProtocolVersion) return Status::Ok();
  return Status::Validation("it speaks version " + std::to_string(ready.protocol_version) +
                            " of SDK " + ready.sdk_version + "; this server speaks version " +
                            std::to_string(kFrameProtocolVersion) + ": build it again");
}

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
