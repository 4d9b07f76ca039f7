// A model of delivery against the machine: seeded orders of records, replies, failures, commits,
// crashes, updates of the mapping and steps of the clocks. The model knows the rules only as
// Lambda's documentation says them, and no state of the machine's.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "engine/base/random.h"
#include "tests/unit/triggers/test_records.h"
#include "triggers/shard_machine.h"

namespace millrace {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr uint32_t kRecords = 60;
constexpr uint64_t kKeys = 8;

enum class Fate : uint8_t { kDone, kDead, kDiscarded };

class DeliveryModel {
 public:
  explicit DeliveryModel(uint64_t seed) : random_(seed) {
    steps_back_ = random_.OneIn(4);
    now_ = {kSecond, 1'000'000'000};
    uint64_t lsn = 1;
    for (uint32_t i = 0; i < kRecords; ++lsn) {
      const uint64_t in_commit = random_.Uniform(4);  // 0: a commit of other tables
      int64_t time = now_.wall_micros + static_cast<int64_t>(lsn) * 100'000;
      if (steps_back_ && random_.OneIn(5)) time -= 3'000'000;
      for (uint32_t o = 0; o < in_commit; ++o, ++i) {
        log_.push_back(MakeRecord(lsn, o, random_.Uniform(kKeys), random_.Uniform(200), time));
      }
    }
    end_ = lsn;
    ChooseRules();
    stored_.low = Position{0, Lsn(1), 0};
    stored_.marks.resize(factor_);
    Start(stored_);
  }

  void Run() {
    for (int step = 0; step < 1500 && fates_.size() < log_.size(); ++step) {
      Step(random_.Uniform(100));
      if (::testing::Test::HasFailure()) return;
    }
    // From here on everything goes well, and time passes only as far as the machine says it must.
    for (int step = 0; fates_.size() < log_.size(); ++step) {
      ASSERT_LT(step, 5000) << fates_.size() << " of " << log_.size();
      if (Settle()) continue;
      const auto due = machine_->NextDue(now_);
      ASSERT_TRUE(due.has_value()) << "waits for nothing";
      ASSERT_LE(*due, EarliestWindow()) << "waits for too long";
      Pass(*due - now_.nanos);
    }
    Fold();
    EXPECT_TRUE(machine_->idle());
  }

 private:
  using Records = std::vector<Position>;

  void ChooseRules() {
    rules_ = DeliveryRules();
    rules_.batch_size = 1 + static_cast<uint32_t>(random_.Uniform(9));
    if (random_.OneIn(3)) rules_.batch_bytes = 600 + random_.Uniform(600);
    if (random_.OneIn(3)) rules_.window_nanos = static_cast<int64_t>(random_.Uniform(3)) * kSecond;
    rules_.maximum_retry_attempts = static_cast<int32_t>(random_.Uniform(5)) - 1;
    if (random_.OneIn(3)) {
      rules_.maximum_age_micros = 2'000'000 + static_cast<int64_t>(random_.Uniform(20'000'000));
    }
    rules_.bisect = random_.OneIn(2);
    rules_.has_dead_letters = random_.OneIn(2);
    factor_ = 1 + static_cast<uint32_t>(random_.Uniform(4));
  }
  void Start(Checkpoint checkpoint) {
    ++checkpoint.epoch;
    machine_ = std::make_unique<ShardMachine>(rules_, DealAgain(std::move(checkpoint), factor_));
    updating_ = false;
    commit_.reset();
    in_flight_.clear();
    light_.clear();
    strikes_.clear();
    held_.clear();
    parts_.clear();
    expired_.clear();
    exhausted_.clear();
    full_.clear();
    next_ = 0;
    while (next_ < log_.size() && RecordView(log_[next_]).position().lsn < stored_.low.lsn) {
      ++next_;
    }
  }

  void Step(uint64_t dice) {
    if (dice < 30) {
      Read();
    } else if (dice < 50) {
      DeliverOne();
    } else if (dice < 70) {
      EndDelivery(random_.Uniform(100));
    } else if (dice < 80) {
      BeginCommit();
    } else if (dice < 92) {
      EndCommit(random_.Uniform(100));
    } else if (dice < 93) {
      Start(stored_);  // a crash
    } else if (dice < 95) {
      updating_ = true;
    } else {
      Pass(static_cast<int64_t>(random_.Uniform(2 * kSecond)));
      if (steps_back_ && random_.OneIn(10)) now_.wall_micros -= 1'000'000;
    }
    Switch();
  }
  // True: something happened.
  bool Settle() {
    const uint64_t before = events_;
    for (size_t i = 0; i < log_.size() && Read(); ++i) continue;
    DeliverOne();
    EndDelivery(0);
    BeginCommit();
    EndCommit(0);
    Switch();
    return before != events_;
  }
  void Pass(int64_t nanos) {
    now_.nanos += nanos;
    now_.wall_micros += (nanos + 999) / 1000;
  }

  // When the first of the batches that are still gathered must go at the latest.
  int64_t EarliestWindow() const {
    int64_t earliest = INT64_MAX;
    for (const auto& [position, since] : held_) {
      const uint32_t lane = LaneOfHash(KeyOf(position), machine_->lane_count());
      const bool gathered =
          fates_.count(position) == 0 && machine_->batch(lane).state == BatchState::kNone;
      if (gathered) earliest = std::min(earliest, since + rules_.window_nanos);
    }
    return earliest;
  }

  // In force when what is under way has ended, as the broker does it.
  void Switch() {
    if (!updating_ || !machine_->quiet()) return;
    EXPECT_TRUE(in_flight_.empty());
    ChooseRules();
    Start(machine_->checkpoint());
  }

  bool Read() {
    if (next_ == log_.size()) {
      machine_->OnReadThrough(Lsn(end_));
      return false;
    }
    const RecordView record(log_[next_]);
    const uint32_t lane = LaneOfHash(record.key_hash(), machine_->lane_count());
    const ShardMachine::Taken taken = machine_->OnRecord(record, now_.nanos);
    if (taken == ShardMachine::Taken::kFull) {
      full_.insert(lane);
      return false;
    }
    // Nothing unfinished may be skipped, nothing finished delivered again.
    EXPECT_EQ(taken == ShardMachine::Taken::kFinishedBefore, fates_.count(record.position()) == 1);
    if (taken == ShardMachine::Taken::kHeld) held_[record.position()] = now_.nanos;
    ++next_;
    ++events_;
    return true;
  }

  bool TooOld(const RecordView& record) const {
    return rules_.maximum_age_micros >= 0 &&
           now_.wall_micros - record.commit_time_micros() > rules_.maximum_age_micros;
  }
  static Records PositionsOf(const DeliveryBatch& batch) {
    Records records;
    for (size_t i = 0; i < batch.records->count(); ++i) {
      records.push_back(batch.records->record(i).position());
    }
    return records;
  }

  void DeliverOne() {
    if (updating_) return;
    machine_->GiveUpExpired(now_);
    CheckExpired();
    const auto lane = machine_->NextReady(now_.nanos);
    if (!lane) return;
    const DeliveryBatch& batch = machine_->Deliver(*lane, now_);
    ++events_;
    EXPECT_TRUE(in_flight_.insert(*lane).second);
    EXPECT_LE(batch.records->count(), rules_.batch_size);
    for (size_t i = 0; i < batch.records->count(); ++i) {
      const RecordView record = batch.records->record(i);
      EXPECT_EQ(fates_.count(record.position()), 0u);
      EXPECT_EQ(batch.attempt, strikes_[record.position()] + 1u);
      EXPECT_FALSE(TooOld(record));
      EXPECT_EQ(LaneOfHash(record.key_hash(), machine_->lane_count()), *lane);
    }
    CheckExtent(*lane, batch);
    for (const Position& position : PositionsOf(batch)) held_.erase(position);
  }
  // What was split comes first, as it was split; else the batch is full or has waited.
  void CheckExtent(uint32_t lane, const DeliveryBatch& batch) {
    const Records records = PositionsOf(batch);
    std::deque<Records>& parts = parts_[lane];
    if (!parts.empty()) {
      Records& part = parts.front();
      ASSERT_LE(records.size(), part.size());
      EXPECT_TRUE(std::equal(records.begin(), records.end(), part.begin()));
      if (!steps_back_) {
        EXPECT_EQ(records.size(), part.size());
      }
      part.erase(part.begin(), part.begin() + static_cast<std::ptrdiff_t>(records.size()));
      if (part.empty()) parts.pop_front();
      return;
    }
    if (rules_.maximum_age_micros < 0) {
      EXPECT_TRUE(records.size() == rules_.batch_size || full_.count(lane) == 1 ||
                  now_.nanos >= held_[records[0]] + rules_.window_nanos);
    }
    full_.erase(lane);
  }
  void CheckExpired() {
    for (uint32_t lane = 0; lane < machine_->lane_count(); ++lane) {
      const DeliveryBatch& batch = machine_->batch(lane);
      if (!batch.expired || batch.state != BatchState::kExhausted) continue;
      if (!expired_.insert(batch.first).second) continue;
      full_.erase(lane);
      for (size_t i = 0; i < batch.records->count(); ++i) {
        EXPECT_TRUE(TooOld(batch.records->record(i)));
        TakeFromParts(lane, batch.records->record(i).position());
      }
    }
  }
  void TakeFromParts(uint32_t lane, Position position) {
    std::deque<Records>& parts = parts_[lane];
    if (parts.empty()) return;
    EXPECT_EQ(parts.front().front(), position);
    parts.front().erase(parts.front().begin());
    if (parts.front().empty()) parts.pop_front();
  }

  // What the documentation says of a batch that failed.
  void Strike(uint32_t lane, const Records& records) {
    if (rules_.bisect && records.size() > 1) {
      const auto half = records.begin() + static_cast<std::ptrdiff_t>((records.size() + 1) / 2);
      parts_[lane].push_front(Records(half, records.end()));
      parts_[lane].push_front(Records(records.begin(), half));
      return;
    }
    for (const Position& position : records) ++strikes_[position];
    PutBackUnlessExhausted(lane, records);
  }
  void PutBackUnlessExhausted(uint32_t lane, const Records& records) {
    const int32_t retries = rules_.maximum_retry_attempts;
    if (retries < 0 || strikes_[records[0]] <= retries) {
      parts_[lane].push_front(records);
    } else {
      exhausted_.insert(records.begin(), records.end());
    }
  }
  void Fail(uint32_t lane, bool counts) {
    const DeliveryBatch& batch = machine_->batch(lane);
    const Records records = PositionsOf(batch);
    if (batch.given_up) {
      // Its dead letters could not be written: it isn't delivered for that.
    } else if (counts) {
      Strike(lane, records);
    } else {
      parts_[lane].push_front(records);
    }
    machine_->OnFailed(lane, counts, now_.nanos);
  }

  void EndDelivery(uint64_t dice) {
    if (in_flight_.empty()) return;
    auto at = in_flight_.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(random_.Uniform(in_flight_.size())));
    const uint32_t lane = *at;
    in_flight_.erase(at);
    ++events_;
    const size_t count = machine_->batch(lane).records->count();
    if (dice < 50) return Finish(lane);
    if (dice < 70) return Fail(lane, true);  // an error, or a reply that means nothing
    if (dice < 75) return Fail(lane, false);
    if (dice < 77) {
      const Records records = PositionsOf(machine_->batch(lane));
      exhausted_.insert(records.begin(), records.end());
      return machine_->OnGivenUp(lane);
    }
    if (count < 2) return Fail(lane, true);
    const size_t from = 1 + random_.Uniform(count - 1);
    Records rest = PositionsOf(machine_->batch(lane));
    rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(from));
    if (!rules_.bisect) {
      for (const Position& position : rest) ++strikes_[position];
    }
    PutBackUnlessExhausted(lane, rest);
    machine_->OnFailedFrom(lane, from, now_.nanos);
    Finish(lane);
  }
  void Finish(uint32_t lane) {
    if (random_.OneIn(2)) return machine_->OnFinished(lane);
    const RecordsBuffer& records = *machine_->batch(lane).records;
    for (size_t i = 0; i < records.count(); ++i) light_.push_back(records.record(i).position());
    machine_->OnFinishedWithoutWrites(lane, now_.nanos);
  }

