// The power goes, the process dies, or an operation fails, at every single operation on the
// directory: afterwards each record is there once.

#include "connectors/cdc/pipeline.h"
#include "tests/support/faulty_file_system.h"
#include "tests/unit/cdc/cdc_fixture.h"

namespace millrace::testing {
namespace {

class PipelineFaultTest : public CdcTest {
 protected:
  // Three files, the first two by size.
  void WriteSome() {
    for (int i = 0; i < 12; ++i) Write("k" + std::to_string(i), std::to_string(++written_));
  }
  void MakeOn(FaultyFileSystem* faulty, const std::string& name) {
    file_system_ = faulty;
    spec_.directory = scratch_.path() + "/" + name;
    spec_.roll_bytes = 2048;
    Make();
  }
  void FinishAndCheck(std::optional<uint64_t> records) {
    const Status drained = DrainAndRoll();
    ASSERT_TRUE(drained.ok()) << drained.ToString();
    ExpectIntact(records.value_or(Lines().size()));
    const Result<CdcVerifyReport> report = Verify();
    EXPECT_EQ(report->unlisted, 0u);
  }

  int written_ = 0;  // every write changes its item
};

class PipelineCutTest : public PipelineFaultTest, public ::testing::WithParamInterface<bool> {};

TEST_P(PipelineCutTest, AtEveryOperation) {
  const bool snapshot = GetParam();
  spec_.snapshot = snapshot;
  bool cut = true;
  uint64_t n = 1;
  for (; cut; ++n) {
    SCOPED_TRACE(n);
    FaultyFileSystem faulty(n);
    MakeOn(&faulty, "cut-" + std::to_string(n));
    faulty.CutPowerAt(n);
    if (!snapshot) WriteSome();
    const Status drained = DrainAndRoll();
    cut = faulty.power_is_cut();
    EXPECT_EQ(drained.ok(), !cut);
    if (!cut) break;  // there are no more operations
    pipeline_.reset();
    if (n % 3 == 0) {
      faulty.RestartProcess();
    } else {
      faulty.Restart();
    }
    Restart();
    WriteSome();
    FinishAndCheck(snapshot ? std::nullopt : std::optional<uint64_t>(24));
    if (snapshot) {
      EXPECT_EQ(Folded(), Live());
    }
    pipeline_.reset();
  }
  pipeline_.reset();
  EXPECT_GT(n, 15u);
}

INSTANTIATE_TEST_SUITE_P(StreamAndSnapshot, PipelineCutTest, ::testing::Bool());

TEST_F(PipelineFaultTest, AFailedWriteOrSyncIsTriedAgain) {
  for (uint64_t n = 1; n <= 12; ++n) {
    for (const bool sync : {false, true}) {
      SCOPED_TRACE(n);
      FaultyFileSystem faulty(n);
      MakeOn(&faulty, (sync ? "sync-" : "write-") + std::to_string(n));
      WriteSome();
      if (sync) {
        faulty.FailSync(n);
      } else {
        faulty.FailWrite(n);
      }
      if (DrainAndRoll().ok()) FinishAndCheck(12);
      FinishAndCheck(12);
      pipeline_.reset();
    }
  }
}

TEST_F(PipelineFaultTest, AFullDiskIsWaitedFor) {
  FaultyFileSystem faulty(1);
  MakeOn(&faulty, "full");
  WriteSome();
  for (int attempt = 0; attempt < 3; ++attempt) {
    faulty.SetDiskFull(true);
    EXPECT_TRUE(DrainAndRoll().Is(ErrorCode::kDiskFull));
    WriteSome();
  }
  faulty.SetDiskFull(false);
  FinishAndCheck(48);
  pipeline_.reset();
}

TEST_F(PipelineFaultTest, ADirectoryThatGoesAndComesBack) {
  spec_.roll_bytes = 2048;
  Make();
  WriteSome();
  ASSERT_TRUE(DrainAndRoll().ok());
  const std::string away = spec_.directory + "-away";
  std::filesystem::rename(spec_.directory, away);
  WriteSome();
  EXPECT_TRUE(DrainAndRoll().Is(ErrorCode::kIo));
  // An empty one in its place is not it.
  std::filesystem::create_directory(spec_.directory);
  const Status refused = DrainAndRoll();
  EXPECT_NE(refused.message().find("manifest"), std::string::npos) << refused.ToString();
  std::filesystem::remove_all(spec_.directory);
  std::filesystem::rename(away, spec_.directory);
  FinishAndCheck(24);
}

TEST_F(PipelineFaultTest, AForeignFileUnderTheNameIsNotOverwritten) {
  Make();
  Write("a", "1");
  ASSERT_TRUE(Drain().ok());
  const std::string name =
      CdcFileName("people", definition_.start_after, database_->applied_lsn(), std::nullopt);
  const std::string path = spec_.directory + "/" + name;
  ASSERT_TRUE(FileSystem::Posix()->OpenWritable(path).ok());
  const Status refused = DrainAndRoll();
  EXPECT_NE(refused.message().find("did not write"), std::string::npos) << refused.ToString();
  std::filesystem::remove(path);
  FinishAndCheck(1);
}

TEST_F(PipelineFaultTest, AForeignLineInTheManifestIsNotOverwritten) {
  Make();
  Write("a", "1");
  ASSERT_TRUE(Drain().ok());
  const std::string path = spec_.directory + "/manifest.jsonl";
  const auto size = std::filesystem::file_size(path);
  ASSERT_TRUE((*FileSystem::Posix()->OpenWritable(path))->WriteAt(size, "{\"type\":\"x\"}\n").ok());
  EXPECT_FALSE(DrainAndRoll().ok());
  std::filesystem::resize_file(path, size);
  FinishAndCheck(1);
}

TEST_F(PipelineFaultTest, AnIntentWhoseFileIsGoneIsGivenUp) {
  FaultyFileSystem faulty(7);
  MakeOn(&faulty, "gone");
  Write("a", "1");
  ASSERT_TRUE(Drain().ok());
  // Write, sync, directory sync; then the rename is the operation that dies.
  faulty.CutPowerAt(4);
  EXPECT_FALSE(DrainAndRoll().ok());
  pipeline_.reset();
  faulty.RestartProcess();
  Restart();
  ASSERT_TRUE(pipeline_->progress().pending.has_value());
  std::filesystem::remove(spec_.directory + "/" + std::string(kOpenFileName));
  std::filesystem::remove(spec_.directory + "/" + pipeline_->progress().pending->file_name);
  FinishAndCheck(1);
  pipeline_.reset();
}

}  // namespace
}  // namespace millrace::testing
