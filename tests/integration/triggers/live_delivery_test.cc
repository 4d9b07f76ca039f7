// Delivery of commits that are on disk and not yet in the state.
#include <gtest/gtest.h>

#include <algorithm>
#include <future>

#include "tests/integration/triggers/trigger_fixture.h"
#include "tests/support/held_state.h"
#include "triggers/durable_tail.h"

namespace millrace {
namespace {

class LiveDeliveryTest : public TriggersTest {
 protected:
  std::future<void> WriteInBackground(int n) {
    return std::async(std::launch::async, [this, n] { Write(0, n); });
  }
  // Its first record is delivered.
  std::string AddLook() {
    AddFunction("look");
    Write(0, 1);
    const std::string uuid = AddMapping(10);
    EXPECT_TRUE(AwaitLog("k0 is 1")) << AllLogs();
    return uuid;
  }
  bool AwaitLog(const std::string& text) {
    return Eventually(kPatience, [&] { return AllLogs().find(text) != std::string::npos; });
  }
};

TEST_F(LiveDeliveryTest, AHandlerIsCalledBeforeTheStateShowsTheRecordAndReadsItThen) {
  const std::string uuid = AddLook();
  HeldState state(database_.get());
  state.Hold();
  std::future<void> written = WriteInBackground(2);
  state.AwaitHeld();
  EXPECT_TRUE(AwaitLog("called for 2")) << AllLogs();
  state.Release();
  EXPECT_TRUE(AwaitLog("called for 2, k0 is 2")) << AllLogs();
  written.get();
  EXPECT_TRUE(AwaitFinished(uuid, 2)) << AllLogs();
}

TEST_F(LiveDeliveryTest, WhatAStreamNoLongerHasIsNotDelivered) {
  const std::string uuid = AddLook();
  HeldState state(database_.get());
  state.Hold();
  std::future<void> closed = std::async(
      std::launch::async, [this] { EXPECT_TRUE(database_->DisableStream("source").ok()); });
  state.AwaitHeld();
  std::future<void> written = WriteInBackground(2);
  state.Release();
  closed.get();
  written.get();
  Write(0, 3);
  ASSERT_TRUE(Eventually(kPatience, [&] {
    const auto mapping = service_->GetEventSourceMapping(uuid);
    return mapping.ok() && std::all_of(mapping->shards.begin(), mapping->shards.end(),
                                       [](const ShardProgress& shard) { return shard.ended; });
  }));
  EXPECT_EQ(service_->GetEventSourceMapping(uuid)->records_finished, 1u);
  EXPECT_EQ(AllLogs().find("called for 2"), std::string::npos);
}

TEST_F(LiveDeliveryTest, TheTailEndsBeforeAChangeOfATable) {
  DurableTail tail(database_.get());
  Write(0, 1);
  const Lsn before = database_->applied_lsn();
  EXPECT_EQ(tail.Readable(), before);
  HeldState state(database_.get());
  state.Hold();
  std::future<void> written = WriteInBackground(2);
  state.AwaitHeld();
  EXPECT_EQ(database_->applied_lsn(), before);
  EXPECT_EQ(tail.Readable(), Lsn(before.value() + 1));
  EXPECT_EQ(tail.blocked_at(), Lsn(UINT64_MAX));
  state.Release();
  written.get();

  state.Hold();
  std::future<void> closed = std::async(
      std::launch::async, [this] { EXPECT_TRUE(database_->DisableStream("source").ok()); });
  state.AwaitHeld();
  const Lsn change(before.value() + 2);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(tail.Readable(), Lsn(change.value() - 1));
    EXPECT_EQ(tail.blocked_at(), change);
  }
  state.Release();
  closed.get();
  EXPECT_EQ(tail.Readable(), change);
  EXPECT_EQ(tail.blocked_at(), Lsn(UINT64_MAX));

  // Rested, or left far behind, it goes on from the state.
  tail.Rest();
  Write(0, 3);
  EXPECT_EQ(tail.Readable(), database_->applied_lsn());
}

}  // namespace
}  // namespace millrace
