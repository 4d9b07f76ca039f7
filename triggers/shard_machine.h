#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "engine/model/change_record.h"
#include "triggers/checkpoint.h"
#include "triggers/delivery_batch.h"

// The decisions of delivery for one shard of one mapping. Pure: no clock, thread or socket. The
// shell calls it with what happened and asks it what to do next.
namespace millrace {

struct DeliveryRules {
  uint32_t batch_size = 100;             // records
  size_t batch_bytes = 6 * 1024 * 1024;  // of records; a batch has at least one, whatever its size
  int64_t window_nanos = 0;  // a batch that is not full waits so long for more, from its first on
  int32_t maximum_retry_attempts = -1;  // -1: for ever
  int64_t maximum_age_micros = -1;      // older records are given up; -1: none is
  bool bisect = false;                  // a batch that failed is split in two; see OnFailed
  bool has_dead_letters = true;         // records given up go there; else they are only counted
  int64_t backoff_nanos = 100'000'000;  // doubles with each failure, up to
  int64_t backoff_max_nanos = 60'000'000'000;
  int64_t fold_nanos = 50'000'000;  // batches without effects wait so long for a common commit
};

// Both clocks: of due times, and of the ages of records.
struct Moment {
  int64_t nanos = 0;
  int64_t wall_micros = 0;
};

// Invariants: a lane delivers its records in order and has one batch at a time; a batch that failed
// is delivered again with exactly the same records, unless it was split: then its parts follow one
// another, before anything else of the lane. One commit of the shard is under way at a time. The
// checkpoint of a commit never covers an unfinished record. At most two batches of each lane are
// held: reading stops when a lane is full.
class ShardMachine {
 public:
  // Goes on from a checkpoint; it has as many lanes as the checkpoint has marks, at least one.
  ShardMachine(const DeliveryRules& rules, Checkpoint checkpoint);

  // --- reading: records of the shard in order, from checkpoint().low.lsn on ---
  enum class Taken { kHeld, kFinishedBefore, kFull };
  // kFull: not taken; offer it again when a batch has left its lane.
  Taken OnRecord(RecordView record, int64_t now_nanos);
  // Every record of an lsn below `next` was offered.
  void OnReadThrough(Lsn next);
  // Commits were trimmed before they were read: reading goes on behind them.
  void OnGap(const LogGap& gap);

  // --- delivering ---
  // Records that are too old leave their lanes for the dead letters, whether or not anybody could
  // take them. Before NextReady.
  void GiveUpExpired(const Moment& now);
  // A lane whose batch can be delivered now; lanes take turns.
  std::optional<uint32_t> NextReady(int64_t now_nanos);
  uint32_t CountReady(int64_t now_nanos) const;  // such lanes
  // The first time after `now` at which one of these calls would say something else without any
  // event; nullopt: never.
  std::optional<int64_t> NextDue(const Moment& now) const;
  // The batch of a ready lane, now in flight.
  const DeliveryBatch& Deliver(uint32_t lane, const Moment& now);
  // The handler is done with it: it waits for its commit.
  void OnFinished(uint32_t lane);
  // The same of a batch without writes: its lane is free at once, and its records are covered by
  // the next commit of the shard, which FoldedCheckpoint asks for soon. Until then a crash means
  // that they are delivered again.
  void OnFinishedWithoutWrites(uint32_t lane, int64_t now_nanos);
  // Its records are to be given up, without a further attempt.
  void OnGivenUp(uint32_t lane);
  // The delivery or its commit failed. `counts`: as an attempt; when these are exhausted, the batch
  // is given up. With `bisect`, a batch of several records is split in half instead, which uses up
  // no attempt: only a batch of one record does. Source: "Using AWS Lambda with Amazon DynamoDB".
  void OnFailed(uint32_t lane, bool counts, int64_t now_nanos);
  // Of the batch in flight the records from `index` on failed: what is before them is the lane's
  // batch from now on, still in flight, to be finished or failed by the calls above. The rest
  // follows, one attempt later; the same attempt with `bisect`, for it is a split. Requires 0 <
  // index < count.
  void OnFailedFrom(uint32_t lane, size_t index, int64_t now_nanos);

