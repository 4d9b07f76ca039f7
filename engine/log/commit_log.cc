#include "engine/log/commit_log.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "engine/base/fault_point.h"
#include "engine/base/random.h"
#include "engine/log/close_mark.h"
#include "engine/log/cursor.h"
#include "engine/log/durable_page.h"
#include "engine/log/maintainer.h"
#include "engine/log/recovery.h"
#include "engine/log/segment_files.h"
#include "engine/log/segment_list.h"
#include "engine/log/time_lookup.h"
#include "engine/log/unsynced.h"

namespace millrace {
namespace log_internal {
namespace {

// The log as assembled from its parts. Fields below "the appender's" are touched by Append, Sync
// and Close only.
class SegmentedLog final : public CommitLog {
 public:
  SegmentedLog(FileSystem* file_system, const LogOptions& options, DurablePage page,
               RecoveredLog recovered);

  Status Append(const std::vector<LogFrame>& frames) override;
  Status Sync() override;
  Status SyncNow() override;
  Lsn last_lsn() const override { return Lsn(appended_.load(std::memory_order_acquire)); }
  Lsn durable_lsn() const override { return segments_->visible(); }
  Lsn first_lsn() const override;
  std::unique_ptr<LogCursor> NewCursor(Lsn from) override;
  Result<Lsn> FindTime(int64_t micros) override;
  Result<uint64_t> Trim(Lsn keep_from, int64_t time_micros) override;
  std::vector<SegmentInfo> Segments() const override;
  Status Close() override;

 private:
  struct GroupSize {
    uint64_t frames = 0;  // bytes
    uint64_t index = 0;   // bytes, at most
  };
  static GroupSize SizeOf(const std::vector<LogFrame>& frames);
  // Makes room for a group: a new segment. `*clean` stays true while the log is as it was.
  Status Roll(const GroupSize& group, bool* clean);
  Result<PreparedFile> NewFile(const GroupSize& group);
  // An empty active segment, found at Open, gives way to the new one, which has the same name.
  void ForgetIfEmpty();
  Status WriteGroup(const std::vector<LogFrame>& frames);
  void OnSealed(const std::shared_ptr<SegmentWriter>& writer, const Status& status);

  FileSystem* const file_system_;
  const LogOptions options_;
  const uint64_t log_id_;
  SegmentFiles files_;
  const std::shared_ptr<SegmentList> segments_;
  TimeLookup times_;
  UnsyncedState unsynced_;
  std::atomic<uint64_t> appended_;
  std::mutex trim_mutex_;

  // The appender's.
  std::shared_ptr<SegmentWriter> active_;
  uint32_t last_crc_;
  uint64_t last_file_size_;
  std::string group_;  // reused from Append to Append

