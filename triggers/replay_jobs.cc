// HandlerJobs: from a request for a replay to the job.
#include <algorithm>
#include <utility>

#include "engine/base/random.h"
#include "streams/stream_names.h"
#include "triggers/handler_jobs.h"

namespace millrace {
namespace {

// Of the doubles of a comparison; they are deleted at its end.
constexpr std::string_view kTemporaryPrefix = "millrace.compare-";

Status Invalid(std::string message) {
  return Status(ErrorCode::kInvalidParameterValue, std::move(message));
}

Result<Position> PlaceOf(const std::string& sequence_number) {
  const std::optional<Position> position = ParseSequenceNumber(sequence_number);
  if (position) return *position;
  return Invalid("'" + sequence_number + "' is not a sequence number.");
}

}  // namespace

Status HandlerJobs::ResolveRange(const ReplayRequest& request, ReplaySpec* spec) const {
  const Lsn oldest = std::max(database_->log()->first_lsn(), spec->table->created_lsn);
  const bool complete = oldest == spec->table->created_lsn;
  spec->from = oldest;
  spec->to = database_->applied_lsn();
  if (request.from.micros) {
    spec->from_micros = *request.from.micros;
    ASSIGN_OR_RETURN(const Lsn at, database_->log()->FindTime(spec->from_micros));
    spec->from = std::max(oldest, at);
    if (!complete && at <= oldest) {
      // The log begins later than what was asked for.
      return Invalid(
          "The log no longer reaches back to that time: replay from what there is "
          "(--from oldest).");
    }
  }
  if (!request.from.sequence_number.empty()) {
    ASSIGN_OR_RETURN(spec->from_position, PlaceOf(request.from.sequence_number));
    if (spec->from_position.lsn < oldest && !complete) {
      return Invalid("The log no longer has the record " + request.from.sequence_number +
                     ": replay from what there is (--from oldest).");
    }
    spec->from = std::max(oldest, spec->from_position.lsn);
  }
  if (request.to.micros) {
    spec->to_micros = *request.to.micros;
    // Commit times don't fall: nothing later than the first commit after it can belong.
    ASSIGN_OR_RETURN(const Lsn after, database_->log()->FindTime(spec->to_micros + 1));
    spec->to = std::min(spec->to, after);
  }
  if (!request.to.sequence_number.empty()) {
    ASSIGN_OR_RETURN(spec->to_position, PlaceOf(request.to.sequence_number));
    spec->to = std::min(spec->to, spec->to_position.lsn);
  }
  return Status::Ok();
}

Status HandlerJobs::ResolveTables(const ReplayRequest& request, ReplaySpec* spec) const {
  ReplayTablesSpec& tables = spec->tables;
  tables.diverts = request.mode != ReplayMode::kPrint;
  if (request.mode == ReplayMode::kPrint && !request.tables.empty()) {
    return Invalid("Nothing is diverted when writes are printed: name no tables.");
  }
  if (request.mode == ReplayMode::kInto && request.prefix.empty() && request.tables.empty()) {
    return Invalid("A prefix or the names of tables are needed for the writes to go into.");
  }
  tables.prefix = request.prefix;
  if (request.mode == ReplayMode::kCompare) {
    tables.temporary = true;
    tables.prefix = std::string(kTemporaryPrefix) + NewUuid().substr(0, 8) + "-";
  }
  for (const auto& [name, other] : request.tables) {
    if (other.empty() && tables.prefix.empty()) {
      return Invalid("No table is named that " + name + " is diverted to.");
    }
    tables.names.emplace_back(name, other.empty() ? tables.prefix + name : other);
  }
  return Status::Ok();
}

Result<ReplaySpec> HandlerJobs::ResolveReplay(const ReplayRequest& request) const {
  ReplaySpec spec;
  spec.mode = request.mode;
  spec.without_old_images = request.without_old_images;
  spec.batch_size = request.batch_size.value_or(kBatchSizeDefault);
  if (spec.batch_size < 1 || spec.batch_size > kBatchSizeMax) {
    return Invalid("The batch size must be from 1 to " + std::to_string(kBatchSizeMax) + ".");
  }
  spec.table = database_->FindTable(request.table);
  if (spec.table == nullptr) {
    return Status(ErrorCode::kResourceNotFound,
                  "Requested resource not found: Table: " + request.table + " not found");
  }
  if (!spec.table->streams.empty()) {
    spec.event_source_arn =
        StreamArn(options_->scope, request.table, spec.table->streams.back().label);
  }
  RETURN_IF_ERROR(ResolveRange(request, &spec));
  RETURN_IF_ERROR(ResolveTables(request, &spec));
  return spec;
}

void HandlerJobs::RemoveLeftovers() {
  for (const JobDescription& job : jobs_.List()) {
    if (job.kind == "replay" && job.ended_micros == 0) return;
  }
  for (const TableRef& table : database_->Tables()) {
    if (table->spec.name.rfind(kTemporaryPrefix, 0) == 0) {
      static_cast<void>(database_->DeleteTable(table->spec.name));
    }
  }
}

// A table that turns out to be read and written is diverted from the start: once more, with it.
Status HandlerJobs::RunReplay(const FunctionCell& function, ReplaySpec spec, ReaderPins::Hold* kept,
                              Job* job) {
  for (;;) {
    ReplayTables tables(database_, spec.tables);
    HandlerSession::Callbacks callbacks = CallbacksFor(function.spec.name, *job);
    callbacks.get = [&tables](const GetFrame& get) { return tables.Read(get); };
    HandlerSession session(spawner_, clock_, function, std::move(callbacks));
    Status status = Replay(database_, &session, &tables, spec, kept, job).Run();
    const std::string& name = tables.read_before_written();
    if (status.ok() || name.empty() || !tables.may_begin_again() || !tables.Discard()) {
      return status;
    }
    spec.tables.names.emplace_back(name, spec.tables.prefix + name);
    job->Update([](JobDescription* description) {
      description->records_done = 0;
      description->records_failed = 0;
      description->writes = 0;
    });
  }
}

Result<JobDescription> HandlerJobs::StartReplay(const ReplayRequest& request) {
  if (!options_->sandbox.ok()) {
    return Status(ErrorCode::kUnavailable,
                  "Handlers cannot be sandboxed here: " + options_->sandbox.message());
  }
  ASSIGN_OR_RETURN(const FunctionCell function, FindFunction(request.function));
  // First, so that what is found there stays.
  auto kept = std::make_shared<ReaderPins::Hold>(
      &log_readers_, LogPin{"a replay of " + request.table, database_->log()->first_lsn()});
  ASSIGN_OR_RETURN(const ReplaySpec spec, ResolveReplay(request));
  kept->Advance(spec.from);
  RemoveLeftovers();
  JobDescription description;
  description.kind = "replay";
  description.function = function.spec.name;
  description.source = request.table;
  return jobs_.Start(std::move(description),
                     [this, function, spec, kept = std::move(kept)](Job* job) mutable {
                       // Let go before the job is seen to have ended.
                       const std::shared_ptr<ReaderPins::Hold> own = std::move(kept);
                       return RunReplay(function, spec, own.get(), job);
                     });
}

}  // namespace millrace
