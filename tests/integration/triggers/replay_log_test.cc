// Replays and the trimming of the log: who reads old records keeps them, as far as pins go.
#include "streams/retention.h"
#include "tests/integration/triggers/trigger_fixture.h"
#include "triggers/handler_jobs.h"

namespace millrace {
namespace {

constexpr int kRecords = 100;
constexpr std::chrono::hours kDay{24};

class ReplayLogTest : public TriggersTest {
 protected:
  ReplayLogTest() { segment_size_ = uint64_t{64} << 10; }
  HandlerJobs& jobs() { return *service_->jobs(); }
  std::vector<LogPin> Pins() { return jobs().log_readers()->Pins(); }

  // Several segments, each record with a commit of its own and all of one item: of one shard.
  void Fill(bool poison_at_the_end = false) {
    first_ = Lsn(database_->applied_lsn().value() + 1);
    for (int n = 0; n < kRecords; ++n) Write(0, n, poison_at_the_end && n == kRecords - 1, 4000);
    ASSERT_GT(database_->log()->Segments().size(), 5u);
  }
  Result<JobDescription> Start(ReplayMode mode, const std::string& prefix = "") {
    ReplayRequest request;
    request.function = "f";
    request.table = "source";
    request.mode = mode;
    request.prefix = prefix;
    if (mode == ReplayMode::kInto && prefix.empty()) request.tables = {{"effects", "other"}};
    request.batch_size = 1;
    const Result<JobDescription> started = jobs().StartReplay(request);
    EXPECT_TRUE(started.ok()) << started.status().ToString();
    return started;
  }
  bool AwaitJob(const std::string& id, const std::function<bool(const JobDescription&)>& reached) {
    return Eventually(kPatience, [&] { return reached(*jobs().DescribeJob(id)); });
  }
  // A replay whose function is called with the first record, and waits for the gate.
  std::string StartAtTheGate() {
    const std::string id = Start(ReplayMode::kPrint)->id;
    EXPECT_TRUE(AwaitJob(id, [](const JobDescription& job) { return job.position_done > 0; }));
    return id;
  }
  JobDescription End(const std::string& id) {
    EXPECT_TRUE(AwaitJob(id, [](const JobDescription& job) { return job.ended_micros != 0; }))
        << AllLogs();
    return *jobs().DescribeJob(id);
  }
  RetentionReport Trim() {
    EXPECT_TRUE(database_->Flush().ok());
    const auto report = Retention(database_.get(), &clock_, {jobs().log_readers()}).Run();
    EXPECT_TRUE(report.ok()) << report.status().ToString();
    return report.value();
  }

  Lsn first_;  // of the records
};

TEST_F(ReplayLogTest, WhatItHasNotReadStaysUntilItHas) {
  AddFunction("gate", 60);
  Fill();
  const std::string id = StartAtTheGate();
  clock_.MoveWall(kDay + std::chrono::hours(1));
  const RetentionReport kept = Trim();
  EXPECT_TRUE(kept.overrun.empty());
  EXPECT_LE(kept.first_lsn, first_);
  OpenGate();
  const JobDescription job = End(id);
  EXPECT_EQ(job.state, JobState::kSucceeded) << job.message;
  EXPECT_EQ(job.records_done, uint64_t{kRecords});
  EXPECT_GT(Trim().first_lsn, first_);
}

TEST_F(ReplayLogTest, WhenItIsOvertakenItSaysWhatItMissed) {
  AddFunction("gate", 60);
  Fill();
  const std::string id = StartAtTheGate();
  const Lsn mapped = database_->log()->Segments().front().last;
  clock_.MoveWall(7 * kDay + std::chrono::hours(1));
  const RetentionReport trimmed = Trim();
  ASSERT_EQ(trimmed.overrun.size(), 1u);
  EXPECT_EQ(trimmed.overrun[0].owner, "a replay of source");
  ASSERT_GT(trimmed.first_lsn, mapped);
  OpenGate();
  const JobDescription job = End(id);
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_EQ(job.message,
            "The trimming of the log has overtaken the replay: what commits " +
                std::to_string(mapped.value() + 1) + " to " +
                std::to_string(trimmed.first_lsn.value() - 1) +
                " changed in source is gone from the log, unread. What came before was given to "
                "the function. The log is kept for a replay, up to 7 days or 64 GB. To replay "
                "what is left: --from oldest.");
  EXPECT_EQ(job.records_done, mapped.value() - first_.value() + 1);
  EXPECT_TRUE(Pins().empty());
}

// One that reads a table before it writes to it begins again, with more of them diverted.
TEST_F(ReplayLogTest, WhatItHasReadMayGoUnlessItMayBeginAgain) {
  AddFunction("hang", 60);
  Fill(true);
  struct Row {
    ReplayMode mode;
    std::string prefix;
    bool may_go;
  };
  const Row rows[] = {{ReplayMode::kPrint, "", true},
                      {ReplayMode::kInto, "", true},
                      {ReplayMode::kInto, "try-", false},
                      {ReplayMode::kCompare, "", false}};
  for (const Row& row : rows) {
    const std::string id = Start(row.mode, row.prefix)->id;
    // All is read, and the function has the last record.
    EXPECT_TRUE(AwaitJob(id, [](const JobDescription& job) {
      return job.records_done == kRecords - 1 && job.position_done == job.position_total;
    })) << AllLogs();
    ASSERT_EQ(Pins().size(), 1u);
    const Lsn from = database_->FindTable("source")->created_lsn;
    const Lsn end(from.value() + jobs().DescribeJob(id)->position_total);
    EXPECT_EQ(Pins()[0].keep_from, row.may_go ? end : from);
    EXPECT_TRUE(jobs().StopJob(id).ok());
    EXPECT_EQ(End(id).state, JobState::kStopped);
    EXPECT_TRUE(Pins().empty());
  }
}

TEST_F(ReplayLogTest, WhatEndedWithItsServerKeepsNothing) {
  AddFunction("gate", 60);
  Fill();
  StartAtTheGate();
  EXPECT_EQ(Pins().size(), 1u);
  Close();
  Open();
  EXPECT_TRUE(Pins().empty());
  clock_.MoveWall(kDay + std::chrono::hours(1));
  EXPECT_GT(Trim().first_lsn, first_);
}

// What is refused leaves no pin.
TEST_F(ReplayLogTest, OneThatDoesNotStartKeepsNothing) {
  AddFunction("gate", 60);
  Fill();
  ReplayRequest request;
  request.function = "f";
  request.table = "none";
  EXPECT_TRUE(jobs().StartReplay(request).status().Is(ErrorCode::kResourceNotFound));
  EXPECT_TRUE(Pins().empty());
  StartAtTheGate();
  request.table = "source";
  EXPECT_TRUE(jobs().StartReplay(request).status().Is(ErrorCode::kResourceConflict));
  EXPECT_EQ(Pins().size(), 1u);
}

}  // namespace
}  // namespace millrace