  void BeginCommit() {
    if (commit_) return;
    const auto lane = machine_->NextCommit(now_.nanos);
    if (!lane) return Fold();
    ++events_;
    folded_ = light_.size();
    commit_ = {*lane, machine_->BeginCommit(*lane)};
    EXPECT_FALSE(machine_->NextCommit(now_.nanos).has_value());
    EXPECT_FALSE(machine_->FoldedCheckpoint(now_.nanos, true).has_value());
  }
  // At once: done or failed.
  void Fold() {
    const auto checkpoint = machine_->FoldedCheckpoint(now_.nanos, updating_);
    if (!checkpoint) return;
    ++events_;
    if (random_.OneIn(4)) return machine_->OnCheckpointFailed(now_.nanos);
    FinishLight(light_.size());
    Store(*checkpoint);
    if (random_.OneIn(20)) return Start(stored_);
    machine_->OnIdleCommitted(*checkpoint);
  }
  void EndCommit(uint64_t dice) {
    if (!commit_) return;
    const auto [lane, checkpoint] = *commit_;
    commit_.reset();
    ++events_;
    if (dice >= 80) return Fail(lane, dice >= 95);  // not written; 95: a condition was not met
    const DeliveryBatch& batch = machine_->batch(lane);
    Fate fate = Fate::kDone;
    if (batch.given_up) fate = rules_.has_dead_letters ? Fate::kDead : Fate::kDiscarded;
    FinishLight(folded_);
    for (size_t i = 0; i < batch.records->count(); ++i) {
      const Position position = batch.records->record(i).position();
      EXPECT_EQ(batch.given_up, batch.expired || exhausted_.count(position) == 1);
      SetFate(position, fate);
    }
    Store(checkpoint);
    if (dice >= 75) return Start(stored_);  // a crash before the machine hears of it
    machine_->OnCommitted(lane);
  }
  void FinishLight(size_t count) {
    for (size_t i = 0; i < count; ++i) SetFate(light_[i], Fate::kDone);
    light_.erase(light_.begin(), light_.begin() + static_cast<std::ptrdiff_t>(count));
  }
  uint64_t KeyOf(Position position) const {
    for (const std::string& bytes : log_) {
      if (RecordView(bytes).position() == position) return RecordView(bytes).key_hash();
    }
    ADD_FAILURE() << "no such record";
    return 0;
  }
  void SetFate(Position position, Fate fate) {
    EXPECT_TRUE(fates_.emplace(position, fate).second) << "twice";
    Position& last = last_of_key_[KeyOf(position)];
    EXPECT_LT(last, position) << "out of order";
    last = position;
  }
  uint64_t CountOf(Fate fate) const {
    return static_cast<uint64_t>(std::count_if(
        fates_.begin(), fates_.end(), [fate](const auto& entry) { return entry.second == fate; }));
  }
  static bool Covers(const Checkpoint& checkpoint, const RecordView& record) {
    const Position position = record.position();
    const auto covered = [&](const std::vector<Position>& marks) {
      return position <= marks[LaneOfHash(record.key_hash(), marks.size())];
    };
    return position < checkpoint.low || covered(checkpoint.marks) ||
           std::any_of(checkpoint.earlier.begin(), checkpoint.earlier.end(), covered);
  }
  // What a checkpoint says is finished is, and the other way round.
  void Store(const Checkpoint& checkpoint) {
    stored_ = *DecodeCheckpoint(EncodeCheckpoint(checkpoint));
    EXPECT_EQ(stored_, checkpoint);
    EXPECT_EQ(stored_.records_finished, fates_.size());
    EXPECT_EQ(stored_.dead_letters, CountOf(Fate::kDead));
    EXPECT_EQ(stored_.discarded, CountOf(Fate::kDiscarded));
    for (const std::string& bytes : log_) {
      const RecordView record(bytes);
      EXPECT_EQ(Covers(stored_, record), fates_.count(record.position()) == 1);
    }
  }

