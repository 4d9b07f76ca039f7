#include <gtest/gtest.h>

#include "tests/support/eventually.h"
#include "tests/support/faulty_file_system.h"
#include "tests/unit/log/log_testing.h"

// Errors of the file system while the log is open: stopped for good, or refused with nothing
// changed.
namespace millrace {
namespace {

class FaultTest : public LogTest {
 protected:
  FaultTest() { file_system_ = &faulty_; }

  // Every way on is shut, and says why; what was durable can be read.
  void ExpectStopped(CommitLog* log, uint64_t durable) {
    const Lsn last = log->last_lsn();
    for (const Status& status :
         {AppendNext(log, kTestSeed, 1), log->Sync(), log->SyncNow(), log->Sync()}) {
      EXPECT_TRUE(status.Is(ErrorCode::kIo)) << status.ToString();
      EXPECT_NE(status.message().find("the commit log is stopped"), std::string::npos);
      EXPECT_NE(status.message().find("told to fail"), std::string::npos);
    }
    EXPECT_EQ(log->last_lsn(), last);
    EXPECT_EQ(log->durable_lsn(), Lsn(durable));
    ExpectFrames(log, kTestSeed, 1, durable);
    EXPECT_FALSE(log->Close().ok());
  }

  FaultyFileSystem faulty_{kTestSeed};
};

TEST_F(FaultTest, FailedSyncStopsTheLog) {
  auto log = MustOpen();
  Fill(log.get(), kTestSeed, 3);
  ASSERT_TRUE(AppendNext(log.get(), kTestSeed, 5).ok());
  faulty_.FailSync(1);
  EXPECT_TRUE(log->Sync().Is(ErrorCode::kIo));
  ExpectStopped(log.get(), 15);
  log.reset();
  log = MustOpen(15);
  EXPECT_GE(log->last_lsn(), Lsn(15));
  Fill(log.get(), kTestSeed, 1);
  ExpectFrames(log.get(), kTestSeed, 1, log->last_lsn().value());
}

TEST_F(FaultTest, FailedSyncNowStopsTheLog) {
  options_.sync = false;
  auto log = MustOpen();
  Fill(log.get(), kTestSeed, 3);
  faulty_.FailSync(1);
  EXPECT_TRUE(log->SyncNow().Is(ErrorCode::kIo));
  ExpectStopped(log.get(), 15);
}

TEST_F(FaultTest, FailedWriteStopsTheLog) {
  for (uint64_t round = 0; round < 20; ++round) {
    options_.directory = temporary_.path() + "/" + std::to_string(round);
    auto log = MustOpen();
    Fill(log.get(), kTestSeed, 3);
    faulty_.FailWrite(1);
    EXPECT_TRUE(AppendNext(log.get(), kTestSeed, 5).Is(ErrorCode::kIo));
    ExpectStopped(log.get(), 15);
    log.reset();
    log = MustOpen(15);
    Fill(log.get(), kTestSeed, 1);
    ExpectFrames(log.get(), kTestSeed, 1, log->last_lsn().value());
  }
}

// Whichever sync or write of a roll fails, in the appender or in the sealer's thread.
TEST_F(FaultTest, FailureWhileRollingStopsTheLog) {
  for (const bool background : {false, true}) {
    for (uint64_t nth = 1; nth <= 8; ++nth) {
      options_.background = background;
      options_.directory = temporary_.path() + "/" + std::to_string(background * 100 + nth);
      auto log = MustOpen();
      Fill(log.get(), kTestSeed, 3);
      const bool write = nth % 2 == 0;
      write ? faulty_.FailWrite(nth) : faulty_.FailSync(nth);
      uint64_t durable = 15;
      const bool stopped = Eventually(std::chrono::seconds(20), [&] {
        if (!AppendNext(log.get(), kTestSeed, 5).ok() || !log->Sync().ok()) return true;
        durable = log->durable_lsn().value();
        return false;
      });
      // What fails may also be the zeroing of the next file, which stops nothing.
      EXPECT_TRUE(stopped || background);
      log.reset();
      faulty_.FailWrite(0);
      faulty_.FailSync(0);
      log = MustOpen(durable);
      ASSERT_NE(log, nullptr);
      ExpectFrames(log.get(), kTestSeed, 1, log->last_lsn().value());
    }
  }
}

TEST_F(FaultTest, DiskFullIsRefusedCleanlyAndPasses) {
  for (const bool by_reserve : {true, false}) {
    options_.directory = temporary_.path() + (by_reserve ? "/reserve" : "/full");
    options_.disk_reserve = by_reserve ? 100'000 : 0;
    auto log = MustOpen();
    Fill(log.get(), kTestSeed, 3);
    if (by_reserve) {
      faulty_.SetFreeBytes(options_.disk_reserve + options_.segment_size - 1);
    } else {
      faulty_.SetDiskFull(true);
    }
    Status status;
    while (status.ok()) {
      status = AppendNext(log.get(), kTestSeed, 5);
      ASSERT_TRUE(log->Sync().ok());
    }
    ASSERT_TRUE(status.Is(ErrorCode::kDiskFull)) << status.ToString();
    const Lsn last = log->last_lsn();
    EXPECT_EQ(log->durable_lsn(), last);
    EXPECT_EQ(SegmentPaths().size(), 1u);
    EXPECT_TRUE(AppendNext(log.get(), kTestSeed, 5).Is(ErrorCode::kDiskFull)) << "again";
    EXPECT_TRUE(log->Sync().ok());
    ExpectFrames(log.get(), kTestSeed, 1, last.value());
    EXPECT_EQ(faulty_.List(options_.directory).value().size(), 2u) << "no file is left behind";

    if (by_reserve) {
      faulty_.SetFreeBytes(options_.disk_reserve + options_.segment_size);
    } else {
      faulty_.SetDiskFull(false);
    }
    Fill(log.get(), kTestSeed, 3);
    ExpectFrames(log.get(), kTestSeed, 1, last.value() + 15);
    EXPECT_EQ(SegmentPaths().size(), 2u);
    faulty_.SetFreeBytes(std::nullopt);
  }
}

TEST_F(FaultTest, FullDiskDoesNotHinderOpeningAndReading) {
  auto log = MustOpen();
  Fill(log.get(), kTestSeed, 100);
  log.reset();
  options_.background = true;
  faulty_.SetFreeBytes(0);
  faulty_.SetDiskFull(true);
  log = MustOpen(500);
  ASSERT_NE(log, nullptr);
  ExpectFrames(log.get(), kTestSeed, 1, 500);
  EXPECT_TRUE(log->Trim(Lsn(200), INT64_MAX).ok());
}

TEST_F(FaultTest, GroupOfMoreThanTwoGibibytesIsRefused) {
  const auto log = MustOpen();
  // The same 64 MB again and again: nothing reads them.
  TestFrame frame = FrameOfSize(1, 64 << 20);
  const std::vector<LogFrame> group(32, LogFrame{frame.time, frame.count, frame.entries});
  EXPECT_TRUE(log->Append(group).Is(ErrorCode::kValidation));
  EXPECT_EQ(log->last_lsn(), Lsn(0));
  Fill(log.get(), kTestSeed, 1);
  ExpectFrames(log.get(), kTestSeed, 1, 5);
}

}  // namespace
}  // namespace millrace
