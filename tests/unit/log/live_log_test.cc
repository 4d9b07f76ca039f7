#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/unit/log/log_testing.h"
#include "tests/unit/log/watched_file_system.h"

// What reads a log's files while the log is written: audits and lookups by time.
namespace millrace {
namespace {

class LiveLogTest : public LogTest {
 protected:
  LiveLogTest() { file_system_ = &watched_; }

  // Appends what no longer fits into the active segment: it is sealed, its file cut.
  void SealTheActive(CommitLog* log) {
    const TestFrame large = FrameOfSize(log->last_lsn().value() + 1, options_.segment_size);
    ASSERT_TRUE(AppendGroup(log, {large}).ok());
    ASSERT_TRUE(log->Sync().ok());
  }

  WatchedFileSystem watched_;
};

TEST_F(LiveLogTest, VerifyMeetsASegmentThatIsBeingSealed) {
  const auto log = MustOpen();
  Fill(log.get(), kTestSeed, 1);
  const std::string path = SegmentPaths().at(0);
  ASSERT_EQ(std::filesystem::file_size(path), options_.segment_size);
  watched_.after_size = [&] { SealTheActive(log.get()); };
  const Result<LogVerification> verified = VerifyLog(file_system_, options_.directory);
  ASSERT_TRUE(verified.ok()) << verified.status().ToString();
  ASSERT_LT(std::filesystem::file_size(path) + 4096, options_.segment_size)
      << "not cut by a page: the test proves nothing";
  EXPECT_EQ(verified->segments, 0u) << "it was not sealed when it was looked at";
  EXPECT_EQ(VerifyLog(file_system_, options_.directory)->segments, 1u);
}

TEST_F(LiveLogTest, VerifyMeetsASegmentThatIsTrimmed) {
  const auto log = MustOpen();
  Fill(log.get(), kTestSeed, 100);
  const size_t sealed = SegmentPaths().size() - 1;
  ASSERT_GT(sealed, 2u);
  watched_.after_size = [&] { EXPECT_TRUE(log->Trim(log->Segments()[1].first, INT64_MAX).ok()); };
  const Result<LogVerification> verified = VerifyLog(file_system_, options_.directory);
  ASSERT_TRUE(verified.ok()) << verified.status().ToString();
  EXPECT_EQ(verified->segments, sealed - 1);
}

TEST_F(LiveLogTest, LookingUpTimesMapsEachSegmentOnce) {
  const auto log = MustOpen();
  Fill(log.get(), kTestSeed, 60);
  const std::vector<SegmentInfo> segments = log->Segments();
  ASSERT_GT(segments.size(), 2u);
  watched_.maps = 0;
  const uint64_t last = segments[1].last.value();
  for (int round = 0; round < 3; ++round) {
    for (uint64_t lsn = 1; lsn <= last; ++lsn) {
      ASSERT_EQ(log->FindTime(static_cast<int64_t>(lsn) * 10).value(), Lsn(lsn));
    }
  }
  EXPECT_EQ(watched_.maps, 2);
}

TEST_F(LiveLogTest, ATrimmedSegmentIsNotKeptForLookups) {
  const auto mapped = [](const std::string& path) {
    std::ostringstream maps;
    maps << std::ifstream("/proc/self/maps").rdbuf();
    return maps.str().find(path) != std::string::npos;
  };
  const auto log = MustOpen();
  Fill(log.get(), kTestSeed, 100);
  const std::string path = SegmentPaths().at(0);
  ASSERT_EQ(log->FindTime(10).value(), Lsn(1));
  ASSERT_TRUE(mapped(path));
  const Lsn kept = log->Segments()[1].first;
  ASSERT_GT(log->Trim(kept, INT64_MAX).value(), 0u);
  EXPECT_FALSE(mapped(path)) << "its disk space is not free yet";
  EXPECT_EQ(log->FindTime(10).value(), kept);
}

TEST_F(LiveLogTest, LookupsSeeWhatIsAppendedMeanwhile) {
  const auto log = MustOpen();
  for (uint64_t lsn = 1; lsn <= 300; ++lsn) {
    const auto time = static_cast<int64_t>(lsn) * 10;
    ASSERT_EQ(log->FindTime(time).value(), Lsn(lsn)) << "the next to come";
    ASSERT_TRUE(AppendNext(log.get(), kTestSeed, 1).ok());
    ASSERT_EQ(log->FindTime(time).value(), Lsn(lsn));
    ASSERT_EQ(log->FindTime(time + 1).value(), Lsn(lsn + 1));
  }
}

}  // namespace
}  // namespace millrace
