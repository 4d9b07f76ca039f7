#include "connectors/cdc/pipeline_runner.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace millrace {
namespace {

// While commits come in a stream the thread is not woken for each: it looks again after this long,
// or when so many have come. Much less than the second that a file stays open at least.
constexpr int64_t kGatherNanos = 20'000'000;
constexpr uint64_t kGatherCommits = 4096;
constexpr int64_t kLongestWaitNanos = int64_t{3600} * 1'000'000'000;

}  // namespace

std::string_view WireName(PipelineState state) {
  constexpr std::string_view kNames[] = {"RUNNING", "PAUSED", "RETRYING", "ENDED"};
  return kNames[static_cast<size_t>(state)];
}

PipelineRunner::PipelineRunner(const Pipeline::Parts& parts, PipelineDefinition definition,
                               CdcProgress progress, uint64_t version,
                               std::function<void(const std::string&)> report)
    : database_(parts.database),
      clock_(parts.clock),
      report_(std::move(report)),
      pipeline_(parts, std::move(definition), std::move(progress), version) {
  spec_ = pipeline_.definition().spec;
  Publish(spec_.paused ? PipelineState::kPaused : PipelineState::kRunning);
}

PipelineRunner::~PipelineRunner() {
  Stop();
}

void PipelineRunner::Start() {
  database_->AddListener(this);
  thread_ = std::thread([this] { Run(); });
}

void PipelineRunner::Stop() {
  if (!thread_.joinable()) return;
  database_->RemoveListener(this);
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void PipelineRunner::Change(const PipelineSpec& spec) {
  {
    const std::lock_guard lock(mutex_);
    spec_ = spec;
    changed_ = true;
    described_.definition.spec = spec;
    if (described_.state != PipelineState::kEnded) {
      described_.state = spec.paused ? PipelineState::kPaused : PipelineState::kRunning;
    }
  }
  wake_.notify_all();
}

PipelineProgress PipelineRunner::Describe() const {
  const std::lock_guard lock(mutex_);
  return described_;
}

void PipelineRunner::OnApplied(Lsn applied) {
  if (applied.value() <= wake_at_.load()) return;
  // The thread is either waiting, or has not looked at the applied lsn yet and will see this one.
  { const std::lock_guard lock(mutex_); }
  wake_.notify_all();
}

// False: the thread is to end.
bool PipelineRunner::TakeChange() {
  const std::lock_guard lock(mutex_);
  if (stop_) return false;
  if (std::exchange(changed_, false)) {
    pipeline_.Change(spec_);
    failed_attempts_ = 0;
  }
  return true;
}

void PipelineRunner::Run() {
  while (TakeChange()) {
    if (pipeline_.definition().spec.paused || deleted_) {
      pipeline_.Abandon();
      Publish(deleted_ ? PipelineState::kEnded : PipelineState::kPaused);
      WaitUntil(Lsn(UINT64_MAX), kLongestWaitNanos);
      continue;
    }
    const Result<Pipeline::Turn> turn = pipeline_.Step();
    if (!turn.ok()) {
      OnError(turn.status());
      continue;
    }
    if (failed_attempts_ > 0 && Overcome(*turn)) {
      report_("pipeline " + pipeline_.definition().spec.name + " goes on");
      failed_attempts_ = 0;
    }
    Publish(failed_attempts_ > 0               ? PipelineState::kRetrying
            : pipeline_.progress().state.ended ? PipelineState::kEnded
                                               : PipelineState::kRunning);
    if (!turn->more) Wait(*turn);
  }
}

// Reading into memory proves nothing: something was finished since, or nothing is left to do.
bool PipelineRunner::Overcome(const Pipeline::Turn& turn) const {
  const CdcProgress& progress = pipeline_.progress();
  if (progress.state.manifest_bytes != failed_at_) return true;
  return !turn.more && pipeline_.open_records() == 0 && !progress.pending.has_value();
}

void PipelineRunner::Publish(PipelineState state) {
  const CdcProgress& progress = pipeline_.progress();
  const std::lock_guard lock(mutex_);
  // A change that the thread has not seen yet is described already.
  if (!changed_) {
    described_.definition = pipeline_.definition();
    described_.state = state;
  }
  described_.cell = progress.state;
  described_.read_to = pipeline_.read_to();
  described_.open_records = pipeline_.open_records();
  described_.oldest_open_micros = pipeline_.oldest_open_micros();
  described_.pending_file = progress.pending ? progress.pending->file_name : std::string();
  described_.failed_attempts = failed_attempts_;
}

void PipelineRunner::OnError(const Status& error) {
  pipeline_.Abandon();
  if (error.Is(ErrorCode::kFenced)) {
    const Status reloaded = pipeline_.Reload();
    deleted_ = reloaded.Is(ErrorCode::kResourceNotFound);
    if (deleted_) return;
  }
  ++failed_attempts_;
  failed_at_ = pipeline_.progress().state.manifest_bytes;
  if (failed_attempts_ == 1) {
    report_("pipeline " + pipeline_.definition().spec.name + ": " + error.message());
  }
  {
    const std::lock_guard lock(mutex_);
    described_.last_error = error.message();
    described_.last_error_micros = clock_->WallMicros();
  }
  Publish(PipelineState::kRetrying);
  const uint32_t doublings = std::min(failed_attempts_ - 1, 16u);
  const int64_t millis = std::min(kRetryMillis << doublings, kRetryMillisMax);
  WaitUntil(Lsn(UINT64_MAX), millis * 1'000'000);
}

void PipelineRunner::Wait(const Pipeline::Turn& turn) {
  if (turn.read_to == Lsn(UINT64_MAX)) return WaitUntil(turn.read_to, kLongestWaitNanos);
  const int64_t due_in =
      turn.due_nanos == INT64_MAX ? kLongestWaitNanos : turn.due_nanos - clock_->MonotonicNanos();
  const bool coming = turn.read_to != std::exchange(waited_at_, turn.read_to);
  if (!coming) return WaitUntil(turn.read_to, due_in);
  WaitUntil(Lsn(turn.read_to.value() + kGatherCommits), std::min(due_in, kGatherNanos));
}

// Until something beyond `wake_at` is applied, a change comes, or so long.
void PipelineRunner::WaitUntil(Lsn wake_at, int64_t nanos) {
  std::unique_lock lock(mutex_);
  wake_at_ = wake_at.value();
  wake_.wait_for(
      lock, std::chrono::nanoseconds(std::clamp<int64_t>(nanos, 0, kLongestWaitNanos)),
      [this, wake_at] { return stop_ || changed_ || database_->applied_lsn() > wake_at; });
  wake_at_ = UINT64_MAX;
}

}  // namespace millrace
