#include "triggers/replay.h"

#include <algorithm>
#include <utility>

#include "streams/retention.h"
#include "streams/stream_names.h"
#include "triggers/delivery_outcome.h"
#include "triggers/job_commit.h"
#include "triggers/reply_writes.h"
#include "triggers/trigger_types.h"

namespace millrace {
namespace {

constexpr uint64_t kReadCommits = 20'000;  // of the log, between two looks at whether it is stopped
constexpr size_t kDifferencesShown = 20;

bool HasOldImages(StreamViewType view) {
  return view == StreamViewType::kOldImage || view == StreamViewType::kNewAndOldImages;
}

}  // namespace

Replay::Replay(Database* database, HandlerSession* session, ReplayTables* tables, ReplaySpec spec,
               ReaderPins::Hold* kept, Job* job)
    : database_(database),
      session_(session),
      tables_(tables),
      spec_(std::move(spec)),
      kept_(kept),
      job_(job),
      shards_(kShardCount) {}

// Handlers of a stream without old images are given none at any time.
Status Replay::CheckOldImage(const Table& table, RecordView record) {
  if (!record.existed() || !record.old_image().empty()) return Status::Ok();
  const StreamWindow* stream = table.OpenStream();
  if (stream != nullptr && !HasOldImages(stream->view)) return Status::Ok();
  const std::string& name = table.spec.name;
  return Status(ErrorCode::kInvalidParameterValue,
                "The record " + SequenceNumberOf(record.position()) + " of " + name +
                    " has no old image, which the function may read: it was written while none "
                    "was stored. To store them from now on: millrace table update " +
                    name +
                    " --stream NEW_AND_OLD_IMAGES. To replay what there is, without them: add "
                    "--without-old-images.");
}

Status Replay::Run() {
  RETURN_IF_ERROR(tables_->Prepare());
  job_->Update([this](JobDescription* job) {
    job->position_total = spec_.to < spec_.from ? 0 : spec_.to.value() - spec_.from.value() + 1;
  });
  TableFeed feed(database_->log(), spec_.table->id, spec_.from);
  const Status read = ReadAll(&feed);
  const bool overtaken = read.Is(ErrorCode::kTrimmedDataAccess);
  if (!overtaken) RETURN_IF_ERROR(read);
  for (uint32_t shard = 0; shard < shards_.size(); ++shard) RETURN_IF_ERROR(RunBatch(shard));
  if (overtaken) return Overtaken(feed.position());
  kept_->Advance(feed.position());  // nothing can make it begin again now
  if (spec_.mode != ReplayMode::kCompare || job_->stopped()) return Status::Ok();
  return tables_->Compare(job_, kDifferencesShown);
}

Status Replay::ReadAll(TableFeed* feed) {
  while (feed->position() <= spec_.to && !job_->stopped()) {
    const Lsn limit(std::min(spec_.to.value(), feed->position().value() + kReadCommits));
    for (;;) {
      ASSIGN_OR_RETURN(const std::optional<FeedRecord> record, feed->Next(limit));
      NotePosition(feed->position());
      if (!record || job_->stopped()) break;
      RETURN_IF_ERROR(Take(*record));
    }
  }
  return Status::Ok();
}

void Replay::NotePosition(Lsn position) {
  if (!tables_->may_begin_again()) kept_->Advance(position);
  job_->Update(
      [&](JobDescription* job) { job->position_done = position.value() - spec_.from.value(); });
}

Status Replay::Overtaken(Lsn position) const {
  constexpr int64_t kMicrosOfADay = 24 * int64_t{3'600'000'000};
  const RetentionOptions bounds;
  const Lsn through = std::min(Lsn(database_->log()->first_lsn().value() - 1), spec_.to);
  return Status(ErrorCode::kTrimmedDataAccess,
                "The trimming of the log has overtaken the replay: what commits " +
                    std::to_string(position.value()) + " to " + std::to_string(through.value()) +
                    " changed in " + spec_.table->spec.name +
                    " is gone from the log, unread. What came before was given to the function. "
                    "The log is kept for a replay, up to " +
                    std::to_string(bounds.pin_age_micros_max / kMicrosOfADay) + " days or " +
                    std::to_string(bounds.pin_log_bytes_max >> 30) +
                    " GB. To replay what is left: --from oldest.");
}

Status Replay::Take(const FeedRecord& record) {
  const RecordView view = record.record;
  const int64_t time = view.commit_time_micros();
  if (time < spec_.from_micros || time > spec_.to_micros || view.position() < spec_.from_position ||
      spec_.to_position < view.position()) {
    return Status::Ok();
  }
  if (!spec_.without_old_images) RETURN_IF_ERROR(CheckOldImage(*spec_.table, view));
  const uint32_t index = record.shard.value();
  std::shared_ptr<RecordsBuffer>& records = shards_[index].records;
  const bool full =
      records != nullptr &&
      (records->count() >= spec_.batch_size ||
       (!records->empty() && records->bytes() + view.bytes().size() > kBatchBytesMax));
  if (full) RETURN_IF_ERROR(RunBatch(index));
  if (records == nullptr) records = std::make_shared<RecordsBuffer>(spec_.batch_size);
  records->Append(view);
  return Status::Ok();
}

Status Replay::RunBatch(uint32_t shard) {
  const std::shared_ptr<RecordsBuffer> records = std::exchange(shards_[shard].records, nullptr);
  if (records == nullptr || job_->stopped()) return Status::Ok();
  bool failed = false;
  RETURN_IF_ERROR(Deliver(records, shard, &failed, records->count() == 1));
  if (!failed || records->count() == 1) return Status::Ok();
  for (size_t i = 0; i < records->count() && !job_->stopped(); ++i) {
    const auto one = std::make_shared<RecordsBuffer>(1);
    one->Append(records->record(i));
    RETURN_IF_ERROR(Deliver(one, shard, &failed, true));
  }
  return Status::Ok();
}

void Replay::NoteFailure(const RecordsBuffer& records, std::string message) {
  const std::string number = SequenceNumberOf(records.record(records.count() - 1).position());
  job_->Update([&](JobDescription* job) {
    job->records_failed += records.count();
    job->message = number + ": " + message;
  });
  JobLine line;
  line.kind = JobLine::Kind::kError;
  line.sequence_number = number;
  line.message = std::move(message);
  job_->Say(std::move(line));
}

Status Replay::Deliver(const std::shared_ptr<RecordsBuffer>& records, uint32_t shard, bool* failed,
                       bool last_attempt) {
  const RecordView first = records->record(0);
  const RecordView last = records->record(records->count() - 1);
  InvokeFrame frame;
  frame.shard_id = "shard-" + std::to_string(shard);
  if (const StreamWindow* stream = spec_.table->OpenStream()) {
    frame.shard_id = ShardIdOf(*spec_.table, *stream, ShardIndex(shard));
  }
  frame.idempotency_key = IdempotencyKeyOf("replay/" + job_->Describe().id, frame.shard_id,
                                           first.position(), last.position());
  frame.event_source_arn = spec_.event_source_arn;
  frame.table_name = spec_.table->spec.name;
  Result<ReplyFrame> reply = session_->Invoke(std::move(frame), records);
  if (!reply.ok()) return job_->stopped() ? Status::Ok() : reply.status();
  std::string error;
  if (!reply->ok()) {
    error = reply->error_type + ": " + reply->error_message;
  } else if (!reply->failed_records.empty()) {
    error = "Runtime.PartialFailure: the function reported that records failed";
  } else {
    const size_t writes = reply->writes.size();
    RETURN_IF_ERROR(Divert(std::move(reply->writes), last, &error));
    if (error.empty()) {
      job_->Update([&](JobDescription* job) {
        job->writes += writes;
        job->records_done += records->count();
      });
    }
  }
  *failed = !error.empty();
  if (*failed && last_attempt) NoteFailure(*records, std::move(error));
  return Status::Ok();
}

Status Replay::Print(const std::vector<TableWrite>& writes, RecordView last) {
  for (const TableWrite& write : writes) {
    JobLine line;
    line.sequence_number = SequenceNumberOf(last.position());
    line.table = write.table_name;
    line.write = write;
    if (!job_->Say(std::move(line))) return Status::Ok();
  }
  return Status::Ok();
}

// `error`: what the function's writes are refused for, as they would be live.
Status Replay::Divert(std::vector<TableWrite> writes, RecordView last, std::string* error) {
  if (writes.empty()) return Status::Ok();
  if (spec_.mode == ReplayMode::kPrint) {
    const auto live = [this](std::string_view name) { return database_->FindTable(name); };
    if (const Status status = MakeWrites(writes, live).status(); !status.ok()) {
      *error = status.ToString();
    }
    return error->empty() ? Print(writes, last) : Status::Ok();
  }
  Status refused;
  Result<HandlerWrites> made = MakeWrites(writes, [&](std::string_view name) -> TableRef {
    Result<TableRef> table = tables_->ForWrites(name);
    if (table.ok()) return *table;
    if (!table.status().Is(ErrorCode::kResourceNotFound)) refused = table.status();
    return nullptr;
  });
  RETURN_IF_ERROR(refused);
  if (!made.ok()) {
    *error = made.status().ToString();
    return Status::Ok();
  }
  CommitRequest request;
  request.writes = std::move(made->requests);
  request.origin.principal = "replay:" + session_->cell().spec.name;
  request.origin.request_id = job_->Describe().id;
  request.origin.causation = last.position();
  const CommitResult result = CommitPatiently(database_, request, *job_);
  if (result.status.ok()) return Status::Ok();
  const Status cause = CauseOf(result);
  if (EndsJob(cause.code())) return job_->stopped() ? Status::Ok() : cause;
  *error = cause.ToString();
  return Status::Ok();
}

}  // namespace millrace
