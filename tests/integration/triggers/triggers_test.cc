// The trigger service over a real database and real, sandboxed handler processes.
#include <gtest/gtest.h>

#include <future>

#include "engine/model/change_record.h"
#include "tests/integration/triggers/trigger_fixture.h"

namespace millrace {
namespace {

TEST_F(TriggersTest, EachRecordHasItsEffectOnce) {
  AddFunction("count");
  for (int n = 0; n < 100; ++n) Write(n % 10, n);
  const std::string uuid = AddMapping(7);
  for (int n = 100; n < 200; ++n) Write(n % 10, n);
  ASSERT_TRUE(AwaitFinished(uuid, 200)) << AllLogs();
  const auto effects = Effects();
  ASSERT_EQ(effects.size(), 10u);
  for (const auto& [key, count] : effects) EXPECT_EQ(count, 20) << key;
  EXPECT_EQ(service_->GetEventSourceMapping(uuid)->records_finished, 200u);
  EXPECT_EQ(service_->GetEventSourceMapping(uuid)->last_processing_result, "OK");
}

TEST_F(TriggersTest, HandlersRead) {
  AddFunction("get");
  Write(0, 1);
  ASSERT_TRUE(AwaitFinished(AddMapping(10), 1)) << AllLogs();
}

// The wire is ZeroMQ's: its own library serves as well as the SDK.
TEST_F(TriggersTest, LibzmqsDealerIsAHandler) {
  AddFunction("libzmq");
  for (int n = 0; n < 500; ++n) Write(n % 5, n);
  ASSERT_TRUE(AwaitFinished(AddMapping(100), 500)) << AllLogs();
  EXPECT_EQ(Effects(), (std::map<std::string, int64_t>{{"libzmq", 500}}));
}

class Misbehaviour : public TriggersTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(Misbehaviour, IsRetriedAndNothingIsLost) {
  AddFunction(GetParam(), 1);
  for (int n = 0; n < 50; ++n) Write(n % 5, n, n == 20);
  const std::string uuid = AddMapping(10);
  ASSERT_TRUE(AwaitFinished(uuid, 50)) << AllLogs();
  EXPECT_EQ(Total(), 50);
  EXPECT_NE(AllLogs().find(std::string("attempt 1 of ") + GetParam()), std::string::npos)
      << AllLogs();
  EXPECT_GE(service_->GetStatus().process_crashes, 1u);
}
INSTANTIATE_TEST_SUITE_P(All, Misbehaviour, ::testing::Values("crash", "hang", "lie", "flood"));

TEST_F(TriggersTest, ExhaustedRecordsGoToTheDeadLetters) {
  AddFunction("fail");
  for (int n = 0; n < 20; ++n) Write(n % 5, n, n == 7);
  const std::string uuid = AddMapping(1, 2, "dead");
  ASSERT_TRUE(AwaitFinished(uuid, 20)) << AllLogs();
  EXPECT_EQ(Total(), 19);
  EXPECT_EQ(service_->GetEventSourceMapping(uuid)->dead_letters, 1u);
  PageRequest request;
  request.table = database_->FindTable("dead");
  const auto page = database_->ReadPage(request);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->items.size(), 1u);
  const ItemView item(page->items[0]);
  EXPECT_EQ(item.Find("attempts")->number().ToString(), "3");
  EXPECT_EQ(item.Find("error_message")->text(), "poison");
  const RecordView record(item.Find("record")->text());
  EXPECT_TRUE(ValidateRecord(record.bytes()).ok());
  EXPECT_EQ(record.new_image().Find("n")->number().ToString(), "7");
}

TEST_F(TriggersTest, GoesOnAfterARestartMidBacklog) {
  AddFunction("count");
  const std::string uuid = AddMapping(3);
  for (int round = 0; round < 4; ++round) {
    for (int n = 0; n < 100; ++n) Write(n % 10, round * 100 + n);
    ASSERT_TRUE(AwaitFinished(uuid, static_cast<uint64_t>(round) * 100 + 30)) << AllLogs();
    Close();
    Open();
  }
  ASSERT_TRUE(AwaitFinished(uuid, 400)) << AllLogs();
  EXPECT_EQ(Total(), 400);
  EXPECT_EQ(service_->GetEventSourceMapping(uuid)->records_finished, 400u);
}

TEST_F(TriggersTest, AClosedStreamIsDrainedToItsEnd) {
  AddFunction("count");
  for (int n = 0; n < 10; ++n) Write(n, n);
  const std::string uuid = AddMapping(10);
  ASSERT_TRUE(database_->DisableStream("source").ok());
  for (int n = 10; n < 20; ++n) Write(n - 10, n);  // beside any stream
  ASSERT_TRUE(Eventually(kPatience, [&] {
    const auto mapping = service_->GetEventSourceMapping(uuid);
    for (const ShardProgress& shard : mapping->shards) {
      if (!shard.ended) return false;
    }
    return true;
  }));
  EXPECT_EQ(Total(), 10);
  // Its checkpoints are at the end, so that a restart doesn't miss what was trimmed meanwhile.
  EXPECT_TRUE(Eventually(kPatience, [&] { return service_->OldestNeeded() == Lsn(UINT64_MAX); }));
}

TEST_F(TriggersTest, RefusalsAreLambdas) {
  MappingSpec mapping;
  mapping.function = "nobody";
  mapping.event_source = "source";
  EXPECT_TRUE(
      service_->CreateEventSourceMapping(mapping).status().Is(ErrorCode::kResourceNotFound));
  AddFunction("count");
  FunctionSpec twice;
  twice.name = "f";
  twice.executable = MILLRACE_BINARY_DIR "/triggers_test_handler";
  EXPECT_EQ(service_->CreateFunction(twice).status().ToString(),
            "ResourceConflictException: Function already exist: f");
  mapping.function = "f";
  mapping.event_source = "effects";
  EXPECT_TRUE(
      service_->CreateEventSourceMapping(mapping).status().Is(ErrorCode::kInvalidParameterValue));
  mapping.event_source = "source";
  const auto made = service_->CreateEventSourceMapping(mapping);
  ASSERT_TRUE(made.ok());
  EXPECT_TRUE(
      service_->CreateEventSourceMapping(mapping).status().Is(ErrorCode::kResourceConflict));
  EXPECT_TRUE(service_->DeleteFunction("f").Is(ErrorCode::kResourceConflict));
  EXPECT_TRUE(service_->DeleteEventSourceMapping(made->uuid).ok());
  EXPECT_TRUE(
      service_->DeleteEventSourceMapping(made->uuid).status().Is(ErrorCode::kResourceNotFound));
  EXPECT_TRUE(service_->DeleteFunction("f").ok());
  EXPECT_TRUE(database_->ListCells("checkpoint/")->empty());
}

TEST_F(TriggersTest, LogsCanBeFollowed) {
  AddFunction("count");
  std::promise<void> woken;
  service_->AwaitLogs("f", 0, [&woken] { woken.set_value(); });
  AddMapping(10);
  ASSERT_EQ(woken.get_future().wait_for(kPatience), std::future_status::ready);
  EXPECT_NE(AllLogs().find("ready after"), std::string::npos);
}

}  // namespace
}  // namespace millrace
