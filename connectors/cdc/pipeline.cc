#include "connectors/cdc/pipeline.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/fault_point.h"
#include "engine/keys.h"

namespace millrace {
namespace {

constexpr uint64_t kStepBytes = uint64_t{4} << 20;  // of the log, in one step
constexpr int kStepRecords = 4096;
// The cursor of a table to which nobody writes follows the log this often, so that it doesn't hold
// the log for ever, and only if that is worth a commit.
constexpr int64_t kIdleCommitNanos = int64_t{60} * 1'000'000'000;
constexpr uint64_t kIdleCommits = 64;

}  // namespace

Pipeline::Pipeline(const Parts& parts, PipelineDefinition definition, CdcProgress progress,
                   uint64_t version)
    : parts_(parts),
      definition_(std::move(definition)),
      progress_(std::move(progress)),
      version_(version),
      envelope_(parts.region, definition_.spec.table, definition_.table, definition_.view),
      directory_(parts.file_system, definition_.spec.directory),
      roll_(definition_.spec.roll_bytes, definition_.spec.roll_seconds),
      table_(parts.database->FindTable(definition_.table)),
      idle_since_nanos_(parts.clock->MonotonicNanos()) {
  read_to_ = state().cursor;
  frontier_ = state().frontier;
}

void Pipeline::Change(const PipelineSpec& spec) {
  definition_.spec = spec;
  roll_.Change(spec.roll_bytes, spec.roll_seconds);
}

void Pipeline::Abandon() {
  file_.reset();
  roll_.Closed();
  feed_.reset();
  page_.reset();
  next_item_ = 0;
  read_to_ = state().cursor;
  frontier_ = state().frontier;
  // An intent needs the file.
  if (!progress_.pending.has_value()) directory_.RemoveOpenFile();
}

Status Pipeline::Reload() {
  ASSIGN_OR_RETURN(const std::optional<Cell> cell,
                   parts_.database->ReadCell(CdcProgressCellKey(definition_.id)));
  if (!cell.has_value()) {
    return Status(ErrorCode::kResourceNotFound, "The pipeline was deleted.");
  }
  ASSIGN_OR_RETURN(progress_, DecodeProgressCell(cell->value));
  version_ = cell->version;
  Abandon();
  return Status::Ok();
}

Pipeline::Turn Pipeline::WaitAfter(Lsn read_to) const {
  return {false, read_to, roll_.deadline_nanos()};
}

Result<Pipeline::Turn> Pipeline::Step() {
  constexpr Turn kMore{true, {}, INT64_MAX};
  if (progress_.pending.has_value()) {
    RETURN_IF_ERROR(FinishPending(false));
    read_to_ = state().cursor;
    frontier_ = state().frontier;
    return kMore;
  }
  if (state().manifest_bytes == 0) {
    ManifestHeader header;
    header.name = definition_.spec.name;
    header.id = definition_.id;
    header.region = parts_.region;
    header.table_name = definition_.spec.table;
    header.table = definition_.table;
    header.table_uuid = definition_.table_uuid;
    header.view = definition_.view;
    header.snapshot = definition_.spec.snapshot;
    header.through = definition_.start_after;
    header.created_micros = definition_.created_micros;
    RETURN_IF_ERROR(AppendLine(header, state()));
    return kMore;
  }
  if (state().ended) return Turn{false, Lsn(UINT64_MAX), INT64_MAX};
  return state().snapshot == SnapshotPhase::kRunning ? SnapshotStep() : StreamStep();
}

// The commit that deleted the table. `applied` was read before.
std::optional<Lsn> Pipeline::TableEnd(Lsn applied) {
  TableRef now = parts_.database->FindTable(definition_.table);
  if (now == nullptr) return applied;  // deleted so long ago that it is forgotten
  table_ = std::move(now);
  return table_->deleted_lsn;
}

Result<Pipeline::Turn> Pipeline::StreamStep() {
  const Lsn applied = parts_.database->applied_lsn();
  const std::optional<Lsn> end = TableEnd(applied);
  const Lsn limit = end.has_value() ? std::min(applied, *end) : applied;
  ASSIGN_OR_RETURN(const bool caught_up, ReadTo(limit));
  if (!caught_up) return Turn{true, {}, INT64_MAX};
  if (end.has_value() && applied >= *end) {
    if (file_ != nullptr) RETURN_IF_ERROR(Seal(limit));
    CdcState after = state();
    after.ended = true;
    RETURN_IF_ERROR(AppendNote(ManifestNote::Kind::kEnd, std::max(limit, state().cursor), after));
    return Turn{true, {}, INT64_MAX};
  }
  if (file_ != nullptr && roll_.Due(parts_.clock->MonotonicNanos())) RETURN_IF_ERROR(Seal(limit));
  if (file_ == nullptr) RETURN_IF_ERROR(CommitIdle());
  return WaitAfter(limit);
}

Result<Pipeline::Turn> Pipeline::SnapshotStep() {
  constexpr Turn kMore{true, {}, INT64_MAX};
  const Lsn applied = parts_.database->applied_lsn();
  if (!page_.has_value()) {
    ASSIGN_OR_RETURN(const bool there, LoadPage());
    if (!there) {
      if (state().snapshot == SnapshotPhase::kRunning) return WaitAfter(applied);
      return kMore;
    }
  }
  ASSIGN_OR_RETURN(const bool caught_up, ReadTo(page_->as_of));
  if (caught_up) RETURN_IF_ERROR(WriteItems());
  return kMore;
}

// False: it cannot be used yet, or never, since the table was deleted. A page may show a commit a
// moment before it can be read from the log.
Result<bool> Pipeline::LoadPage() {
  if (table_ != nullptr) {
    PageRequest request;
    request.table = table_;
    if (!frontier_.empty()) request.exclusive_start = ItemKeyOfStorageKey(frontier_);
    ASSIGN_OR_RETURN(Page page, parts_.database->ReadPage(request));
    if (page.as_of > parts_.database->applied_lsn()) return false;
    if (!TableEnd(page.as_of).has_value()) {
      page_ = std::move(page);
      next_item_ = 0;
      return true;
    }
  }
  if (file_ != nullptr) RETURN_IF_ERROR(Seal(read_to_));
  CdcState after = state();
  after.snapshot = SnapshotPhase::kAborted;
  after.frontier.clear();
  RETURN_IF_ERROR(AppendNote(ManifestNote::Kind::kSnapshotAborted, read_to_, after));
  return false;
}

Status Pipeline::WriteItems() {
  for (int n = 0; next_item_ < page_->items.size(); ++n) {
    if (n == kStepRecords) return Status::Ok();
    if (ShouldRoll()) return Seal(page_->as_of);  // a step's work: it waits for the disk
    RETURN_IF_ERROR(WriteItem(page_->items[next_item_]));
    ++next_item_;
  }
  const bool last = !page_->last_evaluated.has_value();
  const Lsn as_of = page_->as_of;
  page_.reset();
  if (!last) return Status::Ok();
  if (file_ != nullptr) RETURN_IF_ERROR(Seal(as_of));
  CdcState after = state();
  after.snapshot = SnapshotPhase::kComplete;
  after.frontier.clear();
  return AppendNote(ManifestNote::Kind::kSnapshotComplete, as_of, after);
}

Status Pipeline::WriteItem(const std::string& bytes) {
  const int64_t now = parts_.clock->WallMicros();
  ASSIGN_OR_RETURN(const ItemKey key, KeyOfItem(table_->spec.schema, ItemView(bytes)));
  const uint64_t hash = KeyHash(*table_, key.pk);
  const std::string keys = KeysItem(table_->spec.schema, key);
  RETURN_IF_ERROR(OpenFile(now));
  CdcEnvelope::SnapshotItem item;
  item.item = ItemView(bytes);
  item.keys = keys;
  item.shard = ShardOf(hash);
  item.as_of = page_->as_of;
  item.read_micros = now;
  envelope_.AppendSnapshotItem(item, file_->text());
  RETURN_IF_ERROR(file_->AddedSnapshotItem(item.shard));
  frontier_ = ItemStorageKey(definition_.table, hash, key);
  return Status::Ok();
}

// Takes records up to `limit`, as many as one step may, and finishes one file at most. True: all of
// them.
Result<bool> Pipeline::ReadTo(Lsn limit) {
  if (!feed_.has_value()) {
    feed_.emplace(parts_.database->log(), definition_.table, Lsn(read_to_.value() + 1));
    taking_ = Lsn();
  }
  const uint64_t stop_at = feed_->bytes_read() + kStepBytes;
  const uint64_t files = state().files;
  for (int n = 0; n < kStepRecords && feed_->bytes_read() < stop_at; ++n) {
    if (state().files != files) return false;
    auto next = feed_->Next(limit);
    if (!next.ok()) {
      RETURN_IF_ERROR(HandleGap(next.status()));
      return false;
    }
    if (!next->has_value()) {
      read_to_ = std::max(read_to_, limit);
      return true;
    }
    RETURN_IF_ERROR(TakeRecord(**next));
  }
  return false;
}

// A file ends between commits, never within one.
Status Pipeline::TakeRecord(const FeedRecord& next) {
  if (next.lsn != taking_) {
    taking_ = next.lsn;
    read_to_ = Lsn(next.lsn.value() - 1);
    if (ShouldRoll()) RETURN_IF_ERROR(Seal(read_to_));
  }
  if (IsDropped(next.record)) return Status::Ok();
  RETURN_IF_ERROR(OpenFile(next.record.commit_time_micros()));
  if (!envelope_.AppendRecord(next.record, next.shard, file_->text())) {
    ++file_->incomplete_records;
  }
  return file_->AddedRecord(next.shard, next.record.position());
}

// While the snapshot runs: is it of an item behind the frontier?
bool Pipeline::IsDropped(RecordView record) const {
  if (state().snapshot != SnapshotPhase::kRunning) return false;
  if (frontier_.empty()) return true;
  const Result<ItemKey> key = KeyOfItem(table_->spec.schema, record.keys());
  MILLRACE_CHECK(key.ok(), "a record without its table's key");
  return ItemStorageKey(definition_.table, record.key_hash(), *key) > frontier_;
}

// The log from here on is gone: that is written down, and reading goes on where it begins now.
Status Pipeline::HandleGap(const Status& error) {
  const Lsn first = parts_.database->log()->first_lsn();
  if (!error.Is(ErrorCode::kTrimmedDataAccess) || first <= feed_->position()) return error;
  const LogGap gap = GapBefore(*parts_.database->log(), feed_->position(), first);
  if (file_ != nullptr) RETURN_IF_ERROR(Seal(gap.after));
  CdcState after = state();
  after.gaps.Add(gap);
  RETURN_IF_ERROR(AppendNote(ManifestNote::Kind::kGap, gap.through, after));
  feed_.reset();
  page_.reset();
  read_to_ = state().cursor;
  return Status::Ok();
}

Status Pipeline::OpenFile(int64_t first_commit_micros) {
  if (file_ != nullptr) return Status::Ok();
  ASSIGN_OR_RETURN(file_,
                   OpenCdcFile::Create(parts_.file_system, definition_.spec.directory,
                                       definition_.spec.compression_level, first_commit_micros));
  roll_.Opened(parts_.clock->MonotonicNanos());
  return Status::Ok();
}

bool Pipeline::ShouldRoll() const {
  if (file_ == nullptr) return false;
  return roll_.Full(file_->size()) || roll_.Due(parts_.clock->MonotonicNanos());
}

// The open file holds what there is up to `through` (and up to the frontier).
Status Pipeline::Seal(Lsn through) {
  ASSIGN_OR_RETURN(ManifestFile file, file_->Finish());
  RETURN_IF_ERROR(parts_.file_system->SyncDirectory(definition_.spec.directory));
  MILLRACE_FAULT_POINT("cdc.sealed");
  const bool snapshot = state().snapshot == SnapshotPhase::kRunning;
  CdcState after = state();
  if (snapshot) ++after.snapshot_files;
  file.after = state().through;
  file.through = through;
  file.name = CdcFileName(definition_.spec.table, file.after, file.through,
                          snapshot ? std::optional(after.snapshot_files) : std::nullopt);
  after.frontier = frontier_;
  ++after.files;
  after.records += file.records;
  after.snapshot_records += file.snapshot_records;
  after.bytes += file.digest.bytes;
  after.uncompressed_bytes += file.uncompressed_bytes;
  after.incomplete_records += file_->incomplete_records;
  after.last_file_micros = parts_.clock->WallMicros();
  after.cursor = after.through = through;
  PendingLine pending;
  pending.file_name = file.name;
  pending.file = file.digest;
  pending.line = RenderManifestLine(file);
  pending.after = std::move(after);
  file_.reset();
  roll_.Closed();
  return CommitPending(std::move(pending), true);
}

Status Pipeline::AppendNote(ManifestNote::Kind kind, Lsn through, CdcState after) {
  ManifestNote note;
  note.kind = kind;
  note.after = state().through;
  note.through = through;
  after.cursor = after.through = through;
  return AppendLine(note, std::move(after));
}

Status Pipeline::AppendLine(const ManifestLine& line, CdcState after) {
  PendingLine pending;
  pending.line = RenderManifestLine(line);
  pending.after = std::move(after);
  return CommitPending(std::move(pending), false);
}

Status Pipeline::CommitPending(PendingLine pending, bool just_written) {
  pending.after.manifest_bytes = state().manifest_bytes + pending.line.size();
  CdcProgress next = progress_;
  next.pending = std::move(pending);
  RETURN_IF_ERROR(CommitProgress(std::move(next)));
  MILLRACE_FAULT_POINT("cdc.intended");
  return FinishPending(just_written);
}

Status Pipeline::FinishPending(bool just_written) {
  const PendingLine& pending = *progress_.pending;
  RETURN_IF_ERROR(directory_.CheckManifest(state().manifest_bytes, pending.line));
  if (!pending.file_name.empty()) {
    ASSIGN_OR_RETURN(const bool published, directory_.Publish(pending, just_written));
    if (!published) {
      RETURN_IF_ERROR(CommitProgress({state(), std::nullopt}));
      Abandon();
      return Status::Ok();
    }
    MILLRACE_FAULT_POINT("cdc.published");
  }
  RETURN_IF_ERROR(directory_.AppendManifest(state().manifest_bytes, pending.line));
  MILLRACE_FAULT_POINT("cdc.manifested");
  RETURN_IF_ERROR(CommitProgress({pending.after, std::nullopt}));
  MILLRACE_FAULT_POINT("cdc.committed");
  if (read_to_ < state().cursor) read_to_ = state().cursor;
  return Status::Ok();
}

// There is no open file, and all was read up to read_to_.
Status Pipeline::CommitIdle() {
  const int64_t now = parts_.clock->MonotonicNanos();
  if (now - idle_since_nanos_ < kIdleCommitNanos) return Status::Ok();
  if (read_to_.value() - state().cursor.value() < kIdleCommits) return Status::Ok();
  CdcProgress next = progress_;
  next.state.cursor = read_to_;
  return CommitProgress(std::move(next));
}

Status Pipeline::CommitProgress(CdcProgress next) {
  CommitRequest request;
  request.cells.push_back({CdcProgressCellKey(definition_.id), version_, EncodeProgressCell(next)});
  const CommitResult result = parts_.database->CommitAndWait(std::move(request));
  RETURN_IF_ERROR(result.status);
  version_ = result.lsn.value();
  progress_ = std::move(next);
  idle_since_nanos_ = parts_.clock->MonotonicNanos();
  return Status::Ok();
}

}  // namespace millrace
