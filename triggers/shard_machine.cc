#include "triggers/shard_machine.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"

namespace millrace {

ShardMachine::ShardMachine(const DeliveryRules& rules, Checkpoint checkpoint)
    : rules_(rules),
      checkpoint_(std::move(checkpoint)),
      next_read_(checkpoint_.low),
      gaps_(checkpoint_.gaps) {
  if (checkpoint_.marks.empty()) checkpoint_.marks.resize(1);
  lanes_.resize(checkpoint_.marks.size());
  working_ = checkpoint_;
}

uint32_t ShardMachine::LaneOf(uint64_t key_hash) const {
  return LaneOfHash(key_hash, lanes_.size());
}

bool ShardMachine::FinishedBefore(RecordView record, uint32_t lane) const {
  const Position position = record.position();
  if (position <= checkpoint_.marks[lane]) return true;
  if (checkpoint_.earlier.empty()) return false;
  return std::any_of(checkpoint_.earlier.begin(), checkpoint_.earlier.end(),
                     [&](const std::vector<Position>& marks) {
                       return position <= marks[LaneOfHash(record.key_hash(), marks.size())];
                     });
}

ShardMachine::Taken ShardMachine::OnRecord(RecordView record, int64_t now_nanos) {
  const Position position = record.position();
  if (position < checkpoint_.low) return Taken::kFinishedBefore;
  const uint32_t index = LaneOf(record.key_hash());
  if (FinishedBefore(record, index)) {
    next_read_ = Position{position.generation, position.lsn, position.ordinal + 1};
    return Taken::kFinishedBefore;
  }
  Lane& lane = lanes_[index];
  if (lane.filling == nullptr) lane.filling = NewBuffer(&lane);
  RecordsBuffer& filling = *lane.filling;
  if (filling.empty()) {
    lane.window_due = now_nanos + rules_.window_nanos;
  } else if (filling.count() >= rules_.batch_size ||
             filling.bytes() + record.bytes().size() > rules_.batch_bytes) {
    lane.full = true;
    return Taken::kFull;
  }
  filling.Append(record);
  next_read_ = Position{position.generation, position.lsn, position.ordinal + 1};
  return Taken::kHeld;
}

void ShardMachine::OnReadThrough(Lsn next) {
  next_read_ = std::max(next_read_, Position{next_read_.generation, next, 0});
}

void ShardMachine::OnGap(const LogGap& gap) {
  gaps_.Add(gap);
  OnReadThrough(Lsn(gap.through.value() + 1));
}

bool ShardMachine::Gathered(const Lane& lane, int64_t now_nanos) const {
  return lane.gathering() &&
         (lane.full || lane.filling->count() >= rules_.batch_size || lane.window_due <= now_nanos);
}

bool ShardMachine::IsReady(const Lane& lane, int64_t now_nanos) const {
  const bool retry = lane.batch.state == BatchState::kWaiting && lane.batch.due_nanos <= now_nanos;
  return retry || Gathered(lane, now_nanos);
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
                    [this, now_nanos](const Lane& lane) { return IsReady(lane, now_nanos); }));
}

bool ShardMachine::Expired(RecordView record, const Moment& now) const {
  return now.wall_micros - record.commit_time_micros() > rules_.maximum_age_micros;
}

void ShardMachine::GiveUpExpired(const Moment& now) {
  if (rules_.maximum_age_micros < 0) return;
  for (Lane& lane : lanes_) GiveUpExpired(&lane, now);
}

void ShardMachine::GiveUpExpired(Lane* lane, const Moment& now) {
  DeliveryBatch& batch = lane->batch;
  if (lane->gathering()) {
    if (!Expired(lane->filling->record(0), now)) return;
    TakeFilling(lane);
  } else if (batch.state != BatchState::kWaiting || !Expired(batch.records->record(0), now)) {
    return;
  }
  size_t expired = 1;
  while (expired < batch.records->count() && Expired(batch.records->record(expired), now)) {
    ++expired;
  }
  if (expired < batch.records->count()) lane->rest.push_back(CutFrom(expired, &batch));
  batch.state = BatchState::kExhausted;
  batch.given_up = true;
  batch.expired = true;
  batch.due_nanos = now.nanos;
}

