#include "triggers/shard_machine.h"

#include <gtest/gtest.h>

#include "sdk/frames.h"
#include "tests/unit/triggers/test_records.h"

namespace millrace {
namespace {

Checkpoint Start(size_t lanes) {
  Checkpoint checkpoint;
  checkpoint.low = Position{0, Lsn(1), 0};
  checkpoint.marks.resize(lanes);
  return checkpoint;
}

void Offer(ShardMachine* machine, uint64_t from, uint64_t to) {
  for (uint64_t lsn = from; lsn <= to; ++lsn) {
    ASSERT_EQ(machine->OnRecord(RecordView(MakeRecord(lsn, 0, 0)), 0), ShardMachine::Taken::kHeld);
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

// A message of an earlier attempt may still be read by ZeroMQ's thread.
TEST(RecordsBufferTest, PayloadIsWrittenOnce) {
  RecordsBuffer buffer(2);
  const std::string record = MakeRecord(1, 0, 7);
  buffer.Append(RecordView(record));
  auto* payload = const_cast<char*>(buffer.Payload().data());
  payload[0] = 9;
  EXPECT_EQ(buffer.Payload().data(), payload);
  EXPECT_EQ(payload[0], 9);
  buffer.Append(RecordView(record));
  EXPECT_EQ(buffer.Payload()[0], 2);
}

TEST(ShardMachineTest, AGapIsKeptAndPassedAndCountedOnce) {
  ShardMachine machine(DeliveryRules(), Start(1));
  Offer(&machine, 1, 3);
  machine.OnGap({Lsn(3), Lsn(10), 7});
  Offer(&machine, 11, 11);
  machine.Deliver(0, {});
  machine.OnFinished(0);
  const Checkpoint first = machine.BeginCommit(0);
  EXPECT_EQ(first.gaps, (LogGaps{1, {Lsn(3), Lsn(10), 7}}));
  machine.OnCommitted(0);
  // Stopped with the record 1 unfinished it reads from there again, and meets it again.
  Checkpoint stopped = first;
  stopped.low = Position{0, Lsn(1), 0};
  ShardMachine again(DeliveryRules(), stopped);
  again.OnGap({Lsn(0), Lsn(20), 9});
  EXPECT_EQ(again.gaps(), (LogGaps{1, {Lsn(0), Lsn(20), 9}}));
  const std::optional<Checkpoint> idle = again.IdleCheckpoint(1, 0);
  ASSERT_TRUE(idle.has_value());
  EXPECT_EQ(idle->low, (Position{0, Lsn(21), 0}));
  EXPECT_EQ(idle->gaps, again.gaps());
}

TEST(ShardMachineTest, ABufferThatAMessageSharesIsNotUsedAgain) {
  ShardMachine machine(DeliveryRules(), Start(1));
  for (uint64_t lsn = 1; lsn <= 3; ++lsn) {
    Offer(&machine, lsn, lsn);
    std::shared_ptr<RecordsBuffer> message = machine.Deliver(0, {}).records;
    const RecordsBuffer* records = message.get();
    if (lsn == 2) message.reset();
    machine.OnFinishedWithoutWrites(0, 0);
    EXPECT_EQ(records->empty(), lsn == 2);  // emptied for the next batch
  }
}

TEST(ShardMachineTest, BatchesAreBoundedInRecordsAndBytes) {
  DeliveryRules rules;
  rules.batch_size = 3;
  ShardMachine machine(rules, Start(1));
  Offer(&machine, 1, 3);
  EXPECT_EQ(machine.OnRecord(RecordView(MakeRecord(4, 0, 0)), 0), ShardMachine::Taken::kFull);
  EXPECT_EQ(machine.Deliver(*machine.NextReady(0), {}).records->count(), 3u);
  Offer(&machine, 4, 6);
  EXPECT_EQ(machine.OnRecord(RecordView(MakeRecord(7, 0, 0)), 0), ShardMachine::Taken::kFull);
  EXPECT_FALSE(machine.NextReady(0).has_value());

  rules.batch_size = 100;
  rules.batch_bytes = MakeRecord(1, 0, 0).size() * 2;
  ShardMachine small(rules, Start(1));
  Offer(&small, 1, 2);
  EXPECT_EQ(small.OnRecord(RecordView(MakeRecord(3, 0, 0)), 0), ShardMachine::Taken::kFull);
  small.Deliver(0, {});
  // A record larger than a batch goes alone.
  EXPECT_EQ(small.OnRecord(RecordView(MakeRecord(3, 0, 0, 10'000)), 0), ShardMachine::Taken::kHeld);
  EXPECT_EQ(small.OnRecord(RecordView(MakeRecord(4, 0, 0)), 0), ShardMachine::Taken::kFull);
}

TEST(ShardMachineTest, RetriesBackOffAndEnd) {
  DeliveryRules rules;
  rules.maximum_retry_attempts = 2;
  rules.backoff_nanos = 10;
  rules.backoff_max_nanos = 15;
  ShardMachine machine(rules, Start(1));
  Offer(&machine, 1, 2);
  EXPECT_EQ(machine.Deliver(0, {}).attempt, 1u);
  machine.OnFailed(0, true, 100);
  EXPECT_EQ(machine.NextDue({}), 110);
  EXPECT_FALSE(machine.NextReady(109).has_value());
  EXPECT_EQ(machine.Deliver(*machine.NextReady(110), {}).attempt, 2u);
  machine.OnFailed(0, false, 200);  // doesn't count
  EXPECT_EQ(machine.Deliver(*machine.NextReady(210), {}).attempt, 2u);
  machine.OnFailed(0, true, 300);
  EXPECT_EQ(machine.NextDue({}), 315);
  EXPECT_EQ(machine.Deliver(0, {}).attempt, 3u);
  EXPECT_FALSE(machine.NextCommit(1000).has_value());
  machine.OnFailed(0, true, 400);
  ASSERT_TRUE(machine.NextCommit(1000).has_value());
  const Checkpoint checkpoint = machine.BeginCommit(0);
  EXPECT_EQ(checkpoint.dead_letters, 2u);
  EXPECT_EQ(checkpoint.records_finished, 2u);
  machine.OnCommitted(0);
  EXPECT_TRUE(machine.idle());
}

// Whatever is due already does not hide what is due later.
TEST(ShardMachineTest, NextDueIsLaterThanNow) {
  DeliveryRules rules;
  rules.backoff_nanos = 10;
  rules.window_nanos = 100;
  ShardMachine machine(rules, Start(2));
  EXPECT_EQ(machine.OnRecord(RecordView(MakeRecord(1, 0, 0)), 0), ShardMachine::Taken::kHeld);
  EXPECT_EQ(machine.OnRecord(RecordView(MakeRecord(2, 0, 1)), 50), ShardMachine::Taken::kHeld);
  EXPECT_EQ(machine.NextDue({0, 0}), 100);
  EXPECT_EQ(machine.NextDue({99, 0}), 100);
  EXPECT_EQ(machine.NextDue({100, 0}), 150);
  EXPECT_EQ(machine.NextReady(100), 0u);
  machine.Deliver(0, {100, 0});
  machine.OnFailed(0, true, 120);
  EXPECT_EQ(machine.NextDue({120, 0}), 130);
  EXPECT_EQ(machine.NextDue({130, 0}), 150);
  EXPECT_EQ(machine.NextDue({150, 0}), std::nullopt);
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

}  // namespace
}  // namespace millrace
