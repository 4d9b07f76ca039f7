#include "triggers/shard_machine.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"

namespace millrace {

ShardMachine::ShardMachine(const DeliveryRules& rules, Checkpoint checkpoint)
    : rules_(rules),
      checkpoint_(std::move(checkpoint)),
      next_read_(checkpoint_.low),
      gap_commits_(checkpoint_.gap_commits) {
  if (checkpoint_.marks.empty()) checkpoint_.marks.resize(1);
  lanes_.resize(checkpoint_.marks.size());
  working_ = checkpoint_;
}

// The top bits of the hash choose the shard, so the lane takes the low ones.
uint32_t ShardMachine::LaneOf(uint64_t key_hash) const {
  return static_cast<uint32_t>((key_hash & 0xffffffff) % lanes_.size());
}

ShardMachine::Taken ShardMachine::OnRecord(RecordView record) {
  const Position position = record.position();
  if (position < checkpoint_.low) return Taken::kFinishedBefore;
  const uint32_t index = LaneOf(record.key_hash());
  if (position <= checkpoint_.marks[index]) {
    next_read_ = Position{position.generation, position.lsn, position.ordinal + 1};
    return Taken::kFinishedBefore;
  }
  Lane& lane = lanes_[index];
  if (lane.filling == nullptr) lane.filling = NewBuffer(&lane);
  RecordsBuffer& filling = *lane.filling;
  const bool fits =
      filling.empty() || filling.bytes() + record.bytes().size() <= rules_.batch_bytes;
  if (filling.count() >= rules_.batch_size || !fits) return Taken::kFull;
  filling.Append(record);
  next_read_ = Position{position.generation, position.lsn, position.ordinal + 1};
  return Taken::kHeld;
}

void ShardMachine::OnReadThrough(Lsn next) {
  next_read_ = std::max(next_read_, Position{next_read_.generation, next, 0});
}

void ShardMachine::OnGap(uint64_t commits, Lsn next) {
  gap_commits_ += commits;
  OnReadThrough(next);
}

bool ShardMachine::IsReady(const Lane& lane, int64_t now_nanos) {
  const bool retry = lane.batch.state == BatchState::kWaiting && lane.batch.due_nanos <= now_nanos;
  const bool fresh =
      lane.batch.state == BatchState::kNone && lane.filling && !lane.filling->empty();
  return retry || fresh;
}

std::optional<uint32_t> ShardMachine::NextReady(int64_t now_nanos) {
  for (uint32_t i = 0; i < lane_count(); ++i) {
    const uint32_t index = (turn_ + i) % lane_count();
    if (IsReady(lanes_[index], now_nanos)) return index;
  }
  return std::nullopt;
}

uint32_t ShardMachine::CountReady(int64_t now_nanos) const {
  return static_cast<uint32_t>(
      std::count_if(lanes_.begin(), lanes_.end(),
                    [now_nanos](const Lane& lane) { return IsReady(lane, now_nanos); }));
}

std::optional<int64_t> ShardMachine::NextDue() const {
  std::optional<int64_t> due;
  const int64_t checkpoint_due = std::max(fold_due_, retry_due_);
  if (checkpoint_due != 0 && !committing_) due = checkpoint_due;
  for (const Lane& lane : lanes_) {
    if (lane.batch.state != BatchState::kWaiting) continue;
    if (!due || lane.batch.due_nanos < *due) due = lane.batch.due_nanos;
  }
  return due;
}

const DeliveryBatch& ShardMachine::Deliver(uint32_t index) {
  Lane& lane = lanes_[index];
  DeliveryBatch& batch = lane.batch;
  turn_ = index + 1;
  if (batch.state == BatchState::kNone) {
    batch = DeliveryBatch();
    batch.records = std::move(lane.filling);
    lane.filling = nullptr;
    const size_t count = batch.records->count();
    batch.first = batch.records->record(0).position();
    batch.last = batch.records->record(count - 1).position();
    for (size_t i = 0; i < count; ++i) {
      batch.hop_count = std::max(batch.hop_count, batch.records->record(i).hop_count());
    }
  }
  batch.state = BatchState::kInFlight;
  return batch;
}

void ShardMachine::OnFinished(uint32_t lane) {
  MILLRACE_CHECK(lanes_[lane].batch.state == BatchState::kInFlight);
  lanes_[lane].batch.state = BatchState::kFinished;
}

void ShardMachine::OnFinishedWithoutWrites(uint32_t index, int64_t now_nanos) {
  Lane& lane = lanes_[index];
  MILLRACE_CHECK(lane.batch.state == BatchState::kInFlight);
  working_.records_finished += lane.batch.records->count();
  working_.marks[index] = lane.batch.last;
  GiveBack(&lane, std::move(lane.batch.records));
  lane.batch = DeliveryBatch();
  if (fold_due_ == 0) fold_due_ = now_nanos + rules_.fold_nanos;
}

std::optional<Checkpoint> ShardMachine::FoldedCheckpoint(int64_t now_nanos, bool force) {
  if (committing_ || !folding()) return std::nullopt;
  if (now_nanos < std::max(fold_due_, retry_due_) && !force) return std::nullopt;
  fold_due_ = 0;
  return Settle(working_, std::nullopt);
}

void ShardMachine::OnCheckpointFailed(int64_t now_nanos) {
  retry_due_ = now_nanos + Backoff(++checkpoint_failures_);
}

void ShardMachine::OnGivenUp(uint32_t lane) {
  lanes_[lane].batch.state = BatchState::kExhausted;
}

void ShardMachine::OnFailed(uint32_t lane, bool counts, int64_t now_nanos) {
  DeliveryBatch& batch = lanes_[lane].batch;
  if (batch.state == BatchState::kCommitting) {
    committing_ = false;
    if (folding() && fold_due_ == 0) fold_due_ = now_nanos + rules_.fold_nanos;
  }
  if (!counts) {
    batch.due_nanos = now_nanos + Backoff(++batch.setbacks);
    batch.state = BatchState::kWaiting;
    return;
  }
  const auto attempts_max = static_cast<int64_t>(rules_.maximum_retry_attempts) + 1;
  if (attempts_max > 0 && batch.attempt >= attempts_max) {
    batch.state = BatchState::kExhausted;
    return;
  }
  batch.due_nanos = now_nanos + Backoff(batch.attempt);
  ++batch.attempt;
  batch.state = BatchState::kWaiting;
}

int64_t ShardMachine::Backoff(uint32_t failures) const {
  int64_t backoff = rules_.backoff_nanos;
  for (uint32_t i = 1; i < failures && backoff < rules_.backoff_max_nanos; ++i) backoff *= 2;
  return std::min(backoff, rules_.backoff_max_nanos);
}

std::optional<uint32_t> ShardMachine::NextCommit() const {
  if (committing_) return std::nullopt;
  for (uint32_t i = 0; i < lane_count(); ++i) {
    const BatchState state = lanes_[i].batch.state;
    if (state == BatchState::kFinished || state == BatchState::kExhausted) return i;
  }
  return std::nullopt;
}

Position ShardMachine::LowWithout(std::optional<uint32_t> committed) const {
  Position low = next_read_;
  for (uint32_t i = 0; i < lane_count(); ++i) {
    const Lane& lane = lanes_[i];
    if (lane.batch.state != BatchState::kNone && committed != i) {
      low = std::min(low, lane.batch.first);
    } else if (lane.filling != nullptr && !lane.filling->empty()) {
      low = std::min(low, lane.filling->record(0).position());
    }
  }
  return low;
}

Checkpoint ShardMachine::Settle(Checkpoint checkpoint, std::optional<uint32_t> committed) const {
  checkpoint.gap_commits = gap_commits_;
  checkpoint.low = LowWithout(committed);
  for (Position& mark : checkpoint.marks) {
    if (mark < checkpoint.low) mark = Position();
  }
  return checkpoint;
}

Checkpoint ShardMachine::BeginCommit(uint32_t index) {
  MILLRACE_CHECK(!committing_);
  DeliveryBatch& batch = lanes_[index].batch;
  next_checkpoint_ = working_;
  next_checkpoint_.records_finished += batch.records->count();
  if (batch.state == BatchState::kExhausted) {
    next_checkpoint_.dead_letters += batch.records->count();
  }
  next_checkpoint_.marks[index] = batch.last;
  next_checkpoint_ = Settle(next_checkpoint_, index);
  fold_due_ = 0;
  batch.state = BatchState::kCommitting;
  committing_ = true;
  return next_checkpoint_;
}

void ShardMachine::OnCommitted(uint32_t index) {
  Lane& lane = lanes_[index];
  MILLRACE_CHECK(committing_ && lane.batch.state == BatchState::kCommitting);
  const uint64_t count = lane.batch.records->count();
  working_.records_finished += count;
  working_.dead_letters += next_checkpoint_.dead_letters - checkpoint_.dead_letters;
  working_.marks[index] = lane.batch.last;
  checkpoint_ = next_checkpoint_;
  retry_due_ = 0;
  checkpoint_failures_ = 0;
  committing_ = false;
  GiveBack(&lane, std::move(lane.batch.records));
  lane.batch = DeliveryBatch();
}

std::optional<Checkpoint> ShardMachine::IdleCheckpoint(uint64_t commits, int64_t now_nanos) const {
  if (committing_ || folding() || !idle() || now_nanos < retry_due_ ||
      next_read_.lsn.value() < checkpoint_.low.lsn.value() + commits) {
    return std::nullopt;
  }
  return Settle(working_, std::nullopt);
}

void ShardMachine::OnIdleCommitted(const Checkpoint& checkpoint) {
  checkpoint_ = checkpoint;
  retry_due_ = 0;
  checkpoint_failures_ = 0;
}

bool ShardMachine::idle() const {
  return held_records() == 0;
}

uint64_t ShardMachine::held_records() const {
  uint64_t count = 0;
  for (const Lane& lane : lanes_) {
    if (lane.batch.records) count += lane.batch.records->count();
    if (lane.filling) count += lane.filling->count();
  }
  return count;
}

uint32_t ShardMachine::worst_attempt() const {
  uint32_t worst = 0;
  for (const Lane& lane : lanes_) {
    if (lane.batch.state != BatchState::kNone && lane.batch.attempt > 1) {
      worst = std::max(worst, lane.batch.attempt);
    }
  }
  return worst;
}

std::optional<RecordView> ShardMachine::oldest() const {
  std::optional<RecordView> oldest;
  for (const Lane& lane : lanes_) {
    const RecordsBuffer* records =
        lane.batch.records ? lane.batch.records.get() : lane.filling.get();
    if (records == nullptr || records->empty()) continue;
    const RecordView first = records->record(0);
    if (!oldest || first.position() < oldest->position()) oldest = first;
  }
  return oldest;
}

std::shared_ptr<RecordsBuffer> ShardMachine::NewBuffer(Lane* lane) {
  if (lane->spare != nullptr) return std::exchange(lane->spare, nullptr);
  return std::make_shared<RecordsBuffer>(rules_.batch_size);
}

// Kept for the next batch, unless a message still shares it or it has grown large.
void ShardMachine::GiveBack(Lane* lane, std::shared_ptr<RecordsBuffer> buffer) {
  if (buffer.use_count() != 1) return;
  buffer->Clear();
  lane->spare = std::move(buffer);
}

}  // namespace millrace
