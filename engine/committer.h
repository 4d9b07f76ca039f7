#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "engine/base/clock.h"
#include "engine/catalog.h"
#include "engine/commit_op.h"
#include "engine/log/commit_log.h"
#include "engine/pending_collections.h"
#include "engine/pending_images.h"
#include "engine/planning_gate.h"
#include "engine/state_applier.h"

namespace millrace {

// The one thread that moves a group forward: takes what is queued (no timer), assigns lsns, times
// and chain hashes, appends the frames, syncs the log once, applies them to the state in one write,
// publishes the applied lsn, drops the pending images and sizes it caught up with, posts
// completions, wakes the listeners. The next group fills meanwhile.
//
// Invariants: the queue's order is the log's order. Commit times never decrease, whatever the wall
// clock does. After an error of the log or the state every queued commit fails and the committer
// stops for good; a full disk, met before anything is written, fails what is queued and goes on.
class Committer {
 public:
  struct Parts {  // not owned; outlive the committer
    CommitLog* log;
    StateApplier* applier;
    PendingImages* pending;
    PendingCollections* collections;
    Catalog* catalog;
    const Clock* clock;
    // Held shared by writers while they plan and queue; exclusively here when queued plans turn out
    // to rest on commits that failed.
    PlanningGate* planning_gate;
  };
  Committer(const Parts& parts, size_t queue_capacity, int64_t last_commit_time_micros);
  // Completes what is queued, then stops. Idempotent.
  void Stop();
  ~Committer() { Stop(); }

  // Queues. kThrottling when the queue is full, kUnavailable when stopped: then the op is left to
  // the caller.
  Status Enqueue(std::unique_ptr<CommitOp>& op);
  uint64_t NextTicket() { return next_ticket_.fetch_add(1, std::memory_order_relaxed) + 1; }

  Lsn applied_lsn() const { return Lsn(applied_.load(std::memory_order_acquire)); }
  void AddListener(CommitListener* listener);
  void RemoveListener(CommitListener* listener);

 private:
  using Group = std::vector<std::unique_ptr<CommitOp>>;
  void Run();
  bool TakeGroup(Group* group);
  // An error that leaves log and state as they were does not `*stop` the committer.
  Status CommitGroup(Group* group, bool* stop);
  Status AppendGroup(Group* group);
  void BuildFrame(CommitOp* op, Lsn lsn, int64_t time, std::string* entries);
  void AddRecord(const PlannedRecord& record, Lsn lsn, uint32_t ordinal, int64_t time,
                 std::string* entries);
  Status ApplyGroup(const Group& group);
  void DropPending(const Group& group);
  void Complete(Group group);
  void FailAll(Group group, Status status, bool stop);
  template <typename Notify>
  void NotifyListeners(Notify notify);

  const Parts parts_;
  const size_t queue_capacity_;

  std::mutex queue_mutex_;
  std::condition_variable queue_filled_;
  Group queue_;
  size_t queue_bytes_ = 0;
  bool stopping_ = false;
  Status stopped_because_;  // not OK: nothing is taken any more

  std::atomic<uint64_t> next_ticket_{0};
  std::atomic<uint64_t> applied_{0};
  std::mutex listeners_mutex_;
  std::vector<CommitListener*> listeners_;

  // Of the committer's thread alone.
  int64_t last_time_micros_;
  std::unordered_map<uint64_t, Digest> staged_heads_;
  std::vector<std::string> frame_entries_;
  std::vector<LogFrame> frames_;
  std::string record_;

  std::thread thread_;  // last: starts when all else is there
};

}  // namespace millrace
