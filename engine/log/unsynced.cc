#include "engine/log/unsynced.h"

#include <algorithm>

#include "engine/base/fault_point.h"

namespace millrace::log_internal {

UnsyncedState::UnsyncedState(DurablePage page, uint64_t log_id, Lsn synced)
    : log_id_(log_id), synced_(synced.value()), page_(std::move(page)) {
  page_.Store({log_id_, synced});
}

Status UnsyncedState::stopped() const {
  if (!is_stopped_.load(std::memory_order_acquire)) return Status::Ok();
  const std::lock_guard lock(mutex_);
  return stopped_;
}

Status UnsyncedState::Stop(const Status& status) {
  const std::lock_guard lock(mutex_);
  if (stopped_.ok()) {
    // A full disk is something that a later Append may get over; a stopped log isn't.
    const bool full = status.Is(ErrorCode::kDiskFull);
    stopped_ = Status(full ? ErrorCode::kIo : status.code(),
                      "the commit log is stopped: " + status.message());
  }
  is_stopped_.store(true, std::memory_order_release);
  return stopped_;
}

void UnsyncedState::MarkSynced(Lsn lsn) {
  const std::lock_guard lock(mutex_);
  // What was synced after a failure elsewhere proves nothing.
  if (!stopped_.ok() || lsn <= synced()) return;
  page_.Store({log_id_, lsn});
  synced_.store(lsn.value(), std::memory_order_release);
}

void UnsyncedState::Add(std::shared_ptr<SegmentWriter> writer) {
  const std::lock_guard lock(mutex_);
  writers_.push_back(std::move(writer));
}

void UnsyncedState::Remove(const std::shared_ptr<SegmentWriter>& writer) {
  const std::lock_guard lock(mutex_);
  writers_.erase(std::remove(writers_.begin(), writers_.end(), writer), writers_.end());
}

Status UnsyncedState::SyncOne(const std::shared_ptr<SegmentWriter>& writer) {
  if (Status status = writer->Sync(); !status.ok()) return Stop(status);
  MILLRACE_FAULT_POINT("log.sync.after");
  return Status::Ok();
}

Status UnsyncedState::Sync(const std::shared_ptr<SegmentWriter>& writer, Lsn target) {
  RETURN_IF_ERROR(SyncOne(writer));
  MarkSynced(target);
  return stopped();
}

Status UnsyncedState::SyncAll(Lsn target) {
  std::vector<std::shared_ptr<SegmentWriter>> writers;
  {
    const std::lock_guard lock(mutex_);
    writers = writers_;
  }
  for (const std::shared_ptr<SegmentWriter>& writer : writers) RETURN_IF_ERROR(SyncOne(writer));
  MarkSynced(target);
  return stopped();
}

}  // namespace millrace::log_internal
