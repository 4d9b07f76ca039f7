#include "connectors/cdc/cdc_service.h"

#include <filesystem>
#include <functional>

#include "tests/support/eventually.h"
#include "tests/support/faulty_file_system.h"
#include "tests/unit/engine/engine_fixture.h"

namespace millrace::testing {
namespace {

constexpr std::chrono::seconds kDeadline{30};

// With threads and the system's clock.
class CdcServiceTest : public EngineTest {
 protected:
  void SetUp() override {
    Open();
    table_ = MakeTable("people", StreamViewType::kNewAndOldImages);
    spec_.name = "p";
    spec_.table = "people";
    spec_.directory = scratch_.path() + "/files";
    spec_.roll_seconds = 1;
    StartService();
  }
  void TearDown() override { service_.reset(); }
  void StartService() {
    CdcOptions options;
    options.region = "us-east-1";
    options.pipelines_max = 2;
    Result<std::unique_ptr<CdcService>> started =
        CdcService::Start(database_.get(), file_system_, &system_clock_, options);
    ASSERT_TRUE(started.ok()) << started.status().ToString();
    service_ = std::move(*started);
  }
  void Write(const std::string& pk) { ASSERT_TRUE(Commit(Put(table_, pk, "s", "v")).status.ok()); }
  bool Eventually(const std::function<bool(const PipelineDescription&)>& is) {
    return millrace::Eventually(kDeadline, [&] { return is(*service_->Describe("p")); });
  }
  bool EventuallyRecords(uint64_t n) {
    return Eventually(
        [n](const PipelineDescription& pipeline) { return pipeline.progress.cell.records == n; });
  }
  void ExpectIntact(uint64_t records) {
    const Result<CdcVerifyReport> report = service_->Verify("p", nullptr);
    ASSERT_TRUE(report.ok()) << report.status().ToString();
    EXPECT_EQ(report->problems.count, 0u)
        << (report->problems.shown.empty() ? "" : report->problems.shown[0]);
    EXPECT_EQ(report->records, records);
  }