std::optional<int64_t> ShardMachine::LaneDue(const Lane& lane, const Moment& now) const {
  const DeliveryBatch& batch = lane.batch;
  std::optional<int64_t> due;
  const auto consider = [&due, &now](int64_t time) {
    if (time > now.nanos && (!due || time < *due)) due = time;
  };
  const bool waiting = batch.state == BatchState::kWaiting;
  if (waiting || (batch.state == BatchState::kExhausted && !committing_)) {
    consider(batch.due_nanos);
  }
  if (lane.gathering() && !Gathered(lane, now.nanos)) consider(lane.window_due);
  if (rules_.maximum_age_micros >= 0 && (waiting || lane.gathering())) {
    const RecordView oldest = (waiting ? *batch.records : *lane.filling).record(0);
    const int64_t age = now.wall_micros - oldest.commit_time_micros();
    consider(now.nanos + (rules_.maximum_age_micros - age + 1) * 1000);
  }
  return due;
}

std::optional<int64_t> ShardMachine::NextDue(const Moment& now) const {
  std::optional<int64_t> due;
  const int64_t checkpoint_due = std::max(fold_due_, retry_due_);
  if (checkpoint_due > now.nanos && !committing_) due = checkpoint_due;
  for (const Lane& lane : lanes_) {
    const std::optional<int64_t> lane_due = LaneDue(lane, now);
    if (lane_due && (!due || *lane_due < *due)) due = lane_due;
  }
  return due;
}

void ShardMachine::TakeFilling(Lane* lane) {
  lane->batch = BatchOf(std::move(lane->filling));
  lane->filling = nullptr;
  lane->full = false;
}

