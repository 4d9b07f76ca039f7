#include "triggers/handler_jobs.h"

#include <algorithm>
#include <utility>

#include "streams/stream_names.h"
#include "triggers/dead_letters.h"
#include "triggers/read_pool.h"
#include "triggers/redrive.h"
#include "triggers/trigger_specs.h"

namespace millrace {
namespace {

constexpr size_t kDeletedAtOnce = 100;  // letters of one commit

Status Invalid(std::string message) {
  return Status(ErrorCode::kInvalidParameterValue, std::move(message));
}

}  // namespace

HandlerJobs::HandlerJobs(Database* database, Spawner* spawner, const Clock* clock,
                         const TriggerOptions* options, Broker* broker)
    : database_(database),
      spawner_(spawner),
      clock_(clock),
      options_(options),
      broker_(broker),
      jobs_(clock) {}

Result<HandlerJobs::Found> HandlerJobs::Find(const DeadLetterScope& scope) const {
  Found found;
  const bool called = broker_->Call([&] {
    const auto at = broker_->mappings().find(scope.mapping);
    if (at != broker_->mappings().end()) found.mapping = at->second->cell;
  });
  if (!called) return Status(ErrorCode::kUnavailable, "The server is stopping.");
  std::string name = scope.table;
  if (name.empty() && !found.mapping) {
    return Status(ErrorCode::kResourceNotFound,
                  "There is no mapping " + scope.mapping +
                      ". Of one that was deleted, name the table of its dead letters too.");
  }
  if (name.empty()) name = found.mapping->spec.dead_letter_table;
  if (name.empty()) {
    return Invalid("The mapping " + scope.mapping +
                   " has no dead-letter table: DestinationConfig names none.");
  }
  found.table = database_->FindTable(name);
  if (found.table == nullptr) {
    return Status(ErrorCode::kResourceNotFound,
                  "Requested resource not found: Table: " + name + " not found");
  }
  if (!(found.table->spec.schema == DeadLetterSchema())) {
    return Invalid("The table " + name + " is none of dead letters: its key is another.");
  }
  return found;
}

Result<FunctionCell> HandlerJobs::FindFunction(std::string_view name) const {
  std::optional<FunctionCell> cell;
  const bool called = broker_->Call([&] {
    const FunctionRun* function = broker_->FindFunction(FunctionNameOf(name));
    if (function != nullptr) cell = function->cell;
  });
  if (!called) return Status(ErrorCode::kUnavailable, "The server is stopping.");
  if (cell) return std::move(*cell);
  return Status(ErrorCode::kResourceNotFound,
                "Function not found: " + FunctionArn(options_->scope, FunctionNameOf(name)));
}

HandlerSession::Callbacks HandlerJobs::CallbacksFor(const std::string& function,
                                                    const Job& job) const {
  HandlerSession::Callbacks callbacks;
  const std::shared_ptr<FunctionLog> log = broker_->logs().Find(function);
  const std::string prefix = "[" + job.Describe().id + "] ";
  callbacks.print = [this, log, prefix](std::string_view line) {
    if (log != nullptr) log->Add(clock_->WallMicros(), prefix + std::string(line));
  };
  callbacks.get = [this](const GetFrame& get) { return *AnswerGet(*database_, get, false); };
  callbacks.stop_fd = job.stop_fd();
  return callbacks;
}

Result<JobDescription> HandlerJobs::StartRedrive(const RedriveRequest& request) {
  if (!options_->sandbox.ok()) {
    return Status(ErrorCode::kUnavailable,
                  "Handlers cannot be sandboxed here: " + options_->sandbox.message());
  }
  if (request.batch_size && (*request.batch_size < 1 || *request.batch_size > kBatchSizeMax)) {
    return Invalid("The batch size must be from 1 to " + std::to_string(kBatchSizeMax) + ".");
  }
  ASSIGN_OR_RETURN(const Found found, Find(request.letters));
  if (request.function.empty() && !found.mapping) {
    return Invalid("The mapping " + request.letters.mapping +
                   " is gone: name the function that is to handle its dead letters.");
  }
  ASSIGN_OR_RETURN(
      FunctionCell function,
      FindFunction(request.function.empty() ? found.mapping->spec.function : request.function));
  RedriveSpec spec;
  spec.table = found.table;
  spec.mapping = request.letters.mapping;
  spec.sequence_number = request.sequence_number;
  spec.hop_limit = options_->hop_limit;
  if (found.mapping) {
    spec.source_table = found.mapping->table_name;
    spec.batch_size = found.mapping->spec.batch_size;
  }
  spec.batch_size = request.batch_size.value_or(spec.batch_size);
  if (!spec.sequence_number.empty()) {
    RETURN_IF_ERROR(
        ReadDeadLetter(*database_, spec.table, spec.mapping, spec.sequence_number).status());
  }
  JobDescription description;
  description.kind = "redrive";
  description.function = function.spec.name;
  description.source = spec.mapping;
  return jobs_.Start(std::move(description), [this, function, spec](Job* job) {
    HandlerSession session(spawner_, clock_, function, CallbacksFor(function.spec.name, *job));
    return Redrive(database_, &session, spec, job).Run();
  });
}

Result<JobDescription> HandlerJobs::DescribeJob(std::string_view id) const {
  const std::shared_ptr<Job> job = jobs_.Find(id);
  if (job != nullptr) return job->Describe();
  return Status(ErrorCode::kResourceNotFound, "There is no job " + std::string(id) + ".");
}

Result<JobDescription> HandlerJobs::StopJob(std::string_view id) {
  const std::shared_ptr<Job> job = jobs_.Find(id);
  if (job != nullptr) job->Stop();
  return DescribeJob(id);
}

Result<JobOutput> HandlerJobs::ReadOutput(std::string_view id, uint64_t cursor, size_t limit) {
  const std::shared_ptr<Job> job = jobs_.Find(id);
  if (job != nullptr) return job->Read(cursor, limit);
  return Status(ErrorCode::kResourceNotFound, "There is no job " + std::string(id) + ".");
}

Result<DeadLetterPage> HandlerJobs::ListDeadLetters(const DeadLetterScope& scope,
                                                    std::string_view after, size_t limit) const {
  ASSIGN_OR_RETURN(const Found found, Find(scope));
  return ReadDeadLetters(*database_, found.table, scope.mapping, after, limit);
}

Result<DeadLetter> HandlerJobs::GetDeadLetter(const DeadLetterScope& scope,
                                              std::string_view sequence_number) const {
  ASSIGN_OR_RETURN(const Found found, Find(scope));
  return ReadDeadLetter(*database_, found.table, scope.mapping, sequence_number);
}

Result<uint64_t> HandlerJobs::DeleteLetters(const TableRef& table,
                                            const std::vector<DeadLetter>& letters) {
  CommitRequest request;
  for (const DeadLetter& letter : letters) {
    RETURN_IF_ERROR(AppendRemoval(table, letter, &request.writes));
  }
  for (WriteRequest& write : request.writes) write.condition.reset();
  if (request.writes.empty()) return uint64_t{0};
  RETURN_IF_ERROR(database_->CommitAndWait(std::move(request)).status);
  return uint64_t{letters.size()};
}

Result<uint64_t> HandlerJobs::DeleteDeadLetters(const DeadLetterScope& scope,
                                                const std::vector<std::string>& sequence_numbers) {
  ASSIGN_OR_RETURN(const Found found, Find(scope));
  uint64_t deleted = 0;
  if (!sequence_numbers.empty()) {
    for (const std::string& number : sequence_numbers) {
      ASSIGN_OR_RETURN(DeadLetter letter,
                       ReadDeadLetter(*database_, found.table, scope.mapping, number));
      std::vector<DeadLetter> one;
      one.push_back(std::move(letter));
      ASSIGN_OR_RETURN(const uint64_t count, DeleteLetters(found.table, one));
      deleted += count;
    }
    return deleted;
  }
  ASSIGN_OR_RETURN(const DeadLetterCount count,
                   CountDeadLetters(*database_, found.table, scope.mapping));
  std::string after;
  do {
    ASSIGN_OR_RETURN(DeadLetterPage page, ReadDeadLetters(*database_, found.table, scope.mapping,
                                                          after, kDeletedAtOnce));
    while (!page.letters.empty() && page.letters.back().sequence_number > count.last) {
      page.letters.pop_back();
      page.next.clear();
    }
    ASSIGN_OR_RETURN(const uint64_t gone, DeleteLetters(found.table, page.letters));
    deleted += gone;
    after = page.next;
  } while (!after.empty());
  return deleted;
}

}  // namespace millrace
