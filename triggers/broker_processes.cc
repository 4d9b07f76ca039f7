#include <algorithm>
#include <cstdio>
#include <utility>
#include <variant>

#include "engine/base/random.h"
#include "triggers/broker.h"

namespace millrace {
namespace {

constexpr int64_t kStartNanosMax = 10'000'000'000;  // from spawn to Ready
constexpr size_t kOutputRoundMax = 64 * 1024;       // bytes of one process in one turn of the loop
constexpr int64_t kRestartNanos = 100'000'000;      // doubles with each crash in a row, up to
constexpr int64_t kRestartNanosMax = 30'000'000'000;
constexpr size_t kMessagesRoundMax = 64;  // of one process in one turn of the loop
constexpr size_t kDigestShown = 12;       // hex digits of a digest in the log

std::string Prefixed(const Worker& worker, std::string_view text) {
  return "[millrace] process " + std::to_string(worker.process->pid()) + " " + std::string(text);
}

}  // namespace

// One is ready for the first batch; further ones come when there is work for more.
bool Broker::NeedsWorkers(const FunctionRun& function) const {
  const uint32_t live = function.CountLive();
  if (live >= function.cell.spec.processes) return false;
  if (live > 0) return function.wanted > live - function.CountReady();
  return std::any_of(mappings_.begin(), mappings_.end(), [&function](const auto& entry) {
    const MappingRun& mapping = *entry.second;
    return mapping.cell.spec.enabled && mapping.cell.spec.function == function.cell.spec.name &&
           mapping.working();
  });
}

size_t Broker::CountProcesses() const {
  size_t count = 0;
  for (const auto& [name, function] : functions_) count += function->workers.size();
  return count;
}

void Broker::KeepWorkers() {
  if (!options_.sandbox.ok()) return;
  for (auto& [name, function] : functions_) {
    while (function->restart_nanos <= clock_->MonotonicNanos() && NeedsWorkers(*function)) {
      if (CountProcesses() >= options_.processes_max) {
        if (!std::exchange(function->starved, true)) {
          Log(function.get(), "[millrace] no further process: the server has " +
                                  std::to_string(options_.processes_max) + ", its limit");
        }
        break;
      }
      function->starved = false;
      const Status status = Spawn(function.get());
      if (status.ok()) continue;
      Log(function.get(), "[millrace] cannot start a process: " + status.message());
      OnCrash(function.get());
    }
  }
}

void Broker::UpdateFunction(FunctionCell cell) {
  FunctionRun* function = FindFunction(cell.spec.name);
  if (function == nullptr) return;
  const FunctionCell before = std::exchange(function->cell, std::move(cell));
  const FunctionSpec& spec = function->cell.spec;
  const bool replace = before.digest != function->cell.digest ||
                       before.spec.memory_mb != spec.memory_mb ||
                       before.spec.environment != spec.environment;
  if (replace) {
    ++function->generation;
    // What it did before says nothing of what it is now.
    function->crashes = 0;
    function->restart_nanos = 0;
    Log(function, "[millrace] updated: code " + function->cell.digest.substr(0, kDigestShown));
  }
  for (const auto& worker : function->workers) {
    const bool free =
        worker->state == Worker::State::kIdle || worker->state == Worker::State::kStarting;
    if (!free) continue;
    if (worker->generation != function->generation) {
      Retire(function, worker.get(), "is replaced: the function was updated");
    } else if (function->CountLive() > spec.processes) {
      Retire(function, worker.get(), "is ended: the function has fewer processes now");
    }
  }
}

void Broker::Retire(FunctionRun* function, Worker* worker, std::string_view why) {
  Log(function, Prefixed(*worker, why));
  worker->retired = true;
  worker->state = Worker::State::kDying;
  worker->deadline_nanos = 0;
  worker->process->Kill();
}

Status Broker::Spawn(FunctionRun* function) {
  const FunctionCell& cell = function->cell;
  HandlerSpec spec;
  spec.function_name = cell.spec.name;
  spec.digest = cell.digest;
  spec.environment = cell.spec.environment;
  spec.token = NewUuid();
  spec.limits.memory_bytes = uint64_t{cell.spec.memory_mb} << 20;
  ASSIGN_OR_RETURN(spec.endpoint, spawner_->MakeEndpoint());
  auto worker = std::make_unique<Worker>();
  worker->token = spec.token;
  worker->digest = cell.digest;
  worker->generation = function->generation;
  worker->spawned_nanos = clock_->MonotonicNanos();
  worker->deadline_nanos = worker->spawned_nanos + kStartNanosMax;
  Result<std::unique_ptr<HandlerLink>> link = HandlerLink::Bind(context_, spec.endpoint.address);
  if (!link.ok()) {
    spawner_->RemoveEndpoint(spec.endpoint);
    return link.status();
  }
  worker->link = std::move(link).value();
  Result<std::unique_ptr<HandlerProcess>> process = spawner_->Spawn(spec);
  if (!process.ok()) {
    spawner_->RemoveEndpoint(spec.endpoint);
    return process.status();
  }
  worker->process = std::move(process).value();
  function->workers.push_back(std::move(worker));
  return Status::Ok();
}

void Broker::HandleMessages(FunctionRun* function, Worker* worker) {
  std::string envelope;
  for (size_t i = 0; i < kMessagesRoundMax && worker->state != Worker::State::kDying; ++i) {
    const HandlerLink::Received received = worker->link->Receive(&envelope);
    if (received == HandlerLink::Received::kNothing) return;
    if (received == HandlerLink::Received::kMalformed) {
      return EndWorker(function, worker, "Runtime.InvalidFrame", "a message of several parts");
    }
    HandleMessage(function, worker, envelope);
  }
  read_more_ = true;
}

void Broker::HandleMessage(FunctionRun* function, Worker* worker, const std::string& envelope) {
  Result<HandlerFrame> frame = DecodeHandlerFrame(envelope);
  if (!frame.ok()) {
    return EndWorker(function, worker, "Runtime.InvalidFrame", frame.status().message());
  }
  if (const auto* ready = std::get_if<ReadyFrame>(&*frame))
    return OnReady(function, worker, *ready);
  const auto* get = std::get_if<GetFrame>(&*frame);
  auto* reply = std::get_if<ReplyFrame>(&*frame);
  const uint64_t invocation = get != nullptr ? get->invocation_id : reply->invocation_id;
  if (worker->state != Worker::State::kBusy || invocation != worker->invocation_id) {
    return EndWorker(function, worker, "Runtime.InvalidFrame",
                     "a frame of an invocation that isn't running");
  }
  if (get != nullptr) return OnGet(function, worker, *get);
  OnReply(function, worker, std::move(*reply));
  if (worker->state != Worker::State::kIdle) return;
  if (worker->generation != function->generation) {
    Retire(function, worker, "is replaced: the function was updated");
  } else if (function->CountLive() > function->cell.spec.processes) {
    Retire(function, worker, "is ended: the function has fewer processes now");
  }
}

void Broker::OnReady(FunctionRun* function, Worker* worker, const ReadyFrame& ready) {
  if (worker->state != Worker::State::kStarting || ready.token != worker->token) {
    return EndWorker(function, worker, "Runtime.InvalidFrame", "a Ready that isn't due");
  }
  if (ready.protocol_version != kFrameProtocolVersion) {
    return EndWorker(function, worker, "Runtime.InvalidEntrypoint",
                     "built for protocol version " + std::to_string(ready.protocol_version) +
                         " of SDK " + ready.sdk_version + "; this server speaks version " +
                         std::to_string(kFrameProtocolVersion) + ": build it again");
  }
  worker->state = Worker::State::kIdle;
  worker->deadline_nanos = 0;
  const double millis = static_cast<double>(clock_->MonotonicNanos() - worker->spawned_nanos) / 1e6;
  char text[64];
  std::snprintf(text, sizeof text, "ready after %.1f ms, code ", millis);
  Log(function, Prefixed(*worker, text + worker->digest.substr(0, kDigestShown)));
}

// On this thread: a read that misses the cache holds up the others for as long as the disk takes.
GetReplyFrame Broker::AnswerGet(const GetFrame& get) const {
  GetReplyFrame reply;
  reply.request_id = get.request_id;
  Status status(ErrorCode::kResourceNotFound,
                "Requested resource not found: Table: " + get.table_name + " not found");
  if (const TableRef table = database_->FindTable(get.table_name)) {
    Result<ItemKey> key = KeyOfKeyMap(table->spec.schema, ItemView(get.key).value());
    status = key.status();
    if (status.ok()) {
      Result<bool> found = database_->Get(*table, *key, &reply.item);
      status = found.status();
      reply.found = found.ok() && *found;
    }
  }
  if (!status.ok()) {
    reply.error_code = InfoOf(status.code()).name;
    reply.error_message = status.message();
  }
  if (!reply.found) reply.item.clear();
  return reply;
}

void Broker::OnGet(FunctionRun* function, Worker* worker, const GetFrame& get) {
  if (worker->link->Send(EncodeFrame(AnswerGet(get)))) return;
  EndWorker(function, worker, "Runtime.InvalidFrame", "it doesn't read the answers to its Gets");
}

void Broker::ReadOutput(FunctionRun* function, Worker* worker) {
  if (!worker->output_open) return;
  worker->output_open =
      worker->output.ReadFrom(worker->process->output_fd(), kOutputRoundMax,
                              [this, function](std::string_view line) { Log(function, line); });
}

void Broker::CheckDeadline(FunctionRun* function, Worker* worker, int64_t now) {
  if (worker->deadline_nanos == 0 || now < worker->deadline_nanos) return;
  if (worker->state == Worker::State::kStarting) {
    return EndWorker(function, worker, "Runtime.InvalidEntrypoint",
                     "not ready within 10 seconds: is it built on the SDK?");
  }
  char text[64];
  std::snprintf(text, sizeof text, "Task timed out after %.2f seconds",
                static_cast<double>(function->cell.spec.timeout_seconds));
  EndWorker(function, worker, "Function.Timeout", text);
}

void Broker::EndWorker(FunctionRun* function, Worker* worker, std::string type, std::string message,
                       bool counts) {
  Log(function, Prefixed(*worker, "is ended: " + type + ": " + message));
  const bool busy = worker->state == Worker::State::kBusy;
  worker->state = Worker::State::kDying;
  worker->deadline_nanos = 0;
  worker->process->Kill();
  if (busy) {
    FailBatch(function, std::exchange(worker->assignment, Assignment()), counts, std::move(type),
              std::move(message));
  }
}

void Broker::OnCrash(FunctionRun* function) {
  ++counters_.process_crashes;
  function->crashed_nanos = clock_->MonotonicNanos();
  // The first restart is at once.
  int64_t wait = function->crashes == 0 ? 0 : kRestartNanos;
  for (uint32_t i = 1; i < function->crashes && wait < kRestartNanosMax; ++i) wait *= 2;
  ++function->crashes;
  function->restart_nanos = clock_->MonotonicNanos() + std::min(wait, kRestartNanosMax);
}

bool Broker::NoteEnd(FunctionRun* function, Worker* worker) {
  const std::optional<ExitStatus> exit = worker->process->Exited();
  if (!exit) return false;
  if (worker->output_open) ReadOutput(function, worker);
  worker->output.Finish([this, function](std::string_view line) { Log(function, line); });
  const Worker::State before = std::exchange(worker->state, Worker::State::kDying);
  worker->deadline_nanos = 0;
  if (before == Worker::State::kDying) return true;
  const std::string how = "exited: " + exit->ToString();
  Log(function, Prefixed(*worker, how));
  if (before == Worker::State::kBusy) {
    FailBatch(function, std::exchange(worker->assignment, Assignment()), true, "Runtime.ExitError",
              "the process " + how);
  }
  return true;
}

void Broker::DropEnded(FunctionRun* function) {
  auto& workers = function->workers;
  for (size_t i = 0; i < workers.size();) {
    if (!NoteEnd(function, workers[i].get())) {
      ++i;
      continue;
    }
    if (!workers[i]->retired) OnCrash(function);
    workers.erase(workers.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

}  // namespace millrace
