#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "tests/unit/log/log_testing.h"

// tests/golden/log/v1 is a whole log as format 1 has it: sealed segments, an open one, the durable
// page and the mark of a clean close. Every later version must read it.
namespace millrace {
namespace {

constexpr uint64_t kGoldenFrames = 60;

class GoldenTest : public LogTest {
 protected:
  GoldenTest() {
    options_.segment_size = 8192;
    const std::string golden = std::string(MILLRACE_SOURCE_DIR) + "/tests/golden/log/v1";
    if (std::getenv("MILLRACE_REWRITE_GOLDENS") != nullptr) Rewrite(golden);
    std::filesystem::copy(golden, options_.directory);
  }

  void Rewrite(const std::string& golden) {
    const TemporaryDirectory fresh;
    LogOptions options = options_;
    options.directory = fresh.path() + "/log";
    const auto log = CommitLog::Open(file_system_, options, Lsn(0)).value();
    Fill(log.get(), kTestSeed, kGoldenFrames / 5, 5, 60);
    ASSERT_TRUE(log->Close().ok());
    std::filesystem::remove_all(golden);
    std::filesystem::create_directories(std::filesystem::path(golden).parent_path());
    std::filesystem::copy(options.directory, golden);
  }
};

TEST_F(GoldenTest, FormatOneIsRead) {
  auto log = MustOpen(kGoldenFrames);
  ASSERT_NE(log, nullptr);
  EXPECT_GE(log->Segments().size(), 2u);
  ExpectFrames(log.get(), kTestSeed, 1, kGoldenFrames, 60);
  EXPECT_TRUE(VerifyLog(file_system_, options_.directory).ok());
  Fill(log.get(), kTestSeed, 5, 5, 60);
  ExpectFrames(log.get(), kTestSeed, 1, kGoldenFrames + 25, 60);
}

TEST_F(GoldenTest, FormatOneIsReadWithoutItsMark) {
  std::filesystem::remove(PathOf("close.mark"));
  const auto log = MustOpen(kGoldenFrames);
  ASSERT_NE(log, nullptr);
  ExpectFrames(log.get(), kTestSeed, 1, kGoldenFrames, 60);
}

}  // namespace
}  // namespace millrace
