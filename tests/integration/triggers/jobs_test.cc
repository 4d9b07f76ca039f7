// Redrives of dead letters, and replays of old records.
#include <algorithm>

#include "engine/model/change_record.h"
#include "tests/integration/triggers/trigger_fixture.h"
#include "triggers/handler_jobs.h"

namespace millrace {
namespace {

class JobsTest : public TriggersTest {
 protected:
  HandlerJobs& jobs() { return *service_->jobs(); }

  JobDescription Await(const Result<JobDescription>& started) {
    EXPECT_TRUE(started.ok()) << started.status().ToString();
    if (!started.ok()) return {};
    JobDescription job;
    EXPECT_TRUE(Eventually(kPatience, [&] {
      job = *jobs().DescribeJob(started->id);
      return job.ended_micros != 0;
    })) << AllLogs();
    return job;
  }
  JobDescription Redrive(const std::string& uuid) {
    return Await(jobs().StartRedrive({{uuid, ""}, "", "", {}}));
  }
  std::vector<DeadLetter> Letters(const std::string& uuid) {
    const auto page = jobs().ListDeadLetters({uuid, ""}, "", 1000);
    EXPECT_TRUE(page.ok()) << page.status().ToString();
    return page.ok() ? page->letters : std::vector<DeadLetter>();
  }
  void Mend() {
    FunctionChange change;
    change.environment = EnvironmentVariables{{"MODE", "count"}};
    ASSERT_TRUE(service_->UpdateFunctionConfiguration("f", change).ok());
  }
  // Ten records of each of five keys, of which those of key 1 and 3 are given up.
  std::string GiveUpSome() {
    AddFunction("fail");
    for (int n = 0; n < 50; ++n) Write(n % 5, n, n % 5 == 1 || n % 5 == 3);
    const std::string uuid = AddMapping(1, 0, "dead");
    EXPECT_TRUE(AwaitFinished(uuid, 50)) << AllLogs();
    return uuid;
  }
  int64_t ItemsOf(const std::string& table) {
    PageRequest request;
    request.table = database_->FindTable(table);
    if (request.table == nullptr) return -1;
    return static_cast<int64_t>(database_->ReadPage(request)->items.size());
  }
  ReplayRequest ReplayOf(ReplayMode mode) {
    ReplayRequest request;
    request.function = "f";
    request.table = "source";
    request.mode = mode;
    return request;
  }
};

TEST_F(JobsTest, ARedriveHandlesAllInOrderAndRemovesThem) {
  const std::string uuid = GiveUpSome();
  ASSERT_EQ(Letters(uuid).size(), 20u);
  EXPECT_EQ(Total(), 30);
  Mend();
  const JobDescription job = Redrive(uuid);
  EXPECT_EQ(job.state, JobState::kSucceeded) << job.message;
  EXPECT_EQ(job.records_total, 20u);
  EXPECT_EQ(job.records_done, 20u);
  EXPECT_EQ(job.records_failed, 0u);
  EXPECT_TRUE(Letters(uuid).empty());
  EXPECT_EQ(Total(), 50);  // the handler refuses what comes out of order
  EXPECT_EQ(Redrive(uuid).records_total, 0u);
}

TEST_F(JobsTest, WhatFailsAgainStaysWithItsErrorAndHoldsBackItsKey) {
  const std::string uuid = GiveUpSome();
  const JobDescription job = Redrive(uuid);
  EXPECT_EQ(job.state, JobState::kSucceeded);
  EXPECT_EQ(job.records_done, 0u);
  EXPECT_EQ(job.records_failed, 2u) << "the first of each key";
  EXPECT_EQ(job.records_skipped, 18u);
  const std::vector<DeadLetter> letters = Letters(uuid);
  ASSERT_EQ(letters.size(), 20u);
  EXPECT_TRUE(
      std::is_sorted(letters.begin(), letters.end(), [](const DeadLetter& a, const DeadLetter& b) {
        return a.sequence_number < b.sequence_number;
      }));
  EXPECT_EQ(letters[0].attempts, 2u);
  EXPECT_EQ(letters[0].error_message, "poison");
  EXPECT_EQ(letters[2].attempts, 1u);
}

TEST_F(JobsTest, ARedriveCanBeStoppedAndGoesOn) {
  const std::string uuid = GiveUpSome();
  FunctionChange gate;
  gate.environment = EnvironmentVariables{{"MODE", "gate"}};
  gate.timeout_seconds = 60;
  ASSERT_TRUE(service_->UpdateFunctionConfiguration("f", gate).ok());
  const auto started = jobs().StartRedrive({{uuid, ""}, "", "", 5});
  ASSERT_TRUE(started.ok());
  EXPECT_TRUE(
      jobs().StartRedrive({{uuid, ""}, "", "", 5}).status().Is(ErrorCode::kResourceConflict));
  ASSERT_TRUE(jobs().StopJob(started->id).ok());
  EXPECT_EQ(Await(started).state, JobState::kStopped);
  EXPECT_EQ(Letters(uuid).size(), 20u);
  EXPECT_EQ(Letters(uuid)[0].attempts, 1u) << "it was not tried";
  OpenGate();
  EXPECT_EQ(Redrive(uuid).records_done, 20u);
  EXPECT_EQ(Total(), 50);
}

TEST_F(JobsTest, OneLetterOrAnotherFunctionOrADeletedMapping) {
  const std::string uuid = GiveUpSome();
  FunctionSpec other;
  other.name = "g";
  other.executable = MILLRACE_BINARY_DIR "/triggers_test_handler";
  other.environment = {{"MODE", "count"}};
  ASSERT_TRUE(service_->CreateFunction(other).ok());
  const std::string first = Letters(uuid)[0].sequence_number;
  EXPECT_EQ(Await(jobs().StartRedrive({{uuid, ""}, "g", first, {}})).records_done, 1u);
  EXPECT_EQ(Letters(uuid).size(), 19u);
  EXPECT_TRUE(
      jobs().StartRedrive({{uuid, ""}, "g", first, {}}).status().Is(ErrorCode::kResourceNotFound));
  ASSERT_TRUE(service_->DeleteEventSourceMapping(uuid).ok());
  EXPECT_TRUE(
      jobs().StartRedrive({{uuid, ""}, "", "", {}}).status().Is(ErrorCode::kResourceNotFound));
  EXPECT_TRUE(jobs()
                  .StartRedrive({{uuid, "dead"}, "", "", {}})
                  .status()
                  .Is(ErrorCode::kInvalidParameterValue));
  EXPECT_TRUE(jobs()
                  .StartRedrive({{uuid, "effects"}, "g", "", {}})
                  .status()
                  .Is(ErrorCode::kInvalidParameterValue));
  EXPECT_TRUE(jobs()
                  .StartRedrive({{uuid, "dead"}, "none", "", {}})
                  .status()
                  .Is(ErrorCode::kResourceNotFound));
  EXPECT_EQ(Await(jobs().StartRedrive({{uuid, "dead"}, "g", "", {}})).records_done, 19u);
  EXPECT_EQ(Total(), 50);
}

TEST_F(JobsTest, DeadLettersAreDeleted) {
  const std::string uuid = GiveUpSome();
  const std::string first = Letters(uuid)[0].sequence_number;
  EXPECT_EQ(
      jobs().GetDeadLetter({uuid, ""}, first)->view().new_image().Find("n")->number().ToString(),
      "1");
  EXPECT_EQ(*jobs().DeleteDeadLetters({uuid, ""}, {first}), 1u);
  EXPECT_TRUE(jobs().GetDeadLetter({uuid, ""}, first).status().Is(ErrorCode::kResourceNotFound));
  EXPECT_EQ(*jobs().DeleteDeadLetters({uuid, ""}, {}), 19u);
  EXPECT_EQ(ItemsOf("dead"), 0);
}

TEST_F(JobsTest, AReplayPrintsWhatWouldBeWritten) {
  AddFunction("count");
  for (int n = 0; n < 30; ++n) Write(n % 3, n);
  const auto started = jobs().StartReplay(ReplayOf(ReplayMode::kPrint));
  const JobDescription job = Await(started);
  EXPECT_EQ(job.state, JobState::kSucceeded) << job.message;
  EXPECT_EQ(job.records_done, 30u);
  EXPECT_EQ(job.position_done, job.position_total);
  const JobOutput output = *jobs().ReadOutput(started->id, 0, 1000);
  ASSERT_EQ(output.lines.size(), job.writes);
  EXPECT_EQ(output.lines.size(), 3u);
  EXPECT_EQ(output.lines[0].table, "effects");
  EXPECT_EQ(output.lines[0].write->update_expression, "ADD records :c SET latest = :l");
  EXPECT_EQ(ItemsOf("effects"), 0);
}

TEST_F(JobsTest, AReplayIntoOtherTablesAndOfPartOfTheLog) {
  AddFunction("count");
  for (int n = 0; n < 30; ++n) Write(n % 3, n);
  ReplayRequest request = ReplayOf(ReplayMode::kInto);
  EXPECT_TRUE(jobs().StartReplay(request).status().Is(ErrorCode::kInvalidParameterValue));
  request.prefix = "try-";
  EXPECT_EQ(Await(jobs().StartReplay(request)).records_done, 30u);
  EXPECT_EQ(ItemsOf("try-effects"), 3);
  EXPECT_EQ(ItemsOf("effects"), 0);
  const JobDescription again = Await(jobs().StartReplay(request));
  EXPECT_EQ(again.state, JobState::kFailed);
  EXPECT_NE(again.message.find("has items"), std::string::npos) << again.message;

  // From the tenth record to the twentieth, both included, into a table of another name.
  std::vector<std::string> numbers;
  TableFeed feed(database_->log(), database_->FindTable("source")->id, Lsn(1));
  while (auto record = *feed.Next(database_->applied_lsn())) {
    numbers.push_back(SequenceNumberOf(record->record.position()));
  }
  ASSERT_EQ(numbers.size(), 30u);
  ReplayRequest part = ReplayOf(ReplayMode::kInto);
  part.tables = {{"effects", "part"}};
  part.from.sequence_number = numbers[9];
  part.to.sequence_number = numbers[19];
  EXPECT_EQ(Await(jobs().StartReplay(part)).records_done, 11u);
  EXPECT_EQ(ItemsOf("part"), 3);
  ReplayRequest later = ReplayOf(ReplayMode::kPrint);
  later.from.micros = clock_.WallMicros() + 1'000'000;
  EXPECT_EQ(Await(jobs().StartReplay(later)).records_done, 0u);
}

TEST_F(JobsTest, AComparisonSaysWhereTheOutcomeDiffers) {
  AddFunction("count");
  for (int n = 0; n < 30; ++n) Write(n % 3, n);
  const std::string uuid = AddMapping(7);
  ASSERT_TRUE(AwaitFinished(uuid, 30)) << AllLogs();
  const JobDescription equal = Await(jobs().StartReplay(ReplayOf(ReplayMode::kCompare)));
  ASSERT_EQ(equal.items.size(), 1u) << equal.message;
  EXPECT_EQ(equal.items[0].equal, 3u);
  EXPECT_EQ(equal.items[0].different + equal.items[0].only_live + equal.items[0].only_replayed, 0u);

  CommitRequest spoil;  // one item is another, one is gone, one more is there
  for (const char* pk : {"k0", "k1", "k9"}) {
    spoil.writes.emplace_back();
    spoil.writes.back().table = database_->FindTable("effects");
    spoil.writes.back().key.pk = pk;
    spoil.writes.back().item = EncodeItem(Value::OfMap({{"pk", Value::String(pk)}}));
  }
  spoil.writes[1].kind = WriteKind::kDelete;
  ASSERT_TRUE(database_->CommitAndWait(std::move(spoil)).status.ok());
  const auto started = jobs().StartReplay(ReplayOf(ReplayMode::kCompare));
  const JobDescription differs = Await(started);
  ASSERT_EQ(differs.items.size(), 1u);
  EXPECT_EQ(differs.items[0].equal, 1u);
  EXPECT_EQ(differs.items[0].different, 1u);
  EXPECT_EQ(differs.items[0].only_replayed, 1u);
  EXPECT_EQ(differs.items[0].only_live, 1u);
  EXPECT_EQ(jobs().ReadOutput(started->id, 0, 1000)->lines.size(), 3u);
  for (const TableRef& table : database_->Tables()) {
    EXPECT_EQ(table->spec.name.find("compare"), std::string::npos) << table->spec.name;
  }
}

TEST_F(JobsTest, AComparisonShowsTheFirstTwentyDifferencesAndCountsAll) {
  AddFunction("count");
  for (int n = 0; n < 20; ++n) Write(n, n);
  for (const uint64_t differences : {20, 21}) {
    const auto started = jobs().StartReplay(ReplayOf(ReplayMode::kCompare));
    const JobDescription job = Await(started);
    EXPECT_EQ(job.differences, differences) << job.message;
    EXPECT_EQ(job.differences_shown, 20u);
    EXPECT_EQ(jobs().ReadOutput(started->id, 0, 1000)->lines.size(), 20u);
    Write(20, 20);
  }
}

TEST_F(JobsTest, ReadsBelongToTheDivertedTables) {
  AddFunction("get-effects");
  Write(0, 1);
  Write(0, 2);
  ReplayRequest request = ReplayOf(ReplayMode::kInto);
  request.tables = {{"gates", "other"}};
  request.prefix = "try-";
  EXPECT_EQ(Await(jobs().StartReplay(request)).state, JobState::kSucceeded);
  EXPECT_EQ(ItemsOf("try-effects"), 1);
  ASSERT_TRUE(database_->CreateTable(Spec("more-effects", false)).ok());
  request.prefix = "more-";  // it was there: not for us to delete
  const JobDescription refused = Await(jobs().StartReplay(request));
  EXPECT_EQ(refused.state, JobState::kFailed);
  EXPECT_NE(refused.message.find("--divert effects"), std::string::npos) << refused.message;
  request.tables = {{"effects", "third"}};
  EXPECT_EQ(Await(jobs().StartReplay(request)).state, JobState::kSucceeded);
}

TEST_F(JobsTest, OldImagesThatWereNotStoredAreMissed) {
  AddFunction("count");
  ASSERT_TRUE(database_->DisableStream("source").ok());
  Write(0, 1);
  Write(0, 2);  // a change, whose old image nobody asked for
  ASSERT_TRUE(database_->EnableStream("source", StreamViewType::kNewAndOldImages).ok());
  ReplayRequest request = ReplayOf(ReplayMode::kPrint);
  const JobDescription refused = Await(jobs().StartReplay(request));
  EXPECT_EQ(refused.state, JobState::kFailed);
  EXPECT_NE(refused.message.find("millrace table update source --stream NEW_AND_OLD_IMAGES"),
            std::string::npos)
      << refused.message;
  request.without_old_images = true;
  EXPECT_EQ(Await(jobs().StartReplay(request)).records_done, 2u);
}

TEST_F(JobsTest, AFunctionThatFailsInAReplayIsToldRecordByRecord) {
  AddFunction("fail");
  for (int n = 0; n < 10; ++n) Write(0, n, n == 4);
  const auto started = jobs().StartReplay(ReplayOf(ReplayMode::kPrint));
  const JobDescription job = Await(started);
  EXPECT_EQ(job.state, JobState::kSucceeded);
  EXPECT_EQ(job.records_failed, 1u);
  EXPECT_EQ(job.records_done, 9u);
  const JobOutput output = *jobs().ReadOutput(started->id, 0, 1000);
  EXPECT_EQ(std::count_if(output.lines.begin(), output.lines.end(),
                          [](const JobLine& line) { return line.kind == JobLine::Kind::kError; }),
            1);
}

TEST_F(JobsTest, AReplayWhoseOutputNobodyReadsHoldsALittleOfIt) {
  AddFunction("count");
  for (int n = 0; n < 1100; ++n) Write(n % 7, n);
  ReplayRequest request = ReplayOf(ReplayMode::kPrint);
  request.batch_size = 1;
  const auto started = jobs().StartReplay(request);
  ASSERT_TRUE(started.ok());
  ASSERT_TRUE(Eventually(kPatience, [&] {
    return jobs().ReadOutput(started->id, 0, 2000)->lines.size() == Job::kOutputMax;
  }));
  EXPECT_EQ(jobs().DescribeJob(started->id)->ended_micros, 0);
  uint64_t cursor = 0;
  uint64_t lines = 0;
  ASSERT_TRUE(Eventually(kPatience, [&] {
    const JobOutput output = *jobs().ReadOutput(started->id, cursor, 300);
    cursor = output.next;
    lines += output.lines.size();
    return lines == 1100;
  }));
  EXPECT_EQ(Await(started).writes, 1100u);
}

}  // namespace
}  // namespace millrace
