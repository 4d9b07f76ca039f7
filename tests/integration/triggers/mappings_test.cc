// The settings of event source mappings, their updates, and what can go wrong with them, over real
// handler processes.
#include "tests/integration/triggers/trigger_fixture.h"

namespace millrace {
namespace {

constexpr size_t kLargeItem = 390'000;  // bytes

class MappingsTest : public TriggersTest {
 protected:
  MappingDescription Describe(const std::string& uuid) {
    auto mapping = service_->GetEventSourceMapping(uuid);
    EXPECT_TRUE(mapping.ok()) << mapping.status().ToString();
    return mapping.ok() ? std::move(*mapping) : MappingDescription();
  }
  bool AwaitState(const std::string& uuid, MappingState state) {
    return Eventually(kPatience, [&] { return Describe(uuid).state == state; });
  }
  MappingDescription Update(const MappingUpdate& update) {
    auto mapping = service_->UpdateEventSourceMapping(update);
    EXPECT_TRUE(mapping.ok()) << mapping.status().ToString();
    return mapping.ok() ? std::move(*mapping) : MappingDescription();
  }
  MappingDescription Enable(const std::string& uuid, bool enabled) {
    MappingUpdate update;
    update.uuid = uuid;
    update.enabled = enabled;
    return Update(update);
  }
  size_t DeadLetters() {
    PageRequest request;
    request.table = database_->FindTable("dead");
    const auto page = database_->ReadPage(request);
    EXPECT_TRUE(page.ok());
    return page->items.size();
  }
};

TEST_F(MappingsTest, BisectingLeavesOnlyThePoisonedRecord) {
  AddFunction("fail");
  for (int n = 0; n < 20; ++n) Write(0, n, n == 13);
  MappingSpec spec = Mapping(20);
  spec.bisect_batch_on_function_error = true;
  spec.maximum_retry_attempts = 1;
  spec.dead_letter_table = "dead";
  const std::string uuid = AddMapping(spec);
  ASSERT_TRUE(AwaitFinished(uuid, 20)) << AllLogs();
  EXPECT_EQ(Total(), 19);
  EXPECT_EQ(DeadLetters(), 1u);
  EXPECT_EQ(Describe(uuid).dead_letters, 1u);
}

// Of a batch of 20 the record 13 always fails.
TEST_F(MappingsTest, PartialFailuresKeepWhatIsBeforeThem) {
  AddFunction("partial");
  for (int n = 0; n < 20; ++n) Write(0, n, n == 13);
  MappingSpec spec = Mapping(20);
  spec.report_batch_item_failures = true;
  spec.maximum_retry_attempts = 2;
  spec.dead_letter_table = "dead";
  const std::string uuid = AddMapping(spec);
  ASSERT_TRUE(AwaitFinished(uuid, 20)) << AllLogs();
  EXPECT_EQ(Total(), 13);
  EXPECT_EQ(DeadLetters(), 7u);  // without bisecting, what follows goes with it
}

TEST_F(MappingsTest, PartialFailuresAndBisectingLoseOneRecord) {
  AddFunction("partial");
  for (int n = 0; n < 20; ++n) Write(0, n, n == 13);
  MappingSpec spec = Mapping(20);
  spec.report_batch_item_failures = true;
  spec.bisect_batch_on_function_error = true;
  spec.maximum_retry_attempts = 0;
  const std::string uuid = AddMapping(spec);
  ASSERT_TRUE(AwaitFinished(uuid, 20)) << AllLogs();
  EXPECT_EQ(Total(), 19);
  EXPECT_EQ(Describe(uuid).discarded, 1u);  // there is no table for it
  EXPECT_EQ(Describe(uuid).dead_letters, 0u);
}

TEST_F(MappingsTest, AReportThatWasNotAskedForFailsTheBatch) {
  AddFunction("partial");
  for (int n = 0; n < 5; ++n) Write(0, n, n == 3);
  const std::string uuid = AddMapping(5, 0);
  ASSERT_TRUE(AwaitFinished(uuid, 5)) << AllLogs();
  EXPECT_EQ(Total(), 0);
  EXPECT_EQ(Describe(uuid).discarded, 5u);
  EXPECT_NE(AllLogs().find("lacks ReportBatchItemFailures"), std::string::npos);
}

TEST_F(MappingsTest, AWindowGathersRecords) {
  AddFunction("count");
  MappingSpec spec = Mapping(5);
  spec.batching_window_seconds = 300;
  const std::string uuid = AddMapping(spec);
  for (int n = 0; n < 5; ++n) Write(0, n);
  ASSERT_TRUE(AwaitFinished(uuid, 5)) << AllLogs();  // full: it doesn't wait for the window
  EXPECT_EQ(service_->GetStatus().invocations, 1u);
  MappingUpdate update;
  update.uuid = uuid;
  update.batching_window_seconds = 1;
  EXPECT_EQ(Update(update).spec.batching_window_seconds, 1u);
  ASSERT_TRUE(AwaitState(uuid, MappingState::kEnabled));
  for (int n = 5; n < 8; ++n) Write(0, n);
  ASSERT_TRUE(AwaitFinished(uuid, 8)) << AllLogs();
  EXPECT_EQ(service_->GetStatus().invocations, 2u);
}

TEST_F(MappingsTest, RecordsThatAreTooOldAreGivenUp) {
  AddFunction("count");
  MappingSpec spec = Mapping(10);
  spec.enabled = false;
  spec.maximum_record_age_seconds = 60;
  spec.dead_letter_table = "dead";
  const std::string uuid = AddMapping(spec);
  EXPECT_EQ(Describe(uuid).state, MappingState::kDisabled);
  for (int n = 0; n < 3; ++n) Write(0, n);
  clock_.MoveWall(std::chrono::seconds(61));
  EXPECT_EQ(Enable(uuid, true).state, MappingState::kEnabling);
  ASSERT_TRUE(AwaitFinished(uuid, 3)) << AllLogs();
  EXPECT_EQ(Total(), 0);
  EXPECT_EQ(DeadLetters(), 3u);
  clock_.MoveWall(std::chrono::seconds(-61));
  Write(0, 3);
  ASSERT_TRUE(AwaitFinished(uuid, 4)) << AllLogs();
  EXPECT_EQ(Total(), 1);
}

TEST_F(MappingsTest, PausedItDeliversNothingAndSaysHowFarItIs) {
  AddFunction("count");
  const std::string uuid = AddMapping(10);
  Write(0, 0);
  ASSERT_TRUE(AwaitFinished(uuid, 1)) << AllLogs();
  const MappingState asked = Enable(uuid, false).state;
  EXPECT_EQ(asked, MappingState::kDisabling);
  ASSERT_TRUE(AwaitState(uuid, MappingState::kDisabled));
  for (int n = 1; n < 5; ++n) Write(0, n);
  Close();
  Open();
  const MappingDescription paused = Describe(uuid);
  EXPECT_EQ(paused.state, MappingState::kDisabled);
  EXPECT_EQ(paused.records_finished, 1u);
  int behind = 0;
  for (const ShardProgress& shard : paused.shards) {
    if (!shard.time_to_trim_micros) continue;
    ++behind;
    EXPECT_GT(shard.lag_micros, 0);
    EXPECT_EQ(shard.lag_micros + *shard.time_to_trim_micros, int64_t{24} * 3600 * 1'000'000);
  }
  EXPECT_EQ(behind, 1);
  Enable(uuid, true);
  ASSERT_TRUE(AwaitFinished(uuid, 5)) << AllLogs();
  EXPECT_EQ(Total(), 5);
}

TEST_F(MappingsTest, AnUpdateWaitsForWhatIsUnderWay) {
  AddFunction("gate", 30);
  const std::string uuid = AddMapping(10);
  Write(0, 0);
  ASSERT_TRUE(Eventually(kPatience, [&] { return service_->GetStatus().invocations == 1; }));
  MappingUpdate update;
  update.uuid = uuid;
  update.batch_size = 20;
  EXPECT_EQ(Update(update).state, MappingState::kUpdating);
  Write(0, 1);
  EXPECT_EQ(Describe(uuid).state, MappingState::kUpdating);
  EXPECT_EQ(Enable(uuid, false).state, MappingState::kDisabling);  // takes the update's place
  OpenGate();
  ASSERT_TRUE(AwaitState(uuid, MappingState::kDisabled));
  EXPECT_EQ(Describe(uuid).records_finished, 1u);
  EXPECT_EQ(Describe(uuid).spec.batch_size, 20u);
  Enable(uuid, true);
  ASSERT_TRUE(AwaitFinished(uuid, 2)) << AllLogs();
  EXPECT_EQ(Total(), 2);
  EXPECT_EQ(service_->GetStatus().invocations, 2u);
}

TEST_F(MappingsTest, LanesAreDealtAgainMidBacklog) {
  AddFunction("count", 3, 3);
  for (int n = 0; n < 400; ++n) Write(n % 20, n);
  MappingSpec spec = Mapping(3);
  spec.parallelization_factor = 3;
  const std::string uuid = AddMapping(spec);
  uint64_t finished = 20;
  for (const uint32_t factor : {5u, 1u, 3u, 10u}) {
    ASSERT_TRUE(AwaitFinished(uuid, finished)) << AllLogs();
    MappingUpdate update;
    update.uuid = uuid;
    update.parallelization_factor = factor;
    Update(update);
    if (factor == 3) {
      Close();
      Open();
    }
    finished += 60;
  }
  ASSERT_TRUE(AwaitFinished(uuid, 400)) << AllLogs();
  EXPECT_EQ(Total(), 400);
  EXPECT_EQ(Describe(uuid).records_finished, 400u);
}

TEST_F(MappingsTest, StartsAtATimestamp) {
  AddFunction("count");
  for (int n = 0; n < 5; ++n) Write(n, n);
  const int64_t before = clock_.WallMicros();
  ASSERT_TRUE(Eventually(kPatience, [&] { return clock_.WallMicros() > before + 2; }));
  MappingSpec spec = Mapping(10);
  spec.starting_position = StartingPosition::kAtTimestamp;
  spec.starting_timestamp_micros = clock_.WallMicros();
  for (int n = 0; n < 7; ++n) Write(n, n + 10);
  const std::string uuid = AddMapping(spec);
  ASSERT_TRUE(AwaitFinished(uuid, 7)) << AllLogs();
  EXPECT_EQ(Total(), 7);
}

TEST_F(MappingsTest, ATrimmedLogIsAGapThatIsNamed) {
  AddFunction("count");
  MappingSpec spec = Mapping(10);
  spec.enabled = false;
  const std::string uuid = AddMapping(spec);
  for (int n = 0; n < 60; ++n) Write(n % 5, n, false, kLargeItem);  // more than a segment
  const auto freed = database_->log()->Trim(Lsn(UINT64_MAX), INT64_MAX);
  ASSERT_TRUE(freed.ok()) << freed.status().ToString();
  ASSERT_GT(*freed, 0u);
  const SegmentInfo left = database_->log()->Segments().front();
  Enable(uuid, true);
  ASSERT_TRUE(Eventually(kPatience, [&] {
    const MappingDescription mapping = Describe(uuid);
    uint64_t behind = 0;
    for (const ShardProgress& shard : mapping.shards) behind += shard.lag_commits;
    return behind == 0 && mapping.records_finished > 0;
  })) << AllLogs();
  for (const ShardProgress& shard : Describe(uuid).shards) {
    EXPECT_EQ(shard.gaps.count, 1u);
    EXPECT_LT(shard.gaps.last.after, shard.gaps.last.through);
    EXPECT_EQ(shard.gaps.last.through, Lsn(left.first.value() - 1));
    EXPECT_EQ(shard.gaps.last.before_micros, left.first_time_micros);
  }
  EXPECT_LT(Total(), 60);
  EXPECT_NE(AllLogs().find("are lost: they were trimmed before they were read"), std::string::npos);
}

TEST_F(MappingsTest, ALoopOfHandlersEnds) {
  Close();
  options_.hop_limit = 3;
  Open();
  AddFunction("loop");
  const std::string uuid = AddMapping(10);
  Write(0, 0);
  ASSERT_TRUE(AwaitFinished(uuid, 4)) << AllLogs();
  EXPECT_EQ(Describe(uuid).discarded, 1u);
  EXPECT_NE(AllLogs().find("given up to end the loop"), std::string::npos);
}

// What another server does when it takes over the leases.
TEST_F(MappingsTest, ServerThatHasLostItsLeasesCommitsNothing) {
  AddFunction("gate", 30);
  const std::string uuid = AddMapping(10);
  Write(0, 0);
  ASSERT_TRUE(Eventually(kPatience, [&] { return service_->GetStatus().invocations == 1; }));
  CommitRequest request;
  for (uint32_t shard = 0; shard < 4; ++shard) {
    const std::string key = "checkpoint/" + uuid + "/" + std::to_string(shard);
    const auto cell = database_->ReadCell(key);
    ASSERT_TRUE(cell.ok() && cell->has_value());
    request.cells.push_back({key, (*cell)->version, (*cell)->value});
  }
  ASSERT_TRUE(database_->CommitAndWait(std::move(request)).status.ok());
  OpenGate();
  ASSERT_TRUE(Eventually(kPatience, [&] {
    return Describe(uuid).last_processing_result.find("another server has taken over") !=
           std::string::npos;
  })) << AllLogs();
  EXPECT_EQ(Total(), 0);
  // The next start takes them over in turn.
  Close();
  Open();
  ASSERT_TRUE(AwaitFinished(uuid, 1)) << AllLogs();
  EXPECT_EQ(Total(), 1);
}

TEST_F(MappingsTest, UpdatesAreChecked) {
  AddFunction("count");
  const std::string uuid = AddMapping(10);
  MappingUpdate update;
  update.uuid = "none";
  EXPECT_TRUE(service_->UpdateEventSourceMapping(update).status().Is(ErrorCode::kResourceNotFound));
  update.uuid = uuid;
  update.function = "nobody";
  EXPECT_TRUE(service_->UpdateEventSourceMapping(update).status().Is(ErrorCode::kResourceNotFound));
  update.function.reset();
  update.batch_size = 0;
  EXPECT_TRUE(
      service_->UpdateEventSourceMapping(update).status().Is(ErrorCode::kInvalidParameterValue));
  update.batch_size.reset();
  update.dead_letter_table = "source";
  EXPECT_TRUE(
      service_->UpdateEventSourceMapping(update).status().Is(ErrorCode::kInvalidParameterValue));
  update.dead_letter_table = "arn:aws:dynamodb:elsewhere:000000000000:table/dead";
  EXPECT_TRUE(
      service_->UpdateEventSourceMapping(update).status().Is(ErrorCode::kInvalidParameterValue));
  EXPECT_EQ(Describe(uuid).spec.batch_size, 10u);
  update.dead_letter_table = "arn:aws:dynamodb:local:000000000000:table/dead";
  EXPECT_EQ(Update(update).spec.dead_letter_table, "dead");
  EXPECT_NE(database_->FindTable("dead"), nullptr);
}

// What a handler is told of an item that time to live ended, and of one that a user deleted.
TEST_F(MappingsTest, AHandlerSeesWhoMadeAWrite) {
  TableUpdate update;
  update.ttl = TableUpdate::Ttl{true, "ends"};
  ASSERT_TRUE(database_->UpdateTable("source", update).ok());
  const auto commit = [this](WriteKind kind, const std::string& pk, int64_t ends) {
    CommitRequest request;
    request.writes.emplace_back();
    request.writes[0].table = database_->FindTable("source");
    request.writes[0].kind = kind;
    request.writes[0].key.pk = pk;
    request.writes[0].item = EncodeItem(Value::OfMap(
        {{"ends", Value::OfNumber(Number::FromInt(ends))}, {"pk", Value::String(pk)}}));
    ASSERT_TRUE(database_->CommitAndWait(std::move(request)).status.ok());
  };
  const int64_t now = SystemClock().WallMicros() / 1'000'000;
  commit(WriteKind::kPut, "deleted", now + 1000);
  commit(WriteKind::kDelete, "deleted", 0);
  commit(WriteKind::kPut, "over", now - 10);
  AddFunction("identity");
  const std::string uuid = AddMapping(10);
  ASSERT_TRUE(AwaitFinished(uuid, 4)) << AllLogs();
  const std::map<std::string, int64_t> expected = {{"INSERT by a user", 2},
                                                   {"REMOVE by a user", 1},
                                                   {"REMOVE by Service dynamodb.amazonaws.com", 1}};
  EXPECT_EQ(Effects(), expected);
}

}  // namespace
}  // namespace millrace