  Maintainer maintainer_;  // last: its thread uses the above
};

SegmentedLog::SegmentedLog(FileSystem* file_system, const LogOptions& options, DurablePage page,
                           RecoveredLog recovered)
    : file_system_(file_system),
      options_(options),
      log_id_(recovered.log_id),
      files_(file_system, options),
      segments_(std::make_shared<SegmentList>(std::move(recovered.segments), recovered.last)),
      times_(segments_),
      unsynced_(std::move(page), recovered.log_id, recovered.last),
      appended_(recovered.last.value()),
      active_(std::move(recovered.active)),
      last_crc_(recovered.last_crc),
      last_file_size_(recovered.last_file_size),
      maintainer_(
          &files_,
          [this](const std::shared_ptr<SegmentWriter>& writer, const Status& status) {
            OnSealed(writer, status);
          },
          options.background) {
  if (active_) {
    unsynced_.Add(active_);
  } else {
    maintainer_.PrepareNow(files_.SizeAfter(last_file_size_));
  }
}

SegmentedLog::GroupSize SegmentedLog::SizeOf(const std::vector<LogFrame>& frames) {
  GroupSize size;
  for (const LogFrame& frame : frames) {
    size.frames += FrameSize(frame);
    size.index += SegmentIndex::GrowthBound(1, frame.entry_count);
  }
  return size;
}

Status SegmentedLog::Append(const std::vector<LogFrame>& frames) {
  RETURN_IF_ERROR(unsynced_.stopped());
  if (frames.empty()) return Status::Ok();
  const GroupSize size = SizeOf(frames);
  if (size.frames > kLogGroupSizeMax || size.index > kLogGroupSizeMax / 2) {
    return Status::Validation("a group of commits of " + std::to_string(size.frames) +
                              " bytes is larger than a log segment can be");
  }
  if (!active_ || !active_->Fits(size.frames, size.index)) {
    bool clean = true;
    if (Status status = Roll(size, &clean); !status.ok()) {
      return clean && status.Is(ErrorCode::kDiskFull) ? status : unsynced_.Stop(status);
    }
  }
  if (Status status = WriteGroup(frames); !status.ok()) return unsynced_.Stop(status);
  maintainer_.Pace(active_->segment()->end(), active_->capacity(),
                   files_.SizeAfter(active_->capacity()));
  return Status::Ok();
}

Status SegmentedLog::WriteGroup(const std::vector<LogFrame>& frames) {
  const uint32_t salt = active_->segment()->header().salt;
  const Lsn durable = unsynced_.synced();
  Lsn lsn = last_lsn();
  group_.clear();
  for (const LogFrame& frame : frames) {
    lsn = Plus(lsn, 1);
    AppendFrame(frame, lsn, durable, salt, &group_);
  }
  RETURN_IF_ERROR(active_->Append(group_));
  appended_.store(lsn.value(), std::memory_order_release);
  if (!options_.sync) segments_->AdvanceVisible(lsn);
  return Status::Ok();
}

Result<PreparedFile> SegmentedLog::NewFile(const GroupSize& group) {
  const uint64_t needed = SegmentSizeFor(group.frames, group.index);
  if (std::optional<PreparedFile> prepared = maintainer_.Take()) {
    if (prepared->size >= needed) return *std::move(prepared);
    prepared.reset();
    files_.Discard();
  }
  return files_.Prepare(std::max(needed, files_.SizeAfter(last_file_size_)));
}

void SegmentedLog::ForgetIfEmpty() {
  if (!active_->segment()->empty()) return;
  unsynced_.Remove(active_);
  segments_->DropNewest();
  active_.reset();
}

Status SegmentedLog::Roll(const GroupSize& group, bool* clean) {
  ASSIGN_OR_RETURN(PreparedFile prepared, NewFile(group));
  *clean = false;
  const uint64_t size = prepared.size;
  if (active_) {
    // A segment begins when all before it is on disk, so that a power cut can tear only one. At
    // "os" durability that would stall the commit path for a whole segment; there the sealer does
    // it, and recovery copes with two.
    if (options_.sync) RETURN_IF_ERROR(unsynced_.Sync(active_, last_lsn()));
    ForgetIfEmpty();
  }
  if (active_) last_crc_ = active_->segment()->tail().last_crc;
  SegmentHeader header;
  header.group = options_.group;
  header.log_id = log_id_;
  header.salt = static_cast<uint32_t>(SystemRandom());
  header.previous_crc = last_crc_;
  header.first = Plus(last_lsn(), 1);
  header.durable_before = unsynced_.synced();
  ASSIGN_OR_RETURN(std::shared_ptr<SegmentWriter> next, files_.Begin(std::move(prepared), header));
  unsynced_.Add(next);
  segments_->Add(next->segment());
  std::swap(active_, next);
  last_file_size_ = size;
  if (next) maintainer_.Seal(std::move(next));
  return unsynced_.stopped();
}

void SegmentedLog::OnSealed(const std::shared_ptr<SegmentWriter>& writer, const Status& status) {
  if (!status.ok()) {
    const Status stopped = unsynced_.Stop(status);
    static_cast<void>(stopped);
    return;
  }
  unsynced_.Remove(writer);
  unsynced_.MarkSynced(writer->segment()->last());
}

Status SegmentedLog::Sync() {
  RETURN_IF_ERROR(unsynced_.stopped());
  if (!options_.sync) return Status::Ok();
  const Lsn target = last_lsn();
  if (unsynced_.synced() < target) RETURN_IF_ERROR(unsynced_.Sync(active_, target));
  segments_->AdvanceVisible(target);
  return Status::Ok();
}

Status SegmentedLog::SyncNow() {
  RETURN_IF_ERROR(unsynced_.stopped());
  const Lsn target = last_lsn();
  if (unsynced_.synced() >= target) return Status::Ok();
  return unsynced_.SyncAll(target);
}

Lsn SegmentedLog::first_lsn() const {
  const std::shared_ptr<Segment> front = segments_->Front();
  return front ? front->first() : Lsn(1);
}

std::unique_ptr<LogCursor> SegmentedLog::NewCursor(Lsn from) {
  return std::make_unique<Cursor>(segments_, from);
}

Result<Lsn> SegmentedLog::FindTime(int64_t micros) {
  ASSIGN_OR_RETURN(const std::optional<Lsn> found, times_.Find(micros));
  return found ? *found : Plus(last_lsn(), 1);
}

Result<uint64_t> SegmentedLog::Trim(Lsn keep_from, int64_t time_micros) {
  const std::lock_guard lock(trim_mutex_);
  uint64_t freed = 0;
  while (const std::shared_ptr<Segment> segment =
             segments_->TakeTrimmable(keep_from, time_micros)) {
    if (Status status = file_system_->Remove(segment->path()); !status.ok()) {
      segments_->PutBack(segment);
      return status;
    }
    times_.Forget(segment);
    // One at a time: a power cut must not keep an older segment and lose a newer one.
    RETURN_IF_ERROR(file_system_->SyncDirectory(options_.directory));
    freed += segment->Info().bytes;
  }
  return freed;
}

std::vector<SegmentInfo> SegmentedLog::Segments() const {
  std::vector<SegmentInfo> infos;
  for (const std::shared_ptr<Segment>& segment : segments_->All()) infos.push_back(segment->Info());
  return infos;
}

Status SegmentedLog::Close() {
  maintainer_.Finish();
  RETURN_IF_ERROR(SyncNow());
  if (maintainer_.Take()) files_.Discard();
  if (!active_) return Status::Ok();
  // Without the mark the next Open only takes longer.
  const Status mark = WriteCloseMark(file_system_, options_.directory, *active_->segment());
  static_cast<void>(mark);
  return Status::Ok();
}

}  // namespace
}  // namespace log_internal

Result<std::unique_ptr<CommitLog>> CommitLog::Open(FileSystem* file_system,
                                                   const LogOptions& options, Lsn applied) {
  using namespace log_internal;  // NOLINT: of this function
  if (options.segment_size > kLogGroupSizeMax) {
    return Status::Validation("a log segment cannot be larger than 2 GiB");
  }
  RETURN_IF_ERROR(CreateDurableDirectory(file_system, options.directory));
  ASSIGN_OR_RETURN(DurablePage page,
                   DurablePage::Open(file_system, options.directory + "/durable.page"));
  ASSIGN_OR_RETURN(RecoveredLog recovered, RecoverLog(file_system, options, page.Load(), applied));
  return std::unique_ptr<CommitLog>(
      std::make_unique<SegmentedLog>(file_system, options, std::move(page), std::move(recovered)));
}

}  // namespace millrace