const DeliveryBatch& ShardMachine::Deliver(uint32_t index, const Moment& now) {
  Lane& lane = lanes_[index];
  DeliveryBatch& batch = lane.batch;
  turn_ = index + 1;
  if (batch.state == BatchState::kNone) TakeFilling(&lane);
  // One that is older than those before it: the wall clock has stepped back between them.
  for (size_t i = 1; rules_.maximum_age_micros >= 0 && i < batch.records->count(); ++i) {
    if (Expired(batch.records->record(i), now)) lane.rest.push_back(CutFrom(i, &batch));
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
  Free(&lane);
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
  lanes_[lane].batch.given_up = true;
}

// One attempt has failed.
void ShardMachine::Retry(DeliveryBatch* batch, int64_t now_nanos) const {
  const auto attempts_max = static_cast<int64_t>(rules_.maximum_retry_attempts) + 1;
  if (attempts_max > 0 && batch->attempt >= attempts_max) {
    batch->state = BatchState::kExhausted;
    batch->given_up = true;
    batch->due_nanos = now_nanos;
    return;
  }
  batch->due_nanos = now_nanos + Backoff(batch->attempt);
  ++batch->attempt;
  batch->state = BatchState::kWaiting;
}

void ShardMachine::OnFailed(uint32_t index, bool counts, int64_t now_nanos) {
  Lane& lane = lanes_[index];
  DeliveryBatch& batch = lane.batch;
  if (batch.state == BatchState::kCommitting) {
    committing_ = false;
    if (folding() && fold_due_ == 0) fold_due_ = now_nanos + rules_.fold_nanos;
  }
  if (batch.given_up || !counts) {
    batch.due_nanos = now_nanos + Backoff(++batch.setbacks);
    batch.state = batch.given_up ? BatchState::kExhausted : BatchState::kWaiting;
  } else if (rules_.bisect && batch.records->count() > 1) {
    lane.rest.push_back(CutFrom((batch.records->count() + 1) / 2, &batch));
    batch.due_nanos = now_nanos + Backoff(1);
    batch.state = BatchState::kWaiting;
  } else {
    Retry(&batch, now_nanos);
  }
}

void ShardMachine::OnFailedFrom(uint32_t index, size_t from, int64_t now_nanos) {
  Lane& lane = lanes_[index];
  MILLRACE_CHECK(lane.batch.state == BatchState::kInFlight);
  DeliveryBatch rest = CutFrom(from, &lane.batch);
  if (rules_.bisect) {
    rest.due_nanos = now_nanos + Backoff(1);
  } else {
    Retry(&rest, now_nanos);
  }
  lane.rest.push_back(std::move(rest));
}

int64_t ShardMachine::Backoff(uint32_t failures) const {
  int64_t backoff = rules_.backoff_nanos;
  for (uint32_t i = 1; i < failures && backoff < rules_.backoff_max_nanos; ++i) backoff *= 2;
  return std::min(backoff, rules_.backoff_max_nanos);
}

std::optional<uint32_t> ShardMachine::NextCommit(int64_t now_nanos) const {
  if (committing_) return std::nullopt;
  for (uint32_t i = 0; i < lane_count(); ++i) {
    const DeliveryBatch& batch = lanes_[i].batch;
    if (batch.state == BatchState::kFinished) return i;
    if (batch.state == BatchState::kExhausted && batch.due_nanos <= now_nanos) return i;
  }
  return std::nullopt;
}

Position ShardMachine::LowWithout(std::optional<uint32_t> committed) const {
  Position low = next_read_;
  for (uint32_t i = 0; i < lane_count(); ++i) {
    const Lane& lane = lanes_[i];
    if (lane.batch.state != BatchState::kNone && committed != i) {
      low = std::min(low, lane.batch.first);
    } else if (!lane.rest.empty()) {
      low = std::min(low, lane.rest.back().first);
    } else if (lane.filling != nullptr && !lane.filling->empty()) {
      low = std::min(low, lane.filling->record(0).position());
    }
  }
  return low;
}

Checkpoint ShardMachine::Settle(Checkpoint checkpoint, std::optional<uint32_t> committed) const {
  checkpoint.gaps = gaps_;
  checkpoint.low = LowWithout(committed);
  for (Position& mark : checkpoint.marks) {
    if (mark < checkpoint.low) mark = Position();
  }
  std::erase_if(checkpoint.earlier, [&checkpoint](const std::vector<Position>& marks) {
    return std::all_of(marks.begin(), marks.end(),
                       [&checkpoint](const Position& mark) { return mark < checkpoint.low; });
  });
  return checkpoint;
}

Checkpoint ShardMachine::BeginCommit(uint32_t index) {
  MILLRACE_CHECK(!committing_);
  DeliveryBatch& batch = lanes_[index].batch;
  next_checkpoint_ = working_;
  next_checkpoint_.records_finished += batch.records->count();
  if (batch.given_up) {
    (rules_.has_dead_letters ? next_checkpoint_.dead_letters : next_checkpoint_.discarded) +=
        batch.records->count();
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
  working_.records_finished += lane.batch.records->count();
  working_.dead_letters = next_checkpoint_.dead_letters;
  working_.discarded = next_checkpoint_.discarded;
  working_.marks[index] = lane.batch.last;
  checkpoint_ = next_checkpoint_;
  retry_due_ = 0;
  checkpoint_failures_ = 0;
  committing_ = false;
  Free(&lane);
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
    for (const DeliveryBatch& part : lane.rest) count += part.records->count();
    if (lane.filling) count += lane.filling->count();
  }
  return count;
}

bool ShardMachine::quiet() const {
  if (committing_ || folding()) return false;
  return std::all_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) {
    return lane.batch.state != BatchState::kInFlight && lane.batch.state != BatchState::kFinished;
  });
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

bool ShardMachine::failing() const {
  return std::any_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) {
    const DeliveryBatch& batch = lane.batch;
    return batch.attempt > 1 || batch.setbacks > 0 || batch.given_up || !lane.rest.empty() ||
           batch.state == BatchState::kWaiting;
  });
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

// Its batch is done: the next part of one that was split, if any, is the lane's batch. The buffer
// is kept for the next batch, unless a message on its way shares it or a part has made it smaller.
void ShardMachine::Free(Lane* lane) {
  const std::shared_ptr<RecordsBuffer> buffer = std::move(lane->batch.records);
  if (buffer.use_count() == 1 && buffer->records_max() == rules_.batch_size) {
    buffer->Clear();
    lane->spare = buffer;
  }
  lane->batch = DeliveryBatch();
  if (lane->rest.empty()) return;
  lane->batch = std::move(lane->rest.back());
  lane->rest.pop_back();
}

}  // namespace millrace
