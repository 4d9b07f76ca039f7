#include "engine/committer.h"

#include <algorithm>
#include <shared_mutex>

#include "engine/base/fault_point.h"
#include "engine/base/throttled.h"
#include "engine/log_entries.h"
#include "engine/model/change_record.h"

namespace millrace {
namespace {

constexpr size_t kGroupCommitsMax = 2048;
constexpr size_t kGroupBytesMax = size_t{16} << 20;
// Commits of the largest items would fill the memory long before they fill the queue.
constexpr size_t kQueueBytesMax = size_t{128} << 20;
// The commit that fills a group may be as large as any; with their frames' headers and their part
// of the index, all of a group still fits into one segment.
static_assert(kGroupBytesMax + kCommitSizeMax <= kLogGroupSizeMax / 2);
// A buffer of a frame that has grown beyond this is given back.
constexpr size_t kKeptFrameSize = size_t{64} << 10;

}  // namespace

Committer::Committer(const Parts& parts, size_t queue_capacity, int64_t last_commit_time_micros)
    : parts_(parts),
      queue_capacity_(queue_capacity),
      applied_(parts.log->last_lsn().value()),
      last_time_micros_(last_commit_time_micros),
      thread_([this] { Run(); }) {}

void Committer::Stop() {
  {
    const std::lock_guard lock(queue_mutex_);
    stopping_ = true;
  }
  queue_filled_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Status Committer::Enqueue(std::unique_ptr<CommitOp>& op) {
  bool was_empty = false;
  {
    const std::lock_guard lock(queue_mutex_);
    if (!stopped_because_.ok()) return stopped_because_;
    if (stopping_) return Status(ErrorCode::kUnavailable, "The database is closing.");
    const size_t bytes = op->ByteSize();
    const bool full = queue_.size() >= queue_capacity_ || queue_bytes_ + bytes > kQueueBytesMax;
    const bool waits_for_itself = op->work != nullptr;  // at most one of each kind is under way
    if (full && !queue_.empty() && !waits_for_itself) {
      return Throttled();
    }
    was_empty = queue_.empty();
    queue_bytes_ += bytes;
    queue_.push_back(std::move(op));
  }
  if (was_empty) queue_filled_.notify_one();
  return Status::Ok();
}

void Committer::AddListener(CommitListener* listener) {
  const std::lock_guard lock(listeners_mutex_);
  listeners_.push_back(listener);
}

void Committer::RemoveListener(CommitListener* listener) {
  const std::lock_guard lock(listeners_mutex_);
  listeners_.erase(std::remove(listeners_.begin(), listeners_.end(), listener), listeners_.end());
}

void Committer::Run() {
  Group group;
  while (TakeGroup(&group)) {
    bool stop = false;
    const Status status = CommitGroup(&group, &stop);
    if (status.ok()) {
      for (const auto& op : group) {
        if (op->work) op->result.status = op->work();
      }
      Complete(std::move(group));
    } else {
      FailAll(std::move(group), status, stop);
    }
    group = Group();
  }
}

// Waits for commits; false when stopping and none is left.
bool Committer::TakeGroup(Group* group) {
  std::unique_lock lock(queue_mutex_);
  queue_filled_.wait(lock, [this] { return !queue_.empty() || stopping_; });
  if (queue_.empty()) return false;
  size_t taken = 0;
  size_t bytes = 0;
  while (taken < queue_.size() && taken < kGroupCommitsMax && bytes < kGroupBytesMax) {
    bytes += queue_[taken++]->ByteSize();
  }
  queue_bytes_ -= bytes;
  if (taken == queue_.size()) {
    group->swap(queue_);
    return true;
  }
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(taken);
  group->assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
  queue_.erase(queue_.begin(), end);
  return true;
}

template <typename Notify>
void Committer::NotifyListeners(Notify notify) {
  const std::lock_guard lock(listeners_mutex_);
  for (CommitListener* listener : listeners_) notify(listener);
}

Status Committer::CommitGroup(Group* group, bool* stop) {
  const bool only_barriers =
      std::all_of(group->begin(), group->end(), [](const auto& op) { return op->IsBarrier(); });
  if (only_barriers) return Status::Ok();
  MILLRACE_FAULT_POINT("commit.begin");
  const Status appended = AppendGroup(group);
  // The log met the full disk before it wrote. Behind this point a disk that is full is as bad as
  // any error: the log then holds what the state does not.
  *stop = !appended.Is(ErrorCode::kDiskFull);
  RETURN_IF_ERROR(appended);
  MILLRACE_FAULT_POINT("commit.appended");
  RETURN_IF_ERROR(parts_.log->Sync());
  MILLRACE_FAULT_POINT("commit.synced");
  NotifyListeners([](CommitListener* listener) { listener->OnDurable(); });
  RETURN_IF_ERROR(ApplyGroup(*group));
  MILLRACE_FAULT_POINT("commit.applied");
  DropPending(*group);
  NotifyListeners([this](CommitListener* listener) { listener->OnApplied(applied_lsn()); });
  return Status::Ok();
}

Status Committer::AppendGroup(Group* group) {
  staged_heads_.clear();
  frames_.clear();
  if (frame_entries_.size() < group->size()) frame_entries_.resize(group->size());
  uint64_t lsn = parts_.log->last_lsn().value();
  last_time_micros_ = std::max(last_time_micros_, parts_.clock->WallMicros());
  size_t index = 0;
  for (const auto& op : *group) {
    if (op->IsBarrier()) continue;
    std::string& entries = frame_entries_[index++];
    if (entries.capacity() > kKeptFrameSize) entries = std::string();
    entries.clear();
    BuildFrame(op.get(), Lsn(++lsn), last_time_micros_, &entries);
    frames_.push_back(
        {last_time_micros_, static_cast<uint32_t>(op->records.size() + op->cells.size()), entries});
  }
  return parts_.log->Append(frames_);
}

void Committer::BuildFrame(CommitOp* op, Lsn lsn, int64_t time, std::string* entries) {
  uint32_t ordinal = 0;
  for (const PlannedRecord& record : op->records) AddRecord(record, lsn, ordinal++, time, entries);
  for (const PlannedCell& cell : op->cells) {
    AppendLogEntry(static_cast<uint8_t>(EntryKind::kCell), 0, cell.entry, entries);
  }
  op->result.lsn = lsn;
}

void Committer::AddRecord(const PlannedRecord& record, Lsn lsn, uint32_t ordinal, int64_t time,
                          std::string* entries) {
  const auto staged = staged_heads_.find(record.partition);
  RecordHeader header;
  header.position = Position{0, lsn, ordinal};
  header.item_previous = record.pending_previous ? *record.pending_previous : record.previous;
  header.commit_time_micros = time;
  header.previous_hash =
      staged == staged_heads_.end() ? parts_.applier->ChainHead(record.partition) : staged->second;
  header.body_digest = record.body_digest;
  header.flags = record.flags;
  *record.position = header.position;
  record_.clear();
  AppendRecordHeader(header, &record_);
  staged_heads_[record.partition] = ChainHash(record_);
  record_.append(record.body);
  AppendLogEntry(static_cast<uint8_t>(EntryKind::kRecord), record.partition, record_, entries);
}

Status Committer::ApplyGroup(const Group& group) {
  size_t index = 0;
  Lsn applied;
  for (const auto& op : group) {
    if (op->IsBarrier()) continue;
    const LogFrame& frame = frames_[index++];
    applied = op->result.lsn;
    RETURN_IF_ERROR(parts_.applier->Apply(
        FrameView{applied, frame.commit_time_micros, frame.entry_count, frame.entries}));
  }
  RETURN_IF_ERROR(parts_.applier->Publish(applied));
  applied_.store(applied.value(), std::memory_order_release);
  return Status::Ok();
}

void Committer::DropPending(const Group& group) {
  for (const auto& op : group) {
    for (const PlannedRecord& record : op->records)
      parts_.pending->Drop(record.storage_key, op->ticket);
    for (const PlannedCell& cell : op->cells) {
      parts_.pending->Drop(PendingImages::CellKey(cell.key), op->ticket);
    }
    for (const std::string& row : op->collections) parts_.collections->Applied(row);
  }
}

// One batch a home, in the queue's order.
void Committer::Complete(Group group) {
  std::vector<std::pair<CompletionQueue*, std::vector<CompletionQueue::Completion>>> batches;
  for (auto& op : group) {
    auto batch = std::find_if(batches.begin(), batches.end(),
                              [&op](const auto& candidate) { return candidate.first == op->home; });
    if (batch == batches.end()) batch = batches.insert(batch, {op->home, {}});
    batch->second.push_back({std::move(op->callback), std::move(op->result)});
  }
  for (auto& [home, completions] : batches) home->Post(std::move(completions));
}

void Committer::FailAll(Group group, Status status, bool stop) {
  // A full disk refuses writes; what the log holds already may come true at the next start.
  if (stop && status.Is(ErrorCode::kDiskFull)) status = Status(ErrorCode::kIo, status.message());
  {
    // Whatever is queued was planned on images that will never be: it fails with them.
    const std::unique_lock planning(*parts_.planning_gate);
    {
      const std::lock_guard lock(queue_mutex_);
      if (stop)
        stopped_because_ =
            Status(ErrorCode::kUnavailable, "The database has stopped: " + status.message());
      group.insert(group.end(), std::make_move_iterator(queue_.begin()),
                   std::make_move_iterator(queue_.end()));
      queue_.clear();
      queue_bytes_ = 0;
    }
    // Without the queue's lock: writers take it while they hold the images'.
    parts_.pending->Clear();
    parts_.collections->Clear();
    parts_.catalog->DropPlanning();
  }
  for (const auto& op : group) {
    op->result.status = status;
    op->result.lsn = Lsn();
    for (WriteOutcome& outcome : op->result.outcomes) outcome.status = status;
  }
  Complete(std::move(group));
}

}  // namespace millrace