  // --- committing ---
  // A lane whose batch is to be committed; none while a commit is under way.
  std::optional<uint32_t> NextCommit(int64_t now_nanos) const;
  // What the checkpoint becomes with the batch of this lane, which is now committing.
  Checkpoint BeginCommit(uint32_t lane);
  void OnCommitted(uint32_t lane);
  // Nothing is held and the checkpoint lags at least `commits` behind what was read: the checkpoint
  // to write, so that a quiet table neither pins the log nor is read again. OnIdleCommitted follows
  // if it was written.
  std::optional<Checkpoint> IdleCheckpoint(uint64_t commits, int64_t now_nanos) const;
  void OnIdleCommitted(const Checkpoint& checkpoint);

  // Batches were finished without writes and it is time (or `force`): the checkpoint that covers
  // them.
  std::optional<Checkpoint> FoldedCheckpoint(int64_t now_nanos, bool force = false);
  // One of these commits failed: the next is due after the backoff.
  void OnCheckpointFailed(int64_t now_nanos);
  // Some are finished in memory only.
  bool folding() const { return working_.records_finished != checkpoint_.records_finished; }

  const Checkpoint& checkpoint() const { return checkpoint_; }  // the committed one
  const DeliveryBatch& batch(uint32_t lane) const { return lanes_[lane].batch; }
  uint32_t lane_count() const { return static_cast<uint32_t>(lanes_.size()); }
  const LogGaps& gaps() const { return gaps_; }  // the ones known, committed or not
  // The commit under way gives the batch up.
  bool committing_given_up(uint32_t lane) const {
    return batch(lane).state == BatchState::kCommitting && batch(lane).given_up;
  }
  bool idle() const;  // no record is held
  // No delivery and no commit is under way or about to be; what else is held can be read again.
  bool quiet() const;
  uint64_t held_records() const;
  uint32_t worst_attempt() const;  // of the batches that failed; 0: none
  bool failing() const;            // some batch failed and is not done yet
  std::optional<RecordView> oldest() const;

 private:
  struct Lane {
    DeliveryBatch batch;
    std::vector<DeliveryBatch> rest;  // of batches that were split, the next one last
    std::shared_ptr<RecordsBuffer> filling;
    bool full = false;  // `filling` has no room for the record that comes next
    int64_t window_due = 0;
    std::shared_ptr<RecordsBuffer> spare;
    bool gathering() const {
      return batch.state == BatchState::kNone && filling != nullptr && !filling->empty();
    }
  };
  uint32_t LaneOf(uint64_t key_hash) const;
  bool FinishedBefore(RecordView record, uint32_t lane) const;
  bool IsReady(const Lane& lane, int64_t now_nanos) const;
  bool Gathered(const Lane& lane, int64_t now_nanos) const;
  bool Expired(RecordView record, const Moment& now) const;
  std::optional<int64_t> LaneDue(const Lane& lane, const Moment& now) const;
  static void TakeFilling(Lane* lane);
  void GiveUpExpired(Lane* lane, const Moment& now);
  void Retry(DeliveryBatch* batch, int64_t now_nanos) const;
  void Free(Lane* lane);
  std::shared_ptr<RecordsBuffer> NewBuffer(Lane* lane);
  int64_t Backoff(uint32_t failures) const;
  // The working checkpoint, made definite.
  Checkpoint Settle(Checkpoint checkpoint, std::optional<uint32_t> committed) const;
  // The first position that is not finished if the batch of `committed` is.
  Position LowWithout(std::optional<uint32_t> committed) const;

  DeliveryRules rules_;
  Checkpoint checkpoint_;
  Checkpoint working_;     // with what is finished but not committed; its low is not kept up
  int64_t fold_due_ = 0;   // 0: none
  int64_t retry_due_ = 0;  // of a checkpoint's own commit; 0: the last one didn't fail
  uint32_t checkpoint_failures_ = 0;
  Checkpoint next_checkpoint_;  // of the commit under way
  bool committing_ = false;
  Position next_read_;  // every record below was offered and taken
  std::vector<Lane> lanes_;
  uint32_t turn_ = 0;
  LogGaps gaps_;
};

}  // namespace millrace