  Random random_;
  bool steps_back_ = false;  // the wall clock does
  Moment now_;
  DeliveryRules rules_;
  uint32_t factor_ = 1;
  bool updating_ = false;
  Checkpoint stored_;
  std::vector<std::string> log_;
  uint64_t end_ = 0;
  size_t next_ = 0;
  uint64_t events_ = 0;  // that something came of
  std::unique_ptr<ShardMachine> machine_;
  std::set<uint32_t> in_flight_;
  std::optional<std::pair<uint32_t, Checkpoint>> commit_;
  std::vector<Position> light_;                    // finished without writes, in memory only
  size_t folded_ = 0;                              // of those, in the commit under way
  std::map<Position, int32_t> strikes_;            // attempts used up
  std::map<Position, int64_t> held_;               // not delivered yet: since when
  std::map<uint32_t, std::deque<Records>> parts_;  // by lane: what must come next, in batches
  std::set<uint32_t> full_;                        // lanes that refused a record
  std::set<Position> expired_;                     // first records of batches seen as too old
  std::set<Position> exhausted_;                   // may be given up
  std::map<Position, Fate> fates_;                 // durably
  std::map<uint64_t, Position> last_of_key_;
};

TEST(DeliveryModelTest, SeededOrdersAndCrashes) {
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    DeliveryModel(seed).Run();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace millrace
