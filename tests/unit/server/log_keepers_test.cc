// Who keeps the log from being trimmed, each by itself, through the list that the daemon's
// retention asks.
#include "server/daemon/log_keepers.h"

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>

#include "tests/support/eventually.h"
#include "tests/unit/server/old_log.h"

namespace millrace {
namespace {

// No process ever starts: what is mapped stays unread, and what is replayed once it is held, until
// it is let go.
class NoProcesses final : public Spawner {
 public:
  Result<std::string> Stage(const std::string&) override { return std::string(64, 'a'); }
  bool IsStaged(std::string_view) const override { return true; }
  Result<HandlerEndpoint> MakeEndpoint() override {
    const std::lock_guard lock(held);
    return Refusal();
  }
  void RemoveEndpoint(const HandlerEndpoint&) override {}
  Result<std::unique_ptr<HandlerProcess>> Spawn(const HandlerSpec&) override { return Refusal(); }

  std::mutex held;

 private:
  static Status Refusal() { return Status(ErrorCode::kUnavailable, "there are no processes"); }
};

class LogKeepersTest : public OldLogTest {
 protected:
  LogKeepersTest() {
    TriggerOptions triggers;
    triggers.scope = ArnScope{"us-east-1", "000000000000"};
    triggers_ = TriggerService::Start(database_.get(), &spawner_, &clock_, triggers).value();
    CdcOptions cdc;
    cdc.region = "us-east-1";
    cdc_ = CdcService::Start(database_.get(), FileSystem::Posix(), &clock_, cdc).value();
  }
  ~LogKeepersTest() override {
    cdc_->Stop();
    triggers_->Stop();
  }
  // The first commit that is left.
  Lsn Trim() {
    LogKeepers keepers(triggers_.get(), cdc_.get(), database_.get(), &readers_);
    EXPECT_TRUE(database_->Flush().ok());
    const Result<RetentionReport> report = Retention(database_.get(), &clock_, keepers.All()).Run();
    EXPECT_TRUE(report.ok()) << report.status().ToString();
    return database_->log()->first_lsn();
  }
  void AddFunction() {
    FunctionSpec function;
    function.name = "f";
    function.executable = "/bin/true";
    ASSERT_TRUE(triggers_->CreateFunction(function).ok());
  }
  // The log is old, and stays while the reader is there; then it goes.
  void ExpectKeptUntil(const std::function<void()>& the_reader_goes) {
    GrowOld();
    EXPECT_LE(Trim(), Lsn(2));
    the_reader_goes();
    EXPECT_GT(Trim(), Lsn(100));
  }

  NoProcesses spawner_;
  ReaderPins readers_;
  std::unique_ptr<TriggerService> triggers_;
  std::unique_ptr<CdcService> cdc_;
};

TEST_F(LogKeepersTest, WithoutAReaderAllOfItGoes) {
  GrowOld();
  EXPECT_GT(Trim(), Lsn(100));
}

TEST_F(LogKeepersTest, AMapping) {
  AddFunction();
  MappingSpec spec;
  spec.function = "f";
  spec.event_source = "t";
  spec.starting_position = StartingPosition::kTrimHorizon;
  const auto mapping = triggers_->CreateEventSourceMapping(spec);
  ASSERT_TRUE(mapping.ok()) << mapping.status().ToString();
  ExpectKeptUntil([&] { ASSERT_TRUE(triggers_->DeleteEventSourceMapping(mapping->uuid).ok()); });
}

TEST_F(LogKeepersTest, AReplay) {
  AddFunction();
  HandlerJobs* jobs = triggers_->jobs();
  ReplayRequest request;
  request.function = "f";
  request.table = "t";
  request.batch_size = 1;
  std::unique_lock held(spawner_.held);
  const auto replay = jobs->StartReplay(request);
  ASSERT_TRUE(replay.ok()) << replay.status().ToString();
  ExpectKeptUntil([&] {
    held.unlock();
    EXPECT_TRUE(Eventually(std::chrono::seconds(30), [&] {
      return jobs->DescribeJob(replay->id)->state != JobState::kRunning;
    }));
  });
}

TEST_F(LogKeepersTest, APausedPipeline) {
  PipelineSpec spec;
  spec.name = "p";
  spec.table = "t";
  spec.directory = directory_.path() + "/files";
  spec.start = CdcStart::kTrimHorizon;
  spec.paused = true;
  const auto pipeline = cdc_->Create(spec);
  ASSERT_TRUE(pipeline.ok()) << pipeline.status().ToString();
  ExpectKeptUntil([this] { ASSERT_TRUE(cdc_->Delete("p").ok()); });
}

TEST_F(LogKeepersTest, AnUnfinishedRebuild) {
  TableCopyRequest request;
  request.source_name = "t";
  request.target_name = "copy";
  ASSERT_TRUE(BeginTableCopy(database_.get(), request).ok());
  ExpectKeptUntil([this] { ASSERT_TRUE(database_->DeleteTable("copy").ok()); });
}

TEST_F(LogKeepersTest, AReaderWithinACall) {
  std::optional<ReaderPins::Hold> hold;
  hold.emplace(&readers_, LogPin{"an audit", Lsn(1)});
  ExpectKeptUntil([&hold] { hold.reset(); });
}

}  // namespace
}  // namespace millrace
