#include <algorithm>
#include <cstdio>
#include <utility>
#include <variant>

#include "triggers/broker.h"

namespace millrace {
namespace {

constexpr size_t kOutputRoundMax = 64 * 1024;   // bytes of one process in one turn of the loop
constexpr int64_t kRestartNanos = 100'000'000;  // doubles with each crash in a row, up to
constexpr int64_t kRestartNanosMax = 30'000'000'000;
constexpr size_t kMessagesRoundMax = 64;  // of one process in one turn of the loop
constexpr uint32_t kSetbacksMax = 5;      // deaths before the entry that don't count
constexpr uint32_t kReadsMax = 16;        // Gets of one process that wait for the disk at once
constexpr std::string_view kNotReady = "Runtime.InvalidEntrypoint";
constexpr std::string_view kInitError = "FunctionError.RuntimeInitError";
constexpr size_t kDigestShown = 12;  // hex digits of a digest in the log

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
        if (function->CountLive() == 0) MakeRoom();
        break;
      }
      function->starved = false;
      const Status status = Spawn(function.get());
      if (status.ok()) continue;
      function->problem = {"InternalError", "cannot start a process: " + status.message()};
      Log(function.get(), "[millrace] " + function->problem.message);
      OnCrash(function.get());
    }
  }
}

