#include "triggers/broker.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"

namespace millrace {
namespace {

// What an event is of: a worker's id times kTags, and one of these. Ids begin at 1.
constexpr uint64_t kInboxTag = 0;
constexpr uint64_t kLinkTag = 0;
constexpr uint64_t kExitTag = 1;
constexpr uint64_t kOutputTag = 2;
constexpr uint64_t kTags = 3;

}  // namespace

Broker::Broker(Database* database, Spawner* spawner, const Clock* clock,
               const TriggerOptions& options)
    : database_(database),
      spawner_(spawner),
      clock_(clock),
      options_(options),
      tail_(database),
      logs_(options.log_lines, options.log_bytes) {}

Broker::~Broker() {
  Stop();
}

void Broker::Start() {
  database_->AddListener(&inbox_);
  thread_ = std::thread([this] { Run(); });
}

void Broker::Stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true);
  inbox_.Wake();
  thread_.join();
  database_->RemoveListener(&inbox_);
}

void Broker::Run() {
  events_.Add(inbox_.fd(), false, kInboxTag);
  Pump();
  KeepWorkers();
  while (!stopping_.load()) {
    WaitForEvents();
    TakeInbox();
    HandleLinks();
    Pump();
    LookAfterWorkers();
    KeepWorkers();
  }
  Shutdown();
}

void Broker::WaitForEvents() {
  WatchWorkers();
  AwaitState();
  const int timeout = std::exchange(look_again_, false) ? 0 : TimeoutMillis();
  for (const uint64_t tag : events_.Wait(timeout)) {
    Worker* const worker = FindWorker(tag / kTags);
    if (worker == nullptr) continue;  // the inbox, or one that has gone
    const uint64_t kind = tag % kTags;
    (kind == kLinkTag   ? worker->ready_link
     : kind == kExitTag ? worker->ready_exit
                        : worker->ready_output) = true;
  }
}

void Broker::WatchWorkers() {
  for (const auto& [name, function] : functions_) {
    for (const auto& worker : function->workers) {
      const uint64_t tag = worker->id * kTags;
      if (worker->watched_link == Worker::kUnwatched) {
        events_.Add(worker->process->exit_fd(), false, tag + kExitTag);
        if (worker->output_open) events_.Add(worker->process->output_fd(), false, tag + kOutputTag);
        worker->watched_link = -1;
      }
      if (worker->state == Worker::State::kDying) worker->link.reset();
      if (worker->link == nullptr) continue;
      const int fd = worker->link->fd();
      const bool write = worker->link->wants_write();
      if (fd != worker->watched_link) {
        if (fd >= 0) events_.Add(fd, write, tag + kLinkTag);
      } else if (fd >= 0 && write != worker->watched_write) {
        events_.Change(fd, write, tag + kLinkTag);
      }
      worker->watched_link = fd;
      worker->watched_write = write;
    }
  }
}

Worker* Broker::FindWorker(uint64_t id) const {
  for (const auto& [name, function] : functions_) {
    for (const auto& worker : function->workers) {
      if (worker->id == id) return worker.get();
    }
  }
  return nullptr;
}

void Broker::HandleLinks() {
  for (auto& [name, function] : functions_) {
    for (auto& worker : function->workers) {
      AnswerEarlyGets(function.get(), worker.get());
      if (!std::exchange(worker->ready_link, false)) continue;
      if (worker->state == Worker::State::kDying) continue;
      worker->ready_output = true;  // what it printed before it said something
      HandleMessages(function.get(), worker.get());
    }
  }
}

void Broker::LookAfterWorkers() {
  const int64_t now = clock_->MonotonicNanos();
  for (auto& [name, function] : functions_) {
    for (auto& worker : function->workers) {
      if (std::exchange(worker->ready_output, false)) ReadOutput(function.get(), worker.get());
      CheckDeadline(function.get(), worker.get(), now);
    }
    DropEnded(function.get());
  }
}

// Until the next computed time; -1: none.
int Broker::TimeoutMillis() const {
  if (read_more_) return 0;
  int64_t due = INT64_MAX;
  for (const auto& [name, function] : functions_) {
    for (const auto& worker : function->workers) {
      if (worker->deadline_nanos != 0) due = std::min(due, worker->deadline_nanos);
    }
    if (function->restart_nanos != 0 && !function->starved && NeedsWorkers(*function)) {
      due = std::min(due, function->restart_nanos);
    }
  }
  for (const auto& [uuid, mapping] : mappings_) {
    if (!mapping->cell.spec.enabled || mapping->paused) continue;
    for (const ShardRun& shard : mapping->shards) {
      // What was due when the last pump looked waits for a process, which is an event of its own.
      const std::optional<int64_t> next = shard.machine.NextDue(pumped_);
      if (next) due = std::min(due, *next);
    }
  }
  if (due == INT64_MAX) return -1;
  const int64_t nanos = std::max<int64_t>(0, due - clock_->MonotonicNanos());
  return static_cast<int>(std::min<int64_t>((nanos + 999'999) / 1'000'000, 60'000));
}

// Whatever the log has is delivered when it is on disk; what waits for the state is rare.
void Broker::AwaitState() {
  Lsn awaited = tail_.blocked_at();
  for (const auto& [name, function] : functions_) {
    for (const auto& worker : function->workers) {
      if (!worker->early_gets.empty()) awaited = std::min(awaited, worker->delivered);
    }
  }
  if (inbox_.AwaitApplied(awaited, *database_)) look_again_ = true;
}

void Broker::TakeInbox() {
  BrokerInbox::Contents contents = inbox_.Take();
  for (CompletionQueue::Completion& completion : contents.completions) {
    completion.callback(std::move(completion.result));
  }
  for (const auto& task : contents.tasks) task();
}

void Broker::Shutdown() {
  for (auto& [name, function] : functions_) function->workers.clear();
  reads_.Stop();
  for (auto& [uuid, mapping] : mappings_) {
    for (size_t i = 0; i < mapping->shards.size(); ++i) StartCheckpoint(mapping, i, true);
    mapping->detached = true;
  }
  while (commits_in_flight_ > 0) {
    events_.Wait(-1);
    TakeInbox();
  }
  inbox_.Close();
  TakeInbox();
  logs_.Close();
}

void Broker::AddFunction(FunctionCell cell) {
  std::string name = cell.spec.name;
  std::shared_ptr<FunctionLog> log = logs_.Open(name);
  functions_[std::move(name)] = std::make_unique<FunctionRun>(std::move(cell), std::move(log));
}

void Broker::RemoveFunction(std::string_view name) {
  const auto at = functions_.find(name);
  if (at == functions_.end()) return;
  functions_.erase(at);
  logs_.Remove(name);
}

FunctionRun* Broker::FindFunction(std::string_view name) const {
  const auto at = functions_.find(name);
  return at == functions_.end() ? nullptr : at->second.get();
}

void Broker::Log(FunctionRun* function, std::string_view text) {
  function->log->Add(clock_->WallMicros(), text);
}

}  // namespace millrace