  SystemClock system_clock_;
  FileSystem* file_system_ = FileSystem::Posix();
  TableRef table_;
  PipelineSpec spec_;
  std::unique_ptr<CdcService> service_;
};

TEST_F(CdcServiceTest, WritesWhatIsWritten) {
  ASSERT_TRUE(service_->Create(spec_).ok());
  Write("a");
  ASSERT_TRUE(EventuallyRecords(1));
  Write("b");
  ASSERT_TRUE(EventuallyRecords(2));
  const PipelineDescription pipeline = *service_->Describe("p");
  EXPECT_EQ(pipeline.lag_records, 0u);
  EXPECT_EQ(pipeline.progress.state, PipelineState::kRunning);
  EXPECT_EQ(pipeline.progress.cell.files, 2u);
  ExpectIntact(2);
}

TEST_F(CdcServiceTest, GoesOnAfterARestart) {
  spec_.roll_seconds = 3600;
  ASSERT_TRUE(service_->Create(spec_).ok());
  Write("a");
  ASSERT_TRUE(Eventually([](const auto& pipeline) { return pipeline.progress.open_records == 1; }));
  service_.reset();
  Write("b");
  StartService();
  PipelineChange change;
  change.roll_seconds = 1;
  ASSERT_TRUE(service_->Update("p", change).ok());
  ASSERT_TRUE(EventuallyRecords(2));
  ExpectIntact(2);
  service_.reset();
  StartService();
  EXPECT_EQ(service_->Describe("p")->progress.definition.spec.roll_seconds, 1u);
}

TEST_F(CdcServiceTest, PauseAndResume) {
  ASSERT_TRUE(service_->Create(spec_).ok());
  PipelineChange pause;
  pause.paused = true;
  EXPECT_EQ(service_->Update("p", pause)->progress.state, PipelineState::kPaused);
  Write("a");
  Write("b");
  service_.reset();
  StartService();
  const PipelineDescription paused = *service_->Describe("p");
  EXPECT_EQ(paused.progress.state, PipelineState::kPaused);
  EXPECT_EQ(paused.lag_records, 2u);
  EXPECT_GE(paused.lag_commits, 2u);
  ASSERT_EQ(service_->Pins().size(), 1u);
  EXPECT_EQ(service_->Pins()[0].keep_from.value(), paused.progress.cell.cursor.value() + 1);
  PipelineChange resume;
  resume.paused = false;
  EXPECT_EQ(service_->Update("p", resume)->progress.state, PipelineState::kRunning);
  ASSERT_TRUE(EventuallyRecords(2));
  ExpectIntact(2);
}

// Its records are read again, so none is missing and none is there twice.
TEST_F(CdcServiceTest, PausingGivesTheOpenFileUp) {
  spec_.roll_seconds = 3600;
  ASSERT_TRUE(service_->Create(spec_).ok());
  Write("a");
  ASSERT_TRUE(Eventually([](const auto& pipeline) { return pipeline.progress.open_records == 1; }));
  PipelineChange change;
  change.paused = true;
  ASSERT_TRUE(service_->Update("p", change).ok());
  ASSERT_TRUE(Eventually([](const auto& pipeline) { return pipeline.progress.open_records == 0; }));
  EXPECT_FALSE(std::filesystem::exists(spec_.directory + "/" + std::string(kOpenFileName)));
  EXPECT_EQ(service_->Describe("p")->lag_records, 1u);
  Write("b");
  change.paused = false;
  change.roll_seconds = 1;
  ASSERT_TRUE(service_->Update("p", change).ok());
  ASSERT_TRUE(EventuallyRecords(2));
  ExpectIntact(2);
}

TEST_F(CdcServiceTest, AFullDiskIsSaidAndOvercome) {
  FaultyFileSystem faulty(1);
  file_system_ = &faulty;
  service_.reset();
  StartService();
  ASSERT_TRUE(service_->Create(spec_).ok());
  Write("a");
  ASSERT_TRUE(EventuallyRecords(1));
  faulty.SetDiskFull(true);
  Write("b");
  ASSERT_TRUE(Eventually([](const auto& pipeline) {
    return pipeline.progress.state == PipelineState::kRetrying &&
           pipeline.progress.failed_attempts > 1 && !pipeline.progress.last_error.empty();
  }));
  faulty.SetDiskFull(false);
  ASSERT_TRUE(EventuallyRecords(2));
  EXPECT_EQ(service_->Describe("p")->progress.failed_attempts, 0u);
  EXPECT_FALSE(service_->Describe("p")->progress.last_error.empty());
  ExpectIntact(2);
  service_.reset();
}

TEST_F(CdcServiceTest, DeleteLeavesTheFilesAndTheNameIsFree) {
  ASSERT_TRUE(service_->Create(spec_).ok());
  Write("a");
  ASSERT_TRUE(EventuallyRecords(1));
  Write("b");
  EXPECT_EQ(service_->Delete("p")->progress.cell.files, 1u);
  EXPECT_TRUE(service_->Describe("p").status().Is(ErrorCode::kResourceNotFound));
  EXPECT_TRUE(service_->Pins().empty());
  EXPECT_EQ(VerifyCdcDirectory(spec_.directory, {})->problems.count, 0u);
  EXPECT_TRUE(service_->Create(spec_).status().Is(ErrorCode::kInvalidParameterValue));
  spec_.directory += "-2";
  ASSERT_TRUE(service_->Create(spec_).ok());
  Write("c");
  ASSERT_TRUE(EventuallyRecords(1));
  service_.reset();
  StartService();
  EXPECT_EQ(service_->List().size(), 1u);
}

TEST_F(CdcServiceTest, ADeletedTableEndsItAndPinsNothing) {
  ASSERT_TRUE(service_->Create(spec_).ok());
  Write("a");
  ASSERT_TRUE(database_->DeleteTable("people").ok());
  ASSERT_TRUE(Eventually(
      [](const auto& pipeline) { return pipeline.progress.state == PipelineState::kEnded; }));
  EXPECT_EQ(service_->Describe("p")->progress.cell.records, 1u);
  EXPECT_TRUE(service_->Pins().empty());
  ExpectIntact(1);
}

TEST_F(CdcServiceTest, FromTheTrimHorizon) {
  Write("a");
  Write("b");
  spec_.start = CdcStart::kTrimHorizon;
  ASSERT_TRUE(service_->Create(spec_).ok());
  ASSERT_TRUE(EventuallyRecords(2));
  ExpectIntact(2);
}

TEST_F(CdcServiceTest, SeveralOfOneTable) {
  ASSERT_TRUE(service_->Create(spec_).ok());
  PipelineSpec second = spec_;
  second.name = "q";
  second.directory += "-q";
  second.snapshot = true;
  ASSERT_TRUE(service_->Create(second).ok());
  Write("a");
  ASSERT_TRUE(EventuallyRecords(1));
  ASSERT_TRUE(millrace::Eventually(
      kDeadline, [&] { return service_->Describe("q")->progress.cell.records == 1; }));
  second.name = "r";
  second.directory += "-r";
  EXPECT_TRUE(service_->Create(second).status().Is(ErrorCode::kLimitExceeded));
}

TEST_F(CdcServiceTest, WhatIsRefused) {
  ASSERT_TRUE(service_->Create(spec_).ok());
  const TableRef plain = MakeTable("plain");
  const TableRef keys = MakeTable("keys", StreamViewType::kKeysOnly);
  struct Row {
    const char* what;
    std::function<void(PipelineSpec*)> change;
    ErrorCode code;
    const char* said;
  };
  for (const Row& row : std::vector<Row>{
           {"the name", [](PipelineSpec*) {}, ErrorCode::kResourceConflict, "already exists"},
           {"no table", [](PipelineSpec* s) { s->name = "q", s->table = "none"; },
            ErrorCode::kResourceNotFound, "none"},
           {"another's directory", [](PipelineSpec* s) { s->name = "q"; },
            ErrorCode::kInvalidParameterValue, "is that of the pipeline p"},
           {"a used directory",
            [this](PipelineSpec* s) { s->name = "q", s->directory = scratch_.path(); },
            ErrorCode::kInvalidParameterValue, "is not empty"},
           {"no stream",
            [](PipelineSpec* s) {
              s->name = "q", s->table = "plain", s->view = StreamViewType::kNewAndOldImages;
            },
            ErrorCode::kInvalidParameterValue, "StreamViewType=NEW_AND_OLD_IMAGES"},
           {"a stream without them",
            [](PipelineSpec* s) {
              s->name = "q", s->table = "keys", s->view = StreamViewType::kOldImage;
            },
            ErrorCode::kInvalidParameterValue, "StreamEnabled=false"},
           {"no directory can be there",
            [](PipelineSpec* s) { s->name = "q", s->directory = "/proc/none/x"; },
            ErrorCode::kInvalidParameterValue, "/proc/none"}}) {
    PipelineSpec spec = spec_;
    row.change(&spec);
    const Status status = service_->Create(spec).status();
    EXPECT_TRUE(status.Is(row.code)) << row.what << ": " << status.ToString();
    EXPECT_NE(status.message().find(row.said), std::string::npos) << status.message();
  }
  for (const auto& call : std::vector<std::function<Status()>>{
           [&] { return service_->Describe("no").status(); },
           [&] { return service_->Delete("no").status(); },
           [&] { return service_->Update("no", {}).status(); },
           [&] { return service_->Verify("no", nullptr).status(); }}) {
    EXPECT_TRUE(call().Is(ErrorCode::kResourceNotFound));
  }
  PipelineChange bad;
  bad.roll_seconds = 0;
  EXPECT_TRUE(service_->Update("p", bad).status().Is(ErrorCode::kInvalidParameterValue));
  EXPECT_EQ(service_->Describe("p")->progress.definition.spec.roll_seconds, 1u);
}

// However it is called, and although nothing is in it yet.
TEST_F(CdcServiceTest, NoTwoInOneDirectory) {
  spec_.paused = true;
  ASSERT_TRUE(service_->Create(spec_).ok());
  std::filesystem::remove_all(spec_.directory);
  std::filesystem::create_directory(spec_.directory);
  std::filesystem::create_directory_symlink(spec_.directory, scratch_.path() + "/link");
  PipelineSpec other = spec_;
  other.name = "other";
  for (const std::string& path :
       {spec_.directory, spec_.directory + "/", scratch_.path() + "/none/../files/.",
        scratch_.path() + "/link", scratch_.path() + "/link/"}) {
    other.directory = path;
    const auto made = service_->Create(other);
    ASSERT_FALSE(made.ok()) << path;
    EXPECT_EQ(made.status().message(), "The directory " + path +
                                           " is that of the pipeline p: a pipeline needs one of "
                                           "its own.");
  }
  other.directory = spec_.directory + "/below";
  EXPECT_TRUE(service_->Create(other).ok());
}

TEST_F(CdcServiceTest, ATableWithoutStreamGivesItsNewImages) {
  table_ = MakeTable("plain");
  spec_.table = "plain";
  EXPECT_EQ(service_->Create(spec_)->progress.definition.view, StreamViewType::kNewImage);
  Write("a");
  ASSERT_TRUE(EventuallyRecords(1));
  EXPECT_EQ(service_->Describe("p")->progress.cell.incomplete_records, 0u);
}

TEST_F(CdcServiceTest, NothingAfterStop) {
  service_->Stop();
  EXPECT_TRUE(service_->Create(spec_).status().Is(ErrorCode::kUnavailable));
}

}  // namespace
}  // namespace millrace::testing
