#include <algorithm>
#include <utility>

#include "engine/base/fault_point.h"
#include "streams/stream_window.h"
#include "triggers/broker.h"
#include "triggers/dead_letters.h"
#include "triggers/delivery_outcome.h"

namespace millrace {
namespace {

// A quiet table's checkpoint is moved on when the log has grown by this many commits.
constexpr uint64_t kIdleCommits = 65'536;

}  // namespace

void Broker::Pump() {
  read_more_ = false;
  SwitchQuietMappings();
  pumped_ = Now();
  for (auto& [name, function] : functions_) function->wanted = 0;
  if (!options_.sandbox.ok()) return;
  const auto works = [](const auto& entry) {
    return entry.second->cell.spec.enabled && !entry.second->paused;
  };
  if (std::none_of(mappings_.begin(), mappings_.end(), works)) return tail_.Rest();
  const Lsn readable = tail_.Readable();
  for (auto& entry : mappings_) {
    if (works(entry)) PumpMapping(entry.second, readable, pumped_);
  }
}

void Broker::ReadShard(MappingRun* mapping, FunctionRun* function, ShardRun* shard, Lsn readable) {
  const LogGaps before = shard->machine.gaps();
  shard->Read(readable, pumped_.nanos);
  if (const LogGaps& gaps = shard->machine.gaps(); gaps != before) {
    Log(function, "[millrace] mapping " + mapping->cell.uuid + ", " + shard->shard_id +
                      ": its records, if any, in commits " +
                      std::to_string(gaps.last.after.value() + 1) + " to " +
                      std::to_string(gaps.last.through.value()) +
                      " of the log are lost: they were trimmed before they were read");
  }
  if (shard->problem.ok()) return;
  mapping->last_result = "PROBLEM: " + shard->problem.ToString();
  Log(function, "[millrace] " + shard->shard_id + " has stopped: " + shard->problem.ToString());
}

void Broker::PumpMapping(const std::shared_ptr<MappingRun>& mapping, Lsn readable,
                         const Moment& now) {
  FunctionRun* function = FindFunction(mapping->cell.spec.function);
  if (function == nullptr) return;
  CloseEndedStream(mapping.get());
  const size_t count = mapping->shards.size();
  const size_t turn = mapping->turn;
  for (size_t i = 0; i < count; ++i) {
    const size_t index = (turn + i) % count;
    ShardRun& shard = mapping->shards[index];
    if (!shard.problem.ok()) continue;
    // About to change: only what is under way comes to its end.
    if (mapping->next) {
      StartCommits(mapping, index);
      StartCheckpoint(mapping, index, false);
      continue;
    }
    ReadShard(mapping.get(), function, &shard, readable);
    if (!shard.problem.ok()) continue;
    shard.machine.GiveUpExpired(now);
    StartCommits(mapping, index);
    while (Worker* worker = function->FindIdle()) {
      // One that ended while idle has done the batch nothing.
      if (NoteEnd(function, worker)) continue;
      const std::optional<uint32_t> lane = shard.machine.NextReady(now.nanos);
      if (!lane) break;
      mapping->turn = index + 1;
      Deliver(function, worker, Assignment{mapping, index, *lane}, now);
      // There is room again: be ready for the next turn.
      ReadShard(mapping.get(), function, &shard, readable);
      if (!shard.problem.ok()) break;
      shard.machine.GiveUpExpired(now);
    }
    StartCommits(mapping, index);
    if (function->FindIdle() == nullptr) function->wanted += shard.machine.CountReady(now.nanos);
    StartCheckpoint(mapping, index, false);
    read_more_ = read_more_ || shard.read_more(readable);
  }
}

// A stream that was turned off, or whose table was deleted, ends where it was closed.
void Broker::CloseEndedStream(MappingRun* mapping) {
  if (mapping->closed) return;
  const TableRef table = database_->FindTable(mapping->cell.table);
  const StreamWindow* window =
      table == nullptr ? nullptr : table->FindStream(mapping->cell.stream_label);
  const std::optional<Lsn> end = window == nullptr ? Lsn(1) : EndOf(*table, *window);
  if (!end) return;
  mapping->closed = true;
  mapping->state_reason = "The stream is closed; what is left of it is delivered.";
  for (ShardRun& shard : mapping->shards) shard.EndBefore(*end);
}

void Broker::Deliver(FunctionRun* function, Worker* worker, const Assignment& assignment,
                     const Moment& moment) {
  MILLRACE_FAULT_POINT("triggers.before_deliver");
  MappingRun& mapping = *assignment.mapping;
  ShardRun& shard = mapping.shards[assignment.shard];
  const DeliveryBatch& batch = shard.machine.Deliver(assignment.lane, moment);
  const int64_t now = clock_->MonotonicNanos();
  const uint32_t timeout_millis = function->cell.spec.timeout_seconds * 1000;
  InvokeFrame frame;
  frame.invocation_id = next_invocation_++;
  frame.attempt = batch.attempt;
  frame.deadline_monotonic_nanos = now + int64_t{timeout_millis} * 1'000'000;
  frame.remaining_millis = timeout_millis;
  frame.idempotency_key =
      IdempotencyKeyOf(mapping.cell.uuid, shard.shard_id, batch.first, batch.last);
  frame.function_name = mapping.cell.spec.function;
  frame.event_source_arn = mapping.cell.spec.event_source;
  frame.table_name = mapping.cell.table_name;
  frame.shard_id = shard.shard_id;
  worker->state = Worker::State::kBusy;
  worker->invocation_id = frame.invocation_id;
  worker->invoked_nanos = now;
  worker->deadline_nanos = frame.deadline_monotonic_nanos;
  worker->assignment = assignment;
  worker->delivered = batch.last.lsn;
  worker->early_gets.clear();
  ++counters_.invocations;
  counters_.records_delivered += batch.records->count();
  if (!worker->link->Send(EncodeFrame(frame), batch.records)) {
    EndWorker(function, worker, "Runtime.InvalidFrame", "it doesn't take invocations", false);
  }
}

void Broker::OnReply(FunctionRun* function, Worker* worker, ReplyFrame reply) {
  const Assignment assignment = std::exchange(worker->assignment, Assignment());
  worker->state = Worker::State::kIdle;
  worker->deadline_nanos = 0;
  function->OnSuccess(*worker);
  if (assignment.mapping->detached) return;
  if (!reply.ok()) {
    return FailBatch(function, assignment, true, std::move(reply.error_type),
                     std::move(reply.error_message));
  }
  ShardRun& shard = assignment.mapping->shards[assignment.shard];
  const size_t count = shard.machine.batch(assignment.lane).records->count();
  const BatchReport report = ReadReport(reply.failed_records, count,
                                        assignment.mapping->cell.spec.report_batch_item_failures);
  if (report.finished == 0) {
    return FailBatch(function, assignment, true, "Runtime.BatchItemFailures", report.problem);
  }
  Result<HandlerWrites> writes = MakeWrites(
      reply.writes, [this](std::string_view name) { return database_->FindTable(name); });
  if (!writes.ok()) {
    return FailBatch(function, assignment, true, std::string(InfoOf(writes.status().code()).name),
                     writes.status().message());
  }
  if (report.finished < count) {
    NoteFailure(function, assignment, "Runtime.BatchItemFailures", report.problem);
    shard.machine.OnFailedFrom(assignment.lane, report.finished, clock_->MonotonicNanos());
  }
  OnWrites(function, assignment, std::move(writes).value());
}

void Broker::OnWrites(FunctionRun* function, const Assignment& assignment, HandlerWrites writes) {
  ShardRun& shard = assignment.mapping->shards[assignment.shard];
  LaneOutcome& outcome = shard.outcomes[assignment.lane];
  const uint32_t hops = shard.machine.batch(assignment.lane).hop_count + 1u;
  if (hops > options_.hop_limit && !writes.requests.empty()) {
    outcome.error_type = "Runtime.RecursionLimit";
    outcome.error_message = "handlers' writes have caused handlers' writes " +
                            std::to_string(options_.hop_limit) +
                            " times: these records are given up to end the loop";
    Log(function, "[millrace] " + outcome.error_message);
    shard.machine.OnGivenUp(assignment.lane);
  } else if (writes.requests.empty()) {
    shard.machine.OnFinishedWithoutWrites(assignment.lane, clock_->MonotonicNanos());
    if (!shard.machine.failing()) assignment.mapping->last_result = "OK";
  } else {
    outcome.writes = std::move(writes);
    shard.machine.OnFinished(assignment.lane);
  }
  StartCommits(assignment.mapping, assignment.shard);
}

void Broker::NoteFailure(FunctionRun* function, const Assignment& assignment, std::string type,
                         std::string message) {
  ++counters_.failed_invocations;
  MappingRun& mapping = *assignment.mapping;
  ShardRun& shard = mapping.shards[assignment.shard];
  const DeliveryBatch& batch = shard.machine.batch(assignment.lane);
  if (function != nullptr) {
    Log(function, "[millrace] ERROR " + type + ": " + message + " (" +
                      std::to_string(batch.records->count()) +
                      (batch.records->count() == 1 ? " record from " : " records from ") +
                      SequenceNumberOf(batch.first) + ", attempt " + std::to_string(batch.attempt) +
                      ")");
  }
  mapping.last_result = "PROBLEM: " + type + ": " + message;
  LaneOutcome& outcome = shard.outcomes[assignment.lane];
  outcome.writes = HandlerWrites();
  outcome.error_type = std::move(type);
  outcome.error_message = std::move(message);
}

void Broker::FailBatch(FunctionRun* function, const Assignment& assignment, bool counts,
                       std::string type, std::string message) {
  if (assignment.mapping == nullptr || assignment.mapping->detached) return;
  NoteFailure(function, assignment, std::move(type), std::move(message));
  assignment.mapping->shards[assignment.shard].machine.OnFailed(assignment.lane, counts,
                                                                clock_->MonotonicNanos());
  StartCommits(assignment.mapping, assignment.shard);
}

// One at a time in a shard.
void Broker::StartCommits(const std::shared_ptr<MappingRun>& mapping, size_t shard) {
  ShardRun& run = mapping->shards[shard];
  if (mapping->detached || mapping->paused || run.idle_commit || !run.problem.ok()) return;
  while (const std::optional<uint32_t> lane = run.machine.NextCommit(clock_->MonotonicNanos())) {
    StartCommit(Assignment{mapping, shard, *lane});
  }
}

Status Broker::FillDeadLetters(const Assignment& assignment, std::vector<WriteRequest>* writes) {
  const MappingRun& mapping = *assignment.mapping;
  const ShardRun& shard = mapping.shards[assignment.shard];
  const DeliveryBatch& batch = shard.machine.batch(assignment.lane);
  const LaneOutcome& outcome = shard.outcomes[assignment.lane];
  if (mapping.cell.spec.dead_letter_table.empty()) return Status::Ok();
  const TableRef table = database_->FindTable(mapping.cell.spec.dead_letter_table);
  if (table == nullptr || !(table->spec.schema == DeadLetterSchema())) {
    return Status(ErrorCode::kResourceNotFound,
                  "there is no dead-letter table " + mapping.cell.spec.dead_letter_table);
  }
  DeadLetterReason reason{
      mapping.cell.uuid, mapping.cell.spec.function, mapping.cell.spec.event_source,
      shard.shard_id,    outcome.error_type,         outcome.error_message,
      batch.attempt};
  if (batch.expired) {
    reason.error_type = "EventAgeExceeded";
    reason.error_message = "older than MaximumRecordAgeInSeconds (" +
                           std::to_string(mapping.cell.spec.maximum_record_age_seconds) + ")";
    if (!outcome.error_message.empty() && batch.attempt > 1) {
      reason.error_message += "; the last attempt: " + outcome.error_message;
    }
    --reason.attempts;
  }
  for (size_t i = 0; i < batch.records->count(); ++i) {
    AppendDeadLetter(table, batch.records->record(i), reason, writes);
  }
  return Status::Ok();
}

void Broker::StartCommit(const Assignment& assignment) {
  MappingRun& mapping = *assignment.mapping;
  ShardRun& shard = mapping.shards[assignment.shard];
  const DeliveryBatch& batch = shard.machine.batch(assignment.lane);
  FunctionRun* function = FindFunction(mapping.cell.spec.function);
  HandlerWrites writes = std::move(shard.outcomes[assignment.lane].writes);
  shard.outcomes[assignment.lane].writes = HandlerWrites();
  CommitRequest request;
  if (batch.state == BatchState::kExhausted) {
    const Status status = FillDeadLetters(assignment, &request.writes);
    if (!status.ok()) {
      mapping.last_result = "PROBLEM: " + status.message();
      if (function != nullptr) Log(function, "[millrace] " + status.message());
      return shard.machine.OnFailed(assignment.lane, false, clock_->MonotonicNanos());
    }
    if (function != nullptr) {
      Log(function, "[millrace] records " + SequenceNumberOf(batch.first) + " to " +
                        SequenceNumberOf(batch.last) + " of " + shard.shard_id +
                        (request.writes.empty() ? " are given up" : " go to the dead letters"));
    }
  } else {
    request.writes = std::move(writes.requests);
  }
  request.origin.principal = "function:" + mapping.cell.spec.function;
  request.origin.request_id =
      IdempotencyKeyOf(mapping.cell.uuid, shard.shard_id, batch.first, batch.last);
  request.origin.causation = batch.last;
  request.origin.hop_count = static_cast<uint16_t>(batch.hop_count + 1);
  const Checkpoint checkpoint = shard.machine.BeginCommit(assignment.lane);
  request.cells.push_back({shard.cell_key, shard.cell_version, EncodeCheckpoint(checkpoint)});
  MILLRACE_FAULT_POINT("triggers.before_commit");
  ++commits_in_flight_;
  // `writes` keeps what the expressions refer to until the commit is planned, within the call.
  database_->Commit(std::move(request), &inbox_, [this, assignment](CommitResult result) {
    --commits_in_flight_;
    OnCommitDone(assignment, result);
  });
}

void Broker::OnCommitDone(const Assignment& assignment, const CommitResult& result) {
  MappingRun& mapping = *assignment.mapping;
  if (mapping.detached) return;
  MILLRACE_FAULT_POINT("triggers.after_commit");
  ShardRun& shard = mapping.shards[assignment.shard];
  FunctionRun* function = FindFunction(mapping.cell.spec.function);
  if (result.status.ok()) {
    shard.cell_version = result.lsn.value();
    shard.machine.OnCommitted(assignment.lane);
    if (!shard.machine.failing()) mapping.last_result = "OK";
    return StartCommits(assignment.mapping, assignment.shard);
  }
  if (result.status.Is(ErrorCode::kFenced)) {
    shard.problem = Status(ErrorCode::kFenced, "another server has taken over this shard");
    mapping.last_result = "PROBLEM: " + shard.problem.message();
    if (function != nullptr) Log(function, "[millrace] " + shard.problem.message());
    return;
  }
  const Status cause = CauseOf(result);
  // The dead letters' own commit says nothing of the batch either.
  const bool given_up = shard.machine.committing_given_up(assignment.lane);
  FailBatch(function, assignment, !given_up && !IsSetback(cause.code()),
            std::string(InfoOf(cause.code()).name), cause.message());
}

// A commit of the checkpoint alone: of batches without writes, or of a quiet table.
void Broker::StartCheckpoint(const std::shared_ptr<MappingRun>& mapping, size_t index, bool force) {
  ShardRun& shard = mapping->shards[index];
  if (mapping->paused || shard.idle_commit || !shard.problem.ok()) return;
  std::optional<Checkpoint> checkpoint =
      shard.machine.FoldedCheckpoint(clock_->MonotonicNanos(), force);
  // The log isn't kept for a shard that has ended, so its checkpoint must not stay behind.
  if (!checkpoint) {
    checkpoint =
        shard.machine.IdleCheckpoint(shard.ended() ? 1 : kIdleCommits, clock_->MonotonicNanos());
  }
  if (!checkpoint) return;
  shard.idle_commit = true;
  CommitRequest request;
  request.cells.push_back({shard.cell_key, shard.cell_version, EncodeCheckpoint(*checkpoint)});
  ++commits_in_flight_;
  database_->Commit(std::move(request), &inbox_,
                    [this, mapping, index, next = *checkpoint](const CommitResult& result) {
                      --commits_in_flight_;
                      if (mapping->detached) return;
                      ShardRun& run = mapping->shards[index];
                      run.idle_commit = false;
                      if (result.status.Is(ErrorCode::kFenced)) run.problem = result.status;
                      if (!result.status.ok()) {
                        return run.machine.OnCheckpointFailed(clock_->MonotonicNanos());
                      }
                      run.cell_version = result.lsn.value();
                      run.machine.OnIdleCommitted(next);
                      StartCommits(mapping, index);
                    });
}

}  // namespace millrace