// For a function without any process: an idle one of a function that has several ends.
void Broker::MakeRoom() {
  for (auto& [name, function] : functions_) {
    for (const auto& worker : function->workers) {
      if (worker->state == Worker::State::kDying) return;  // there will be room
    }
    Worker* idle = function->CountLive() > 1 ? function->FindIdle() : nullptr;
    if (idle == nullptr) continue;
    return Retire(function.get(), idle, "is ended: another function needs the room");
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
    function->problem = StartProblem();
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
  auto worker = std::make_unique<Worker>();
  worker->spawned_nanos = clock_->MonotonicNanos();
  worker->deadline_nanos = worker->spawned_nanos + kHandlerStartNanosMax;
  ASSIGN_OR_RETURN(SpawnedHandler spawned, SpawnHandler(spawner_, function->cell));
  worker->token = std::move(spawned.token);
  worker->link = std::move(spawned.link);
  worker->process = std::move(spawned.process);
  worker->digest = function->cell.digest;
  worker->id = next_worker_++;
  worker->generation = function->generation;
  function->workers.push_back(std::move(worker));
  return Status::Ok();
}

void Broker::HandleMessages(FunctionRun* function, Worker* worker) {
  std::string_view envelope;
  for (size_t i = 0; i < kMessagesRoundMax && worker->state != Worker::State::kDying; ++i) {
    const HandlerLink::Received received = worker->link->Receive(&envelope);
    if (received == HandlerLink::Received::kNothing) return;
    if (received == HandlerLink::Received::kMalformed) {
      return EndWorker(function, worker, "Runtime.InvalidFrame", std::string(envelope));
    }
    HandleMessage(function, worker, envelope);
  }
  if (worker->state == Worker::State::kDying) return;
  worker->ready_link = true;  // there may be more
  look_again_ = true;
}

void Broker::HandleMessage(FunctionRun* function, Worker* worker, std::string_view envelope) {
  Result<HandlerFrame> frame = DecodeHandlerFrame(envelope);
  if (!frame.ok()) {
    return EndWorker(function, worker, "Runtime.InvalidFrame", frame.status().message());
  }
  if (const auto* ready = std::get_if<ReadyFrame>(&*frame))
    return OnReady(function, worker, *ready);
  const auto* started = std::get_if<StartedFrame>(&*frame);
  const auto* get = std::get_if<GetFrame>(&*frame);
  auto* reply = std::get_if<ReplyFrame>(&*frame);
  const uint64_t invocation = started != nullptr ? started->invocation_id
                              : get != nullptr   ? get->invocation_id
                                                 : reply->invocation_id;
  if (worker->state != Worker::State::kBusy || invocation != worker->invocation_id) {
    return EndWorker(function, worker, "Runtime.InvalidFrame",
                     "a frame of an invocation that isn't running");
  }
  worker->entered_id = invocation;
  if (started != nullptr) return;
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
  Status status = CheckReady(ready, worker->token);
  if (worker->state != Worker::State::kStarting) {
    status = Status::Validation("a Ready that isn't due");
  }
  if (!status.ok()) return EndWorker(function, worker, "Runtime.InvalidFrame", status.message());
  function->problem = StartProblem();
  worker->state = Worker::State::kIdle;
  worker->deadline_nanos = 0;
  worker->says_started = ready.says_started;
  const double millis = static_cast<double>(clock_->MonotonicNanos() - worker->spawned_nanos) / 1e6;
  char text[64];
  std::snprintf(text, sizeof text, "ready after %.1f ms, code ", millis);
  Log(function, Prefixed(*worker, text + worker->digest.substr(0, kDigestShown)));
}

// What the cache has is answered at once; what the disk has to be asked for, by the pool, so that a
// slow read holds up nobody else.
void Broker::OnGet(FunctionRun* function, Worker* worker, const GetFrame& get) {
  const bool early = database_->applied_lsn() < worker->delivered;
  std::optional<GetReplyFrame> reply;
  if (!early) reply = AnswerGet(*database_, get, true);
  if (reply) {
    if (worker->link->Send(EncodeFrame(*reply))) return;
    return EndWorker(function, worker, "Runtime.InvalidFrame",
                     "it doesn't read the answers to its Gets");
  }
  if (worker->reads + worker->early_gets.size() >= kReadsMax) {
    return EndWorker(function, worker, "Runtime.InvalidFrame", "too many Gets at once");
  }
  if (early) return worker->early_gets.push_back(get);
  ++worker->reads;
  reads_.Submit([this, get, name = function->cell.spec.name, id = worker->id] {
    GetReplyFrame answer = *AnswerGet(*database_, get, false);
    inbox_.PostTask([this, name, id, invocation = get.invocation_id, answer = std::move(answer)] {
      OnRead(name, id, invocation, answer);
    });
  });
}

void Broker::AnswerEarlyGets(FunctionRun* function, Worker* worker) {
  if (worker->early_gets.empty() || database_->applied_lsn() < worker->delivered) return;
  for (const GetFrame& get : std::exchange(worker->early_gets, {})) {
    if (worker->state != Worker::State::kBusy || worker->invocation_id != get.invocation_id) return;
    OnGet(function, worker, get);
  }
}

void Broker::OnRead(const std::string& name, uint64_t id, uint64_t invocation,
                    const GetReplyFrame& reply) {
  FunctionRun* function = FindFunction(name);
  if (function == nullptr) return;
  for (const auto& worker : function->workers) {
    if (worker->id != id) continue;
    --worker->reads;
    if (worker->state != Worker::State::kBusy || worker->invocation_id != invocation) return;
    if (worker->link->Send(EncodeFrame(reply))) return;
    return EndWorker(function, worker.get(), "Runtime.InvalidFrame",
                     "it doesn't read the answers to its Gets");
  }
}

void Broker::TakeOutput(FunctionRun* function, Worker* worker, std::string_view line) {
  if (worker->state == Worker::State::kStarting) worker->last_line = line;
  Log(function, line);
}

void Broker::ReadOutput(FunctionRun* function, Worker* worker) {
  if (!worker->output_open) return;
  const int fd = worker->process->output_fd();
  worker->output_open = worker->output.ReadFrom(
      fd, kOutputRoundMax,
      [this, function, worker](std::string_view line) { TakeOutput(function, worker, line); });
  if (!worker->output_open && worker->watched_link != Worker::kUnwatched) events_.Remove(fd);
}

void Broker::CheckDeadline(FunctionRun* function, Worker* worker, int64_t now) {
  if (worker->deadline_nanos == 0 || now < worker->deadline_nanos) return;
  if (worker->state == Worker::State::kStarting) {
    return EndWorker(function, worker, std::string(kNotReady),
                     "not ready within 10 seconds: is it built on the SDK?");
  }
  char text[64];
  std::snprintf(text, sizeof text, "Task timed out after %.2f seconds",
                static_cast<double>(function->cell.spec.timeout_seconds));
  EndWorker(function, worker, "Function.Timeout", text,
            worker->entered() || HadManySetbacks(worker->assignment));
}

// Processes that died before they entered the user's function say nothing of the records; but not
// for ever, since it may be the records that kill them.
bool Broker::HadManySetbacks(const Assignment& assignment) {
  if (assignment.mapping == nullptr) return false;
  const ShardRun& shard = assignment.mapping->shards[assignment.shard];
  return shard.machine.batch(assignment.lane).setbacks >= kSetbacksMax;
}

void Broker::EndWorker(FunctionRun* function, Worker* worker, std::string type, std::string message,
                       bool counts) {
  Log(function, Prefixed(*worker, "is ended: " + type + ": " + message));
  if (worker->state == Worker::State::kStarting && worker->generation == function->generation) {
    function->problem = {type == kNotReady ? "FunctionError.InitTimeout" : kInitError,
                         "its process was ended before it was ready: " + message};
  }
  const bool busy = worker->state == Worker::State::kBusy;
  worker->state = Worker::State::kDying;
  worker->deadline_nanos = 0;
  worker->process->Kill();
  look_again_ = true;
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

void Broker::NoteProblem(FunctionRun* function, const Worker& worker, const ExitStatus& exit,
                         Worker::State before) {
  if (worker.generation != function->generation) return;  // of former code
  const bool was_ready = before == Worker::State::kIdle;
  std::string text = was_ready ? "its process ended while there was nothing to do: "
                               : "its process ended before it was ready: ";
  text += exit.ToString();
  if (!worker.last_line.empty()) text += ", and said: " + worker.last_line;
  function->problem = {was_ready ? "FunctionError" : kInitError, std::move(text)};
}

bool Broker::NoteEnd(FunctionRun* function, Worker* worker) {
  const std::optional<ExitStatus> exit = worker->process->Exited();
  if (!exit) return false;
  if (worker->output_open) ReadOutput(function, worker);
  worker->output.Finish(
      [this, function, worker](std::string_view line) { TakeOutput(function, worker, line); });
  const Worker::State before = std::exchange(worker->state, Worker::State::kDying);
  worker->deadline_nanos = 0;
  if (before == Worker::State::kDying) return true;
  const std::string how = "exited: " + exit->ToString();
  Log(function, Prefixed(*worker, how));
  if (before != Worker::State::kBusy) NoteProblem(function, *worker, *exit, before);
  if (before == Worker::State::kBusy) {
    const Assignment assignment = std::exchange(worker->assignment, Assignment());
    const bool counts = worker->entered() || HadManySetbacks(assignment);
    FailBatch(function, assignment, counts, "Runtime.ExitError", "the process " + how);
  }
  return true;
}

void Broker::DropEnded(FunctionRun* function) {
  auto& workers = function->workers;
  for (size_t i = 0; i < workers.size();) {
    if (!std::exchange(workers[i]->ready_exit, false) || !NoteEnd(function, workers[i].get())) {
      ++i;
      continue;
    }
    look_again_ = true;
    if (!workers[i]->retired) OnCrash(function);
    workers.erase(workers.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

}  // namespace millrace
