// A model of delivery: seeded orders of events and crashes against the machine.
#include "triggers/shard_machine.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "engine/base/coding.h"
#include "engine/base/random.h"
#include "sdk/frames.h"

namespace millrace {
namespace {

// A record is header and body; the machine looks at the position, the key hash and the hop count.
std::string MakeRecord(uint64_t lsn, uint32_t ordinal, uint64_t hash, size_t padding = 0) {
  RecordHeader header;
  header.position = Position{0, Lsn(lsn), ordinal};
  RecordBody body;
  body.key_hash = hash;
  const std::string keys = EncodeItem(Value::OfMap({{"pk", Value::String("k")}}));
  const std::string principal(padding, 'p');
  body.keys = keys;
  body.new_image = keys;
  body.principal = principal;
  std::string bytes;
  AppendRecordHeader(header, &bytes);
  return bytes + EncodeRecordBody(body);
}

Checkpoint Start(size_t lanes) {
  Checkpoint checkpoint;
  checkpoint.low = Position{0, Lsn(1), 0};
  checkpoint.marks.resize(lanes);
  return checkpoint;
}

void Offer(ShardMachine* machine, uint64_t from, uint64_t to) {
  for (uint64_t lsn = from; lsn <= to; ++lsn) {
    ASSERT_EQ(machine->OnRecord(RecordView(MakeRecord(lsn, 0, 0))), ShardMachine::Taken::kHeld);
  }
}

TEST(RecordsBufferTest, PayloadIsWhatTheSdkReads) {
  RecordsBuffer buffer(5);
  const std::string a = MakeRecord(1, 0, 7);
  const std::string b = MakeRecord(2, 0, 8, 100);
  buffer.Append(RecordView(a));
  buffer.Append(RecordView(b));
  const auto view = RecordsView::Decode(buffer.Payload());
  ASSERT_TRUE(view.ok()) << view.status().ToString();
  ASSERT_EQ(view->size(), 2u);
  EXPECT_EQ(view->record(0).bytes(), a);
  EXPECT_EQ(view->record(1).bytes(), b);
}

TEST(ShardMachineTest, BatchesAreBoundedInRecordsAndBytes) {
  DeliveryRules rules;
  rules.batch_size = 3;
  ShardMachine machine(rules, Start(1));
  Offer(&machine, 1, 3);
  EXPECT_EQ(machine.OnRecord(RecordView(MakeRecord(4, 0, 0))), ShardMachine::Taken::kFull);
  EXPECT_EQ(machine.Deliver(*machine.NextReady(0)).records->count(), 3u);
  Offer(&machine, 4, 6);
  EXPECT_EQ(machine.OnRecord(RecordView(MakeRecord(7, 0, 0))), ShardMachine::Taken::kFull);
  EXPECT_FALSE(machine.NextReady(0).has_value());

  rules.batch_size = 100;
  rules.batch_bytes = MakeRecord(1, 0, 0).size() * 2;
  ShardMachine small(rules, Start(1));
  Offer(&small, 1, 2);
  EXPECT_EQ(small.OnRecord(RecordView(MakeRecord(3, 0, 0))), ShardMachine::Taken::kFull);
  small.Deliver(0);
  // A record larger than a batch goes alone.
  EXPECT_EQ(small.OnRecord(RecordView(MakeRecord(3, 0, 0, 10'000))), ShardMachine::Taken::kHeld);
  EXPECT_EQ(small.OnRecord(RecordView(MakeRecord(4, 0, 0))), ShardMachine::Taken::kFull);
}

TEST(ShardMachineTest, RetriesBackOffAndEnd) {
  DeliveryRules rules;
  rules.maximum_retry_attempts = 2;
  rules.backoff_nanos = 10;
  rules.backoff_max_nanos = 15;
  ShardMachine machine(rules, Start(1));
  Offer(&machine, 1, 2);
  EXPECT_EQ(machine.Deliver(0).attempt, 1u);
  machine.OnFailed(0, true, 100);
  EXPECT_EQ(machine.NextDue(), 110);
  EXPECT_FALSE(machine.NextReady(109).has_value());
  EXPECT_EQ(machine.Deliver(*machine.NextReady(110)).attempt, 2u);
  machine.OnFailed(0, false, 200);  // doesn't count
  EXPECT_EQ(machine.Deliver(*machine.NextReady(210)).attempt, 2u);
  machine.OnFailed(0, true, 300);
  EXPECT_EQ(machine.NextDue(), 315);
  EXPECT_EQ(machine.Deliver(0).attempt, 3u);
  EXPECT_FALSE(machine.NextCommit().has_value());
  machine.OnFailed(0, true, 400);
  ASSERT_TRUE(machine.NextCommit().has_value());
  const Checkpoint checkpoint = machine.BeginCommit(0);
  EXPECT_EQ(checkpoint.dead_letters, 2u);
  EXPECT_EQ(checkpoint.records_finished, 2u);
  machine.OnCommitted(0);
  EXPECT_TRUE(machine.idle());
}

TEST(ShardMachineTest, IdleCheckpointFollowsTheLog) {
  ShardMachine machine(DeliveryRules(), Start(1));
  machine.OnReadThrough(Lsn(100));
  EXPECT_FALSE(machine.IdleCheckpoint(100, 0).has_value());
  machine.OnReadThrough(Lsn(101));
  ASSERT_TRUE(machine.IdleCheckpoint(100, 0).has_value());
  EXPECT_EQ(machine.IdleCheckpoint(100, 0)->low.lsn, Lsn(101));
  Offer(&machine, 101, 101);
  EXPECT_FALSE(machine.IdleCheckpoint(1, 0).has_value());
}

// A log of records, the durable checkpoint with the effects committed with it, and a machine that
// dies at seeded points.
class Model {
 public:
  Model(uint64_t seed, uint32_t lanes) : random_(seed), stored_(Start(lanes)) {
    rules_.batch_size = 1 + static_cast<uint32_t>(random_.Uniform(5));
    rules_.maximum_retry_attempts = static_cast<int32_t>(random_.Uniform(4)) - 1;
    uint64_t lsn = 1;
    for (uint32_t i = 0; i < 60; ++lsn) {
      const uint64_t in_commit = random_.Uniform(4);  // 0: a commit of other tables
      for (uint32_t o = 0; o < in_commit; ++o, ++i) {
        log_.push_back(MakeRecord(lsn, o, random_.Uniform(8)));
      }
    }
    end_ = lsn;
    Restart();
  }

  void Run() {
    for (int step = 0; step < 100'000 && finished_.size() < log_.size(); ++step) {
      const uint64_t dice = random_.Uniform(100);
      if (dice < 30) {
        Read();
      } else if (dice < 55) {
        DeliverOne();
      } else if (dice < 75) {
        EndDelivery();
      } else if (dice < 85) {
        if (!commit_) BeginCommit();
      } else if (dice < 97) {
        EndCommit();
      } else if (dice < 98) {
        Restart();
      } else {
        now_ += 1'000'000'000;
      }
    }
    EXPECT_EQ(finished_.size(), log_.size());
  }

 private:
  void Restart() {
    ++stored_.epoch;
    machine_ = std::make_unique<ShardMachine>(rules_, stored_);
    commit_.reset();
    in_flight_.clear();
    light_.clear();
    next_ = 0;
    while (next_ < log_.size() && RecordView(log_[next_]).position().lsn < stored_.low.lsn) {
      ++next_;
    }
  }
  void Read() {
    if (next_ == log_.size()) return machine_->OnReadThrough(Lsn(end_));
    const RecordView record(log_[next_]);
    const ShardMachine::Taken taken = machine_->OnRecord(record);
    if (taken == ShardMachine::Taken::kFull) return;
    // Nothing unfinished may be skipped, nothing finished delivered again.
    EXPECT_EQ(taken == ShardMachine::Taken::kFinishedBefore,
              finished_.count(record.position()) == 1);
    ++next_;
  }
  void DeliverOne() {
    const auto lane = machine_->NextReady(now_);
    if (!lane) return;
    const DeliveryBatch& batch = machine_->Deliver(*lane);
    EXPECT_LE(batch.records->count(), rules_.batch_size);
    EXPECT_TRUE(in_flight_.insert(*lane).second);
    for (size_t i = 0; i < batch.records->count(); ++i) {
      EXPECT_EQ(finished_.count(batch.records->record(i).position()), 0u);
    }
  }
  void EndDelivery() {
    if (in_flight_.empty()) return;
    auto at = in_flight_.begin();
    std::advance(at, random_.Uniform(in_flight_.size()));
    const uint32_t lane = *at;
    in_flight_.erase(at);
    if (random_.OneIn(4)) {
      const RecordsBuffer& records = *machine_->batch(lane).records;
      for (size_t i = 0; i < records.count(); ++i) light_.push_back(KeyOf(records.record(i)));
      machine_->OnFinishedWithoutWrites(lane, now_);
    } else if (random_.OneIn(3)) {
      machine_->OnFailed(lane, random_.OneIn(2), now_);
    } else {
      machine_->OnFinished(lane);
    }
  }
  void BeginCommit() {
    const auto lane = machine_->NextCommit();
    if (!lane) return Fold();
    folded_ = light_.size();
    commit_ = {*lane, machine_->BeginCommit(*lane)};
    EXPECT_FALSE(machine_->NextCommit().has_value());
  }
  // At once: done or failed.
  void Fold() {
    const auto checkpoint = machine_->FoldedCheckpoint(now_);
    if (!checkpoint) return;
    if (random_.OneIn(4)) return machine_->OnCheckpointFailed(now_);
    FinishLight(light_.size());
    Store(*checkpoint);
    machine_->OnIdleCommitted(*checkpoint);
  }
  void FinishLight(size_t count) {
    for (size_t i = 0; i < count; ++i) Finish(light_[i].first, light_[i].second);
    light_.erase(light_.begin(), light_.begin() + static_cast<std::ptrdiff_t>(count));
  }
  static std::pair<Position, uint64_t> KeyOf(RecordView record) {
    return {record.position(), record.key_hash()};
  }
  void EndCommit() {
    if (!commit_) return;
    const auto [lane, checkpoint] = *commit_;
    commit_.reset();
    if (random_.OneIn(4)) return machine_->OnFailed(lane, false, now_);
    const RecordsBuffer& records = *machine_->batch(lane).records;
    FinishLight(folded_);
    for (size_t i = 0; i < records.count(); ++i) {
      Finish(records.record(i).position(), records.record(i).key_hash());
    }
    Store(checkpoint);
    // A crash may come before the machine hears of it.
    if (random_.OneIn(20)) return Restart();
    machine_->OnCommitted(lane);
  }
  void Store(const Checkpoint& checkpoint) {
    stored_ = checkpoint;
    EXPECT_EQ(stored_.records_finished, finished_.size());
    for (const std::string& bytes : log_) {
      const Position position = RecordView(bytes).position();
      if (position < stored_.low) {
        EXPECT_EQ(finished_.count(position), 1u);
      }
    }
  }
  void Finish(Position position, uint64_t key_hash) {
    EXPECT_TRUE(finished_.insert(position).second) << "twice";
    Position& last = last_of_key_[key_hash];
    EXPECT_LT(last, position) << "out of order";
    last = position;
  }

  Random random_;
  DeliveryRules rules_;
  Checkpoint stored_;
  std::vector<std::string> log_;
  uint64_t end_ = 0;
  size_t next_ = 0;
  int64_t now_ = 0;
  std::unique_ptr<ShardMachine> machine_;
  std::set<uint32_t> in_flight_;
  std::optional<std::pair<uint32_t, Checkpoint>> commit_;
  std::vector<std::pair<Position, uint64_t>> light_;  // finished without writes, in memory only
  size_t folded_ = 0;                                 // of those, in the commit under way
  std::set<Position> finished_;                       // durably
  std::map<uint64_t, Position> last_of_key_;
};

TEST(ShardMachineTest, ModelOfSeededOrdersAndCrashes) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Model(seed, 1 + static_cast<uint32_t>(seed % 4)).Run();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace millrace
