#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/unit/log/log_testing.h"

// One appender, several readers, a trimmer, SyncNow: what ThreadSanitizer is to look at.
namespace millrace {
namespace {

constexpr uint64_t kFrames = 6000;

class ConcurrencyTest : public LogTest {
 protected:
  ConcurrencyTest() { options_.background = true; }

  // The readers poll: a log wakes nobody by itself.
  static void Read(CommitLog* log, uint64_t partition) {
    const auto cursor = log->NewCursor(Lsn(1));
    uint64_t next = 1;
    while (cursor->position() <= Lsn(kFrames)) {
      const auto frame =
          partition == 0 ? cursor->Next(kAllLsns) : cursor->NextOf(partition, kAllLsns);
      ASSERT_TRUE(frame.ok()) << frame.status().ToString();
      if (!frame->has_value()) {
        std::this_thread::yield();
        continue;
      }
      const uint64_t lsn = (*frame)->lsn.value();
      ASSERT_LE(lsn, log->durable_lsn().value());
      while (partition != 0 && next < lsn) {
        ASSERT_FALSE(FrameFor(kTestSeed, next++).Holds(partition));
      }
      ASSERT_EQ(lsn, next++);
      ASSERT_TRUE(IsFrame(**frame, FrameFor(kTestSeed, lsn)));
    }
  }
};

TEST_F(ConcurrencyTest, ReadersFollowTheAppender) {
  for (const bool sync : {true, false}) {
    options_.sync = sync;
    options_.directory = temporary_.path() + (sync ? "/sync" : "/os");
    const auto log = MustOpen();
    std::vector<std::thread> threads;
    for (const uint64_t partition : {0, 1, 2}) threads.emplace_back(Read, log.get(), partition);
    std::atomic<bool> done = false;
    threads.emplace_back([&] {
      while (!done) {
        EXPECT_TRUE(log->SyncNow().ok());
        EXPECT_TRUE(log->FindTime(static_cast<int64_t>(log->last_lsn().value()) * 5).ok());
        EXPECT_LE(log->Segments().size(), 1000u);
      }
    });
    while (log->last_lsn() < Lsn(kFrames)) Fill(log.get(), kTestSeed, 1, 10);
    done = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_TRUE(log->Close().ok());
  }
}

TEST_F(ConcurrencyTest, TrimmingBesideAppendingAndReading) {
  const auto log = MustOpen();
  std::atomic<bool> done = false;
  std::thread trimmer([&] {
    while (!done) {
      const uint64_t last = log->durable_lsn().value();
      const uint64_t keep = last - std::min<uint64_t>(last, 500);
      EXPECT_TRUE(log->Trim(Lsn(keep), INT64_MAX).ok());
    }
  });
  std::thread reader([&] {
    auto cursor = log->NewCursor(Lsn(1));
    while (!done) {
      const auto frame = cursor->Next(kAllLsns);
      if (frame.ok() && frame->has_value()) {
        EXPECT_TRUE(IsFrame(**frame, FrameFor(kTestSeed, (*frame)->lsn.value())));
      } else if (!frame.ok()) {
        EXPECT_TRUE(frame.status().Is(ErrorCode::kTrimmedDataAccess)) << frame.status().ToString();
        cursor = log->NewCursor(log->first_lsn());
      }
    }
  });
  while (log->last_lsn() < Lsn(kFrames)) Fill(log.get(), kTestSeed, 1, 10);
  done = true;
  trimmer.join();
  reader.join();
  EXPECT_LT(log->Segments().size(), 20u);
}

}  // namespace
}  // namespace millrace
