#include "triggers/redrive.h"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/base/fault_point.h"
#include "triggers/delivery_outcome.h"
#include "triggers/job_commit.h"
#include "triggers/reply_writes.h"
#include "triggers/trigger_types.h"

namespace millrace {
namespace {

constexpr size_t kPageLetters = 500;
constexpr size_t kHeldBackMax = 100'000;  // keys; then something is wrong with the function

}  // namespace

Redrive::Outcome Redrive::Fail(std::string type, std::string message) const {
  return {Status::Ok(), std::move(type), std::move(message)};
}

Status Redrive::Run() {
  if (!spec_.sequence_number.empty()) {
    ASSIGN_OR_RETURN(DeadLetter letter,
                     ReadDeadLetter(*database_, spec_.table, spec_.mapping, spec_.sequence_number));
    job_->Update([](JobDescription* job) { job->records_total = 1; });
    return RunOne(letter);
  }
  ASSIGN_OR_RETURN(const DeadLetterCount count,
                   CountDeadLetters(*database_, spec_.table, spec_.mapping));
  job_->Update([&count](JobDescription* job) { job->records_total = count.count; });
  std::string after;
  do {
    ASSIGN_OR_RETURN(DeadLetterPage page,
                     ReadDeadLetters(*database_, spec_.table, spec_.mapping, after, kPageLetters));
    // What came since the start is for the next redrive: a function that fails would never end it.
    while (!page.letters.empty() && page.letters.back().sequence_number > count.last) {
      page.letters.pop_back();
      page.next.clear();
    }
    RETURN_IF_ERROR(RunLetters(page.letters));
    after = page.next;
  } while (!after.empty() && !job_->stopped());
  return Status::Ok();
}

// A batch is of one shard, as every delivery is.
Status Redrive::RunLetters(const std::vector<DeadLetter>& letters) {
  std::map<std::string_view, Letters> shards;
  for (const DeadLetter& letter : letters) {
    if (!letter.intact()) {
      RETURN_IF_ERROR(RunOne(letter));
      continue;
    }
    shards[letter.shard_id].push_back(&letter);
  }
  for (const auto& [shard, of_shard] : shards) {
    Letters batch;
    size_t bytes = 0;
    for (const DeadLetter* letter : of_shard) {
      const bool full = batch.size() >= spec_.batch_size ||
                        (!batch.empty() && bytes + letter->record.size() > kBatchBytesMax);
      if (full) {
        RETURN_IF_ERROR(RunBatch(std::exchange(batch, {})));
        bytes = 0;
      }
      if (job_->stopped()) return Status::Ok();
      batch.push_back(letter);
      bytes += letter->record.size();
    }
    RETURN_IF_ERROR(RunBatch(batch));
  }
  return Status::Ok();
}

Status Redrive::RunBatch(const Letters& given) {
  Letters letters;
  for (const DeadLetter* letter : given) {
    if (!IsHeldBack(*letter)) letters.push_back(letter);
  }
  if (letters.empty() || job_->stopped()) return Status::Ok();
  if (letters.size() == 1) return RunOne(*letters[0]);
  const Outcome outcome = Deliver(letters);
  RETURN_IF_ERROR(outcome.status);
  if (outcome.ok()) {
    job_->Update([&letters](JobDescription* job) { job->records_done += letters.size(); });
    return Status::Ok();
  }
  for (const DeadLetter* letter : letters) {
    if (job_->stopped()) return Status::Ok();
    if (!IsHeldBack(*letter)) RETURN_IF_ERROR(RunOne(*letter));
  }
  return Status::Ok();
}

bool Redrive::IsHeldBack(const DeadLetter& letter) {
  if (held_back_.count(letter.view().key_hash()) == 0) return false;
  job_->Update([](JobDescription* job) { ++job->records_skipped; });
  return true;
}

Status Redrive::RunOne(const DeadLetter& letter) {
  const Outcome outcome =
      letter.intact() ? Deliver({&letter})
                      : Fail("Runtime.DamagedDeadLetter", "its record is missing or damaged");
  RETURN_IF_ERROR(outcome.status);
  if (outcome.ok()) {
    job_->Update([](JobDescription* job) { ++job->records_done; });
    return Status::Ok();
  }
  if (job_->stopped()) return Status::Ok();  // it was not tried
  RETURN_IF_ERROR(
      NoteFailure(database_, spec_.table, letter, outcome.error_type, outcome.error_message));
  if (letter.intact()) held_back_.insert(letter.view().key_hash());
  job_->Update([&](JobDescription* job) {
    ++job->records_failed;
    job->message =
        letter.sequence_number + ": " + outcome.error_type + ": " + outcome.error_message;
  });
  if (held_back_.size() < kHeldBackMax) return Status::Ok();
  return Status(ErrorCode::kServiceUnavailable,
                "Records of " + std::to_string(kHeldBackMax) + " keys have failed again.");
}

Redrive::Outcome Redrive::Deliver(const Letters& letters) {
  const auto records = std::make_shared<RecordsBuffer>(letters.size());
  uint16_t hops = 0;
  for (const DeadLetter* letter : letters) {
    records->Append(letter->view());
    hops = std::max(hops, letter->view().hop_count());
  }
  InvokeFrame frame;
  frame.idempotency_key =
      IdempotencyKeyOf("redrive/" + spec_.mapping, letters[0]->shard_id,
                       letters.front()->view().position(), letters.back()->view().position());
  frame.event_source_arn = letters[0]->event_source_arn;
  frame.table_name = spec_.source_table;
  frame.shard_id = letters[0]->shard_id;
  Result<ReplyFrame> reply = session_->Invoke(std::move(frame), records);
  if (!reply.ok()) return {job_->stopped() ? Status::Ok() : reply.status(), "Stopped", ""};
  if (!reply->ok()) return Fail(std::move(reply->error_type), std::move(reply->error_message));
  if (!reply->failed_records.empty()) {
    return Fail("Runtime.PartialFailure", "the function reported that the record failed");
  }
  if (hops + 1u > spec_.hop_limit && !reply->writes.empty()) {
    return Fail("Runtime.RecursionLimit", "handlers' writes have caused handlers' writes " +
                                              std::to_string(spec_.hop_limit) + " times");
  }
  Result<HandlerWrites> writes = MakeWrites(
      reply->writes, [this](std::string_view name) { return database_->FindTable(name); });
  if (!writes.ok()) {
    return Fail(std::string(InfoOf(writes.status().code()).name), writes.status().message());
  }
  return Commit(letters, std::move(writes).value());
}

Redrive::Outcome Redrive::Commit(const Letters& letters, HandlerWrites writes) {
  const size_t effects = writes.requests.size();
  uint16_t hops = 0;
  for (const DeadLetter* letter : letters) {
    const Status status = AppendRemoval(spec_.table, *letter, &writes.requests);
    if (!status.ok()) return {status, "", ""};
    hops = std::max(hops, letter->view().hop_count());
  }
  CommitRequest request;
  request.writes = std::move(writes.requests);
  request.origin.principal = "function:" + session_->cell().spec.name;
  request.origin.request_id = job_->Describe().id;
  request.origin.causation = letters.back()->view().position();
  request.origin.hop_count = static_cast<uint16_t>(hops + 1);
  MILLRACE_FAULT_POINT("triggers.before_redrive_commit");
  const CommitResult result = CommitPatiently(database_, request, *job_);
  MILLRACE_FAULT_POINT("triggers.after_redrive_commit");
  if (result.status.ok()) {
    job_->Update([effects](JobDescription* job) { job->writes += effects; });
    return {};
  }
  const Status cause = CauseOf(result);
  if (EndsJob(cause.code())) return {job_->stopped() ? Status::Ok() : cause, "Stopped", ""};
  return Fail(std::string(InfoOf(cause.code()).name), cause.message());
}

}  // namespace millrace
