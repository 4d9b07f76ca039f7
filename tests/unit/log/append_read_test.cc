#include <gtest/gtest.h>

#include <filesystem>

#include "engine/base/random.h"
#include "tests/unit/log/log_testing.h"

namespace millrace {
namespace {

class AppendReadTest : public LogTest {};

TEST_F(AppendReadTest, NewLogIsEmpty) {
  const auto log = MustOpen();
  EXPECT_EQ(log->last_lsn(), Lsn(0));
  EXPECT_EQ(log->durable_lsn(), Lsn(0));
  EXPECT_EQ(log->first_lsn(), Lsn(1));
  EXPECT_TRUE(log->Segments().empty());
  EXPECT_EQ(log->FindTime(0).value(), Lsn(1));
  EXPECT_EQ(log->Append({}).ToString(), "OK");
  EXPECT_EQ(log->Sync().ToString(), "OK");
  ExpectFrames(log.get(), kTestSeed, 1, 0);
}

TEST_F(AppendReadTest, FramesAreReadableOnceSynced) {
  const auto log = MustOpen();
  const auto cursor = log->NewCursor(Lsn(1));
  ASSERT_TRUE(AppendNext(log.get(), kTestSeed, 3).ok());
  EXPECT_EQ(log->last_lsn(), Lsn(3));
  EXPECT_EQ(log->durable_lsn(), Lsn(0));
  EXPECT_FALSE(cursor->Next(kAllLsns).value());
  EXPECT_FALSE(cursor->NextOf(1, kAllLsns).value());
  EXPECT_EQ(cursor->position(), Lsn(1));
  ASSERT_TRUE(log->Sync().ok());
  EXPECT_EQ(log->durable_lsn(), Lsn(3));
  EXPECT_FALSE(cursor->Next(Lsn(0)).value()) << "the limit";
  EXPECT_TRUE(cursor->Next(Lsn(1)).value());
  EXPECT_FALSE(cursor->Next(Lsn(1)).value());
  ExpectFrames(log.get(), kTestSeed, 1, 3);
}

TEST_F(AppendReadTest, WithoutSyncFramesAreReadableAtOnce) {
  options_.sync = false;
  const auto log = MustOpen();
  ASSERT_TRUE(AppendNext(log.get(), kTestSeed, 3).ok());
  EXPECT_EQ(log->durable_lsn(), Lsn(3));
  ExpectFrames(log.get(), kTestSeed, 1, 3);
  EXPECT_TRUE(log->SyncNow().ok());
}

TEST_F(AppendReadTest, SyncNowMakesDurableToo) {
  const auto log = MustOpen();
  ASSERT_TRUE(AppendNext(log.get(), kTestSeed, 3).ok());
  ASSERT_TRUE(log->SyncNow().ok());
  EXPECT_EQ(log->durable_lsn(), Lsn(0)) << "what readers may see is the committer's to say";
  ASSERT_TRUE(log->Sync().ok());
  EXPECT_EQ(log->durable_lsn(), Lsn(3));
}

// Rolls through many segments; every lsn is found from every starting point, now and after each
// kind of reopening.
TEST_F(AppendReadTest, RoundTripThroughManySegments) {
  constexpr uint64_t kFrames = 1000;
  for (const bool background : {false, true}) {
    for (const bool sync : {true, false}) {
      SCOPED_TRACE(testing::Message() << "background " << background << " sync " << sync);
      options_.background = background;
      options_.sync = sync;
      options_.directory = temporary_.path() + "/" + std::to_string(background * 2 + sync);
      auto log = MustOpen();
      Fill(log.get(), kTestSeed, kFrames / 5);
      EXPECT_GT(log->Segments().size(), 5u);
      for (const uint64_t from : {1, 2, 499, 999, 1000, 1001}) {
        ExpectFrames(log.get(), kTestSeed, from, kFrames);
      }
      ASSERT_TRUE(log->Close().ok());
      log = MustOpen(kFrames);
      ExpectFrames(log.get(), kTestSeed, 1, kFrames);
      Fill(log.get(), kTestSeed, 10);
      log.reset();  // as a killed process would leave it
      log = MustOpen(kFrames);
      ExpectFrames(log.get(), kTestSeed, 1, kFrames + 50);
      Fill(log.get(), kTestSeed, 10);
      ExpectFrames(log.get(), kTestSeed, 1, kFrames + 100);
      EXPECT_TRUE(VerifyLog(file_system_, options_.directory).ok());
    }
  }
}

TEST_F(AppendReadTest, SegmentsAreDenseAndSealed) {
  const auto log = MustOpen();
  Fill(log.get(), kTestSeed, 100);
  const std::vector<SegmentInfo> segments = log->Segments();
  ASSERT_GT(segments.size(), 2u);
  uint64_t next = 1;
  for (const SegmentInfo& segment : segments) {
    EXPECT_EQ(segment.first, Lsn(next));
    EXPECT_EQ(segment.sealed, &segment != &segments.back());
    EXPECT_EQ(segment.first_time_micros, static_cast<int64_t>(next) * 10);
    next = segment.last.value() + 1;
    EXPECT_EQ(segment.last_time_micros, static_cast<int64_t>(next - 1) * 10);
    if (segment.sealed) {
      EXPECT_LE(segment.bytes, options_.segment_size);
      EXPECT_EQ(segment.bytes, ReadWholeFile(SegmentPaths()[&segment - &segments[0]]).size());
    }
  }
  EXPECT_EQ(next, 501u);
}

TEST_F(AppendReadTest, FirstSegmentsAreSmallAndDouble) {
  options_.segment_size = uint64_t{64} << 20;
  const auto log = MustOpen();
  for (int i = 1; i <= 5; ++i) {
    ASSERT_TRUE(AppendGroup(log.get(), {FrameOfSize(i, 15 << 20)}).ok());
    ASSERT_TRUE(log->Sync().ok());
  }
  // 16 MB holds one such frame, 32 MB two, 64 MB four.
  const std::vector<SegmentInfo> segments = log->Segments();
  ASSERT_EQ(segments.size(), 3u);
  EXPECT_EQ(segments[1].first, Lsn(2));
  EXPECT_EQ(segments[2].first, Lsn(4));
  EXPECT_EQ(std::filesystem::file_size(SegmentPaths()[2]), options_.segment_size);
}

// Pages behind a cursor are given back while it goes on; whoever reads them again still finds them.
TEST_F(AppendReadTest, LongBacklogIsReadTwice) {
  constexpr uint64_t kFrames = 40;
  options_.segment_size = uint64_t{64} << 20;
  options_.sync = false;
  const auto log = MustOpen();
  for (uint64_t lsn = 1; lsn <= kFrames; ++lsn) {
    ASSERT_TRUE(AppendGroup(log.get(), {FrameOfSize(lsn, 1 << 20)}).ok());
  }
  const auto first = log->NewCursor(Lsn(1));
  const auto second = log->NewCursor(Lsn(1));
  for (uint64_t lsn = 1; lsn <= kFrames; ++lsn) {
    ASSERT_TRUE(IsFrame(*first->Next(kAllLsns).value(), FrameOfSize(lsn, 1 << 20)));
  }
  for (uint64_t lsn = 1; lsn <= kFrames; ++lsn) {
    ASSERT_TRUE(IsFrame(*second->NextOf(1, kAllLsns).value(), FrameOfSize(lsn, 1 << 20)));
  }
}

TEST_F(AppendReadTest, OversizeFrameHasItsOwnSegment) {
  auto log = MustOpen();
  const size_t big = options_.segment_size * 5;
  const std::vector<TestFrame> frames = {FrameOfSize(1, 100), FrameOfSize(2, big),
                                         FrameOfSize(3, 100), FrameOfSize(4, big)};
  for (const TestFrame& frame : frames) {
    ASSERT_TRUE(AppendGroup(log.get(), {frame}).ok());
    ASSERT_TRUE(log->Sync().ok());
  }
  for (int round = 0; round < 2; ++round) {
    const auto cursor = log->NewCursor(Lsn(1));
    for (const TestFrame& frame : frames) {
      EXPECT_TRUE(IsFrame(*cursor->Next(kAllLsns).value(), frame));
    }
    log.reset();
    log = MustOpen(4);
  }
}

// Also when the segment that is to give way is still empty: it has the very name of the one that
// replaces it.
TEST_F(AppendReadTest, OversizeFrameReplacesAnEmptySegment) {
  auto log = MustOpen();
  Fill(log.get(), kTestSeed, 1);
  log.reset();
  // Cuts the only group off, as if it had been torn.
  WriteWholeFile(SegmentPaths()[0], ReadWholeFile(SegmentPaths()[0]).substr(0, 4096) +
                                        std::string(options_.segment_size - 4096, '\0'));
  std::filesystem::remove(PathOf("durable.page"));
  log = MustOpen();
  ASSERT_EQ(log->last_lsn(), Lsn(0));
  ASSERT_EQ(log->Segments().size(), 1u);
  EXPECT_EQ(log->Segments()[0].last, Lsn(0));
  const TestFrame frame = FrameOfSize(1, options_.segment_size * 2);
  ASSERT_TRUE(AppendGroup(log.get(), {frame}).ok());
  ASSERT_TRUE(log->Sync().ok());
  ASSERT_EQ(log->Segments().size(), 1u);
  log.reset();
  log = MustOpen(1);
  EXPECT_TRUE(IsFrame(*log->NewCursor(Lsn(1))->Next(kAllLsns).value(), frame));
}

TEST_F(AppendReadTest, NextOfIsAFilterOverNext) {
  options_.background = true;
  auto log = MustOpen();
  Fill(log.get(), kTestSeed, 200);
  Random random(kTestSeed);
  for (int round = 0; round < 3; ++round) {
    for (uint64_t partition = 1; partition <= 6; ++partition) {
      const uint64_t from = 1 + random.Uniform(log->last_lsn().value());
      const Lsn limit(random.Uniform(log->last_lsn().value() + 50));
      const auto all = log->NewCursor(Lsn(from));
      const auto some = log->NewCursor(Lsn(from));
      while (const std::optional<FrameView> frame = all->Next(limit).value()) {
        if (!FrameFor(kTestSeed, frame->lsn.value()).Holds(partition)) continue;
        const std::optional<FrameView> same = some->NextOf(partition, limit).value();
        ASSERT_TRUE(same.has_value());
        ASSERT_EQ(same->lsn, frame->lsn);
        ASSERT_EQ(same->entries, frame->entries);
        ASSERT_EQ(some->position(), Lsn(frame->lsn.value() + 1));
      }
      ASSERT_FALSE(some->NextOf(partition, limit).value());
      ASSERT_EQ(some->position(), std::max(all->position(), Lsn(from)));
    }
    if (round == 0) Fill(log.get(), kTestSeed, 50);
    if (round == 1) {
      log.reset();
      log = MustOpen();
    }
  }
}

// A cursor may be asked for a partition, for another, for all, in any order: each answer is the
// first match at its position.
TEST_F(AppendReadTest, NextAndNextOfMix) {
  const auto log = MustOpen();
  Fill(log.get(), kTestSeed, 300);
  Random random(kTestSeed);
  const auto cursor = log->NewCursor(Lsn(1));
  uint64_t position = 1;
  while (position <= 1500) {
    const uint64_t partition = random.Uniform(7);  // 0: any
    const uint64_t limit = std::min<uint64_t>(1500, position + random.Uniform(40));
    uint64_t expected = position;
    while (expected <= limit && partition != 0 && !FrameFor(kTestSeed, expected).Holds(partition)) {
      ++expected;
    }
    const auto frame =
        partition == 0 ? cursor->Next(Lsn(limit)) : cursor->NextOf(partition, Lsn(limit));
    ASSERT_TRUE(frame.ok()) << frame.status().ToString();
    ASSERT_EQ(frame->has_value(), expected <= limit);
    if (frame->has_value()) {
      ASSERT_EQ((*frame)->lsn, Lsn(expected));
      ASSERT_TRUE(IsFrame(**frame, FrameFor(kTestSeed, expected)));
    }
    position = frame->has_value() ? expected + 1 : limit + 1;
    ASSERT_EQ(cursor->position(), Lsn(position));
  }
}

TEST_F(AppendReadTest, FollowsTheActiveSegmentAcrossSealing) {
  options_.background = true;
  const auto log = MustOpen();
  const auto all = log->NewCursor(Lsn(1));
  const auto some = log->NewCursor(Lsn(1));
  uint64_t read = 0;
  for (int group = 0; group < 300; ++group) {
    Fill(log.get(), kTestSeed, 1, 3);
    for (int i = 0; i < 3; ++i) {
      const auto frame = all->Next(kAllLsns).value();
      ASSERT_TRUE(frame && IsFrame(*frame, FrameFor(kTestSeed, ++read)));
    }
    while (const auto frame = some->NextOf(2, kAllLsns).value()) {
      ASSERT_TRUE(FrameFor(kTestSeed, frame->lsn.value()).Holds(2));
    }
  }
}

TEST_F(AppendReadTest, FindTimeIsTheFirstNotOlder) {
  auto log = MustOpen();
  Random random(kTestSeed);
  std::vector<int64_t> times;
  int64_t time = 1'000'000;
  for (int i = 0; i < 1500; ++i) {
    // The wall clock may step back, and forth again.
    time += static_cast<int64_t>(random.Uniform(1000)) - (random.OneIn(50) ? 20'000 : 0);
    times.push_back(time);
    TestFrame frame = FrameFor(kTestSeed, i + 1);
    frame.time = time;
    ASSERT_TRUE(AppendGroup(log.get(), {frame}).ok());
  }
  ASSERT_TRUE(log->Sync().ok());
  for (int round = 0; round < 2; ++round) {
    for (int64_t wanted = 0; wanted < time + 10'000; wanted += 999) {
      uint64_t expected = 1;
      while (expected <= times.size() && times[expected - 1] < wanted) ++expected;
      ASSERT_EQ(log->FindTime(wanted).value(), Lsn(expected)) << wanted;
    }
    log.reset();
    log = MustOpen();
  }
  EXPECT_EQ(log->FindTime(INT64_MIN).value(), Lsn(1));
  EXPECT_EQ(log->FindTime(INT64_MAX).value(), Lsn(1501));
}

TEST_F(AppendReadTest, TrimFreesWhatIsBelowAndOld) {
  const auto log = MustOpen();
  Fill(log.get(), kTestSeed, 200);
  const std::vector<SegmentInfo> segments = log->Segments();
  ASSERT_GT(segments.size(), 4u);
  const auto held = log->NewCursor(Lsn(1));
  ASSERT_TRUE(held->Next(kAllLsns).value());

  EXPECT_EQ(log->Trim(segments[0].last, INT64_MAX).value(), 0u) << "the last frame is needed";
  EXPECT_EQ(log->Trim(kAllLsns, segments[0].last_time_micros).value(), 0u) << "not older";
  EXPECT_EQ(log->Trim(segments[1].first, INT64_MAX).value(), segments[0].bytes);
  EXPECT_EQ(log->Trim(kAllLsns, segments[1].last_time_micros + 1).value(), segments[1].bytes);
  EXPECT_EQ(log->first_lsn(), segments[2].first);
  EXPECT_FALSE(std::filesystem::exists(PathOf("00000000000000000001.seg")));

  EXPECT_TRUE(log->NewCursor(Lsn(1))->Next(kAllLsns).status().Is(ErrorCode::kTrimmedDataAccess));
  EXPECT_TRUE(
      log->NewCursor(Lsn(1))->NextOf(1, kAllLsns).status().Is(ErrorCode::kTrimmedDataAccess));
  ExpectFrames(log.get(), kTestSeed, segments[2].first.value(), 1000);

  // The held segment is read to its end, then the gap is met.
  for (uint64_t lsn = 2; lsn <= segments[0].last.value(); ++lsn) {
    ASSERT_TRUE(IsFrame(*held->Next(kAllLsns).value(), FrameFor(kTestSeed, lsn)));
  }
  EXPECT_TRUE(held->Next(kAllLsns).status().Is(ErrorCode::kTrimmedDataAccess));
  EXPECT_EQ(held->position(), segments[1].first);
}

TEST_F(AppendReadTest, TrimKeepsTheNewestSegment) {
  auto log = MustOpen();
  Fill(log.get(), kTestSeed, 200);
  const size_t count = log->Segments().size();
  EXPECT_GT(log->Trim(kAllLsns, INT64_MAX).value(), 0u);
  EXPECT_LT(log->Segments().size(), count);
  EXPECT_EQ(log->Segments().size(), 1u);
  log.reset();
  log = MustOpen(1000);
  EXPECT_EQ(log->last_lsn(), Lsn(1000));
  Fill(log.get(), kTestSeed, 1);
  ExpectFrames(log.get(), kTestSeed, log->first_lsn().value(), 1005);
}

TEST_F(AppendReadTest, QuietPartitionsCursorIsNotTrimmedAway) {
  const auto log = MustOpen();
  Fill(log.get(), kTestSeed, 100);
  const auto cursor = log->NewCursor(Lsn(1));
  EXPECT_FALSE(cursor->NextOf(77, kAllLsns).value());
  EXPECT_EQ(cursor->position(), Lsn(501));
  Fill(log.get(), kTestSeed, 100);
  ASSERT_TRUE(log->Trim(Lsn(501), INT64_MAX).ok());
  EXPECT_FALSE(cursor->NextOf(77, kAllLsns).value());
  EXPECT_TRUE(cursor->NextOf(1, kAllLsns).ok());
}

TEST_F(AppendReadTest, CursorOutlivesTheLog) {
  auto log = MustOpen();
  Fill(log.get(), kTestSeed, 2);
  const auto cursor = log->NewCursor(Lsn(1));
  log.reset();
  EXPECT_TRUE(IsFrame(*cursor->Next(kAllLsns).value(), FrameFor(kTestSeed, 1)));
}

TEST_F(AppendReadTest, CursorAheadOfTheLogWaits) {
  const auto log = MustOpen();
  Fill(log.get(), kTestSeed, 1, 5);
  const auto cursor = log->NewCursor(Lsn(7));
  EXPECT_FALSE(cursor->Next(kAllLsns).value());
  EXPECT_FALSE(cursor->NextOf(1, kAllLsns).value());
  EXPECT_EQ(cursor->position(), Lsn(7));
  Fill(log.get(), kTestSeed, 1, 5);
  EXPECT_EQ(cursor->Next(kAllLsns).value()->lsn, Lsn(7));
}

}  // namespace
}  // namespace millrace
