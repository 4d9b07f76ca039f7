#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "engine/base/coding.h"
#include "engine/log/frame.h"
#include "tests/support/faulty_file_system.h"
#include "tests/unit/log/log_testing.h"

// What Open makes of directories as crashes, damage and people may leave them. Power cuts are in
// power_cut_test.cc.
namespace millrace {
namespace {

class RecoveryTest : public LogTest {
 protected:
  using Files = std::map<std::string, std::string>;

  RecoveryTest() { NewFileSystem(); }

  // One whose syncs cost nothing: these tests open logs by the thousand.
  void NewFileSystem() {
    faulty_ = std::make_unique<FaultyFileSystem>(kTestSeed);
    file_system_ = faulty_.get();
  }

  Files Save() const {
    Files files;
    const std::vector<std::string> names = file_system_->List(options_.directory).value();
    for (const std::string& name : names) files[name] = ReadWholeFile(PathOf(name));
    return files;
  }

  // No log is open.
  void Restore(const Files& files) {
    NewFileSystem();
    std::filesystem::remove_all(options_.directory);
    std::filesystem::create_directory(options_.directory);
    for (const auto& [name, bytes] : files) WriteWholeFile(PathOf(name), bytes);
  }

  // A log of `groups` synced groups of 5, left as a killed process leaves it.
  Files SyncedLog(uint64_t groups) {
    auto log = MustOpen();
    Fill(log.get(), kTestSeed, groups);
    log.reset();
    return Save();
  }

  void ExpectRefused(ErrorCode code, const std::string& text, uint64_t applied = 0) {
    const Files before = Save();
    const Status status = OpenError(applied);
    ASSERT_TRUE(status.Is(code)) << status.ToString();
    EXPECT_NE(status.message().find(text), std::string::npos) << status.message();
    Files after = Save();
    if (before.count("durable.page") == 0) after.erase("durable.page");
    EXPECT_TRUE(after == before) << "a refused directory is left as it was";
  }

  // The offset after the last frame of an unsealed segment's bytes.
  static uint64_t EndOf(const std::string& bytes) {
    uint64_t offset = 4096;
    while (const uint32_t length = LoadLittle<uint32_t>(bytes.data() + offset)) offset += length;
    return offset;
  }

  std::unique_ptr<FaultyFileSystem> faulty_;
};

// The last, unsynced group is torn at every byte: what lies before the tear is kept, as whole
// frames.
TEST_F(RecoveryTest, TornTailIsCutAtEveryByte) {
  auto log = MustOpen();
  Fill(log.get(), kTestSeed, 2);
  const std::string path = SegmentPaths()[0];
  const uint64_t synced_end = EndOf(ReadWholeFile(path));
  ASSERT_TRUE(AppendNext(log.get(), kTestSeed, 4, 30).ok());
  log.reset();
  const Files whole = Save();
  const std::string& segment = whole.begin()->second;
  const uint64_t end = EndOf(segment);
  std::vector<uint64_t> frame_ends;
  for (uint64_t at = synced_end; at < end; frame_ends.push_back(at)) {
    at += LoadLittle<uint32_t>(segment.data() + at);
  }
  ASSERT_EQ(frame_ends.size(), 4u);

  for (uint64_t tear = synced_end; tear <= end; ++tear) {
    Files torn = whole;
    std::string& bytes = torn.begin()->second;
    std::fill(bytes.begin() + static_cast<ptrdiff_t>(tear), bytes.end(), '\0');
    Restore(torn);
    log = MustOpen();
    ASSERT_NE(log, nullptr);
    // A frame that ends in zeros may be whole although the tear is before its end.
    uint64_t expected = 10;
    for (const uint64_t frame_end : frame_ends) {
      if (bytes.compare(0, frame_end, segment, 0, frame_end) == 0) ++expected;
    }
    ASSERT_EQ(log->last_lsn(), Lsn(expected)) << tear;
    ASSERT_EQ(log->durable_lsn(), Lsn(expected)) << tear;
    Fill(log.get(), kTestSeed + 1, 1, 2);
    log.reset();
    log = MustOpen(expected + 2);
    ASSERT_EQ(log->last_lsn(), Lsn(expected + 2));
    log.reset();
  }
}

// An unsynced group may lose any of its frames and keep later ones: those are not taken for proof
// of damage.
TEST_F(RecoveryTest, HoleInAnUnsyncedGroupIsNoCorruption) {
  auto log = MustOpen();
  Fill(log.get(), kTestSeed, 2);
  const uint64_t synced_end = EndOf(ReadWholeFile(SegmentPaths()[0]));
  ASSERT_TRUE(AppendNext(log.get(), kTestSeed, 6).ok());
  log.reset();
  const Files whole = Save();
  const uint64_t end = EndOf(whole.begin()->second);
  for (uint64_t hole = synced_end; hole < end; hole += 7) {
    Files torn = whole;
    std::string& bytes = torn.begin()->second;
    for (uint64_t i = hole; i < std::min(end, hole + 50); ++i) bytes[i] = '\0';
    Restore(torn);
    log = MustOpen();
    ASSERT_NE(log, nullptr);
    const uint64_t last = log->last_lsn().value();
    ASSERT_GE(last, 10u);
    ExpectFrames(log.get(), kTestSeed, 1, last);
    // Nothing of what was cut may ever come back.
    Fill(log.get(), kTestSeed, 1, 1);
    log.reset();
    log = MustOpen(last + 1);
    ExpectFrames(log.get(), kTestSeed, 1, last + 1);
    log.reset();
  }
}

// A bit anywhere in what was acknowledged: no wrong record is ever read and none is missed. Open,
// or else the reader, says so.
TEST_F(RecoveryTest, FlippedBitsAreMetWithRefusal) {
  const Files whole = SyncedLog(60);
  ASSERT_GE(SegmentPaths().size(), 2u);
  constexpr uint64_t kStride = 241;
  uint64_t refused = 0;
  uint64_t detected = 0;
  for (const auto& [name, bytes] : whole) {
    if (!name.ends_with(".seg")) continue;
    for (uint64_t offset = 0; offset < bytes.size(); offset += kStride) {
      if (offset >= 60 && offset < 4096) continue;  // padding
      Files flipped = whole;
      flipped[name][offset] = static_cast<char>(bytes[offset] ^ (1 << (offset % 8)));
      Restore(flipped);
      const auto log = CommitLog::Open(file_system_, options_, Lsn(0));
      if (!log.ok()) {
        ++refused;
        continue;
      }
      const auto all = (*log)->NewCursor(Lsn(1));
      bool error = false;
      for (uint64_t lsn = 1; lsn <= 300 && !error; ++lsn) {
        const auto frame = all->Next(kAllLsns);
        error = !frame.ok();
        ASSERT_TRUE(error || (frame->has_value() && IsFrame(**frame, FrameFor(kTestSeed, lsn))))
            << name << " at " << offset;
      }
      const auto some = (*log)->NewCursor(Lsn(1));
      for (uint64_t lsn = 1; lsn <= 300; ++lsn) {
        if (!FrameFor(kTestSeed, lsn).Holds(3)) continue;
        const auto frame = some->NextOf(3, kAllLsns);
        if (!frame.ok()) {
          error = true;
          break;
        }
        ASSERT_TRUE(frame->has_value() && IsFrame(**frame, FrameFor(kTestSeed, lsn)))
            << name << " at " << offset;
      }
      detected += error;
    }
  }
  EXPECT_GT(refused, 20u);
  EXPECT_GT(detected, 20u);
}

TEST_F(RecoveryTest, VerifyFindsEveryFlippedBit) {
  SyncedLog(60);
  const std::string path = SegmentPaths()[0];
  const LogVerification verification = VerifyLog(file_system_, options_.directory).value();
  EXPECT_EQ(verification.segments, SegmentPaths().size() - 1);
  const uint64_t sealed_size = ReadWholeFile(path).size();
  // The trailer is left out: without it the segment isn't sealed, which is Open's business.
  for (uint64_t offset = 0; offset < sealed_size - 96; offset += 97) {
    ASSERT_TRUE(FlipBit(path, offset, static_cast<int>(offset % 8)).ok());
    EXPECT_FALSE(VerifyLog(file_system_, options_.directory).ok()) << offset;
    ASSERT_TRUE(FlipBit(path, offset, static_cast<int>(offset % 8)).ok());
  }
  EXPECT_TRUE(VerifyLog(file_system_, options_.directory).ok());
}

TEST_F(RecoveryTest, DamageBeforeAnAcknowledgedFrameIsRefused) {
  Files files = SyncedLog(4);
  files.erase("durable.page");
  std::string& bytes = files.begin()->second;
  uint64_t second = 4096 + LoadLittle<uint32_t>(bytes.data() + 4096);
  bytes[second + 20] = static_cast<char>(bytes[second + 20] ^ 1);
  Restore(files);
  ExpectRefused(ErrorCode::kCorruption, "the frame of lsn 2, at offset " + std::to_string(second));
}

TEST_F(RecoveryTest, LostTailIsRefused) {
  const Files whole = SyncedLog(4);
  const uint64_t end = EndOf(whole.begin()->second);
  Files cut = whole;
  cut.begin()->second[end - 1] ^= 1;
  Restore(cut);
  ExpectRefused(ErrorCode::kCorruption, "durable.page shows that lsn 20 had been on disk");

  cut.erase("durable.page");
  Restore(cut);
  ExpectRefused(ErrorCode::kCorruption, "the stored state shows that lsn 20 had been on disk", 20);
  const auto log = MustOpen(19);
  ExpectFrames(log.get(), kTestSeed, 1, 19);
}

TEST_F(RecoveryTest, EmptiedDirectoryIsRefused) {
  Files files = SyncedLog(4);
  std::filesystem::remove(SegmentPaths()[0]);
  ExpectRefused(ErrorCode::kCorruption, "holds no log segment");
  std::filesystem::remove(PathOf("durable.page"));
  ExpectRefused(ErrorCode::kCorruption, "holds no log segment", 1);
  EXPECT_NE(MustOpen(), nullptr);
}

TEST_F(RecoveryTest, MissingSegmentIsRefused) {
  const Files whole = SyncedLog(150);
  const std::vector<std::string> paths = SegmentPaths();
  ASSERT_GE(paths.size(), 4u);
  for (size_t i = 1; i < paths.size(); ++i) {
    Restore(whole);
    std::filesystem::remove(paths[i]);
    ExpectRefused(ErrorCode::kCorruption,
                  i + 1 < paths.size() ? "a segment is missing" : "had been on disk");
  }
  // The oldest may have been trimmed.
  Restore(whole);
  std::filesystem::remove(paths[0]);
  EXPECT_NE(MustOpen(750), nullptr);
}

TEST_F(RecoveryTest, ForeignFilesAreRefused) {
  const Files whole = SyncedLog(150);
  const std::vector<std::string> paths = SegmentPaths();
  options_.directory = temporary_.path() + "/other";
  const Files other = SyncedLog(150);
  options_.directory = temporary_.path() + "/log";
  const std::string second = std::filesystem::path(paths[1]).filename();

  Files mixed = whole;
  mixed[second] = other.at(second);
  Restore(mixed);
  ExpectRefused(ErrorCode::kCorruption, "belongs to another log");

  mixed = whole;
  mixed["durable.page"] = other.at("durable.page");
  Restore(mixed);
  ExpectRefused(ErrorCode::kCorruption, "durable.page: belongs to another log");

  mixed = whole;
  mixed["00000000000000000077.seg"] = whole.at(second);
  Restore(mixed);
  ExpectRefused(ErrorCode::kCorruption, "not with the one it is named after");

  mixed = whole;
  mixed["copy.seg"] = whole.at(second);
  Restore(mixed);
  ExpectRefused(ErrorCode::kCorruption, "no segment of this log has such a name");

  mixed = whole;
  mixed[second] = "short";
  Restore(mixed);
  ExpectRefused(ErrorCode::kCorruption, "shorter than a segment's header");

  Restore(whole);
  options_.group = 5;
  ExpectRefused(ErrorCode::kCorruption, "belongs to group 0, not to group 5");
}

TEST_F(RecoveryTest, LaterFormatIsRefused) {
  Files files = SyncedLog(4);
  files.begin()->second[8] = 2;
  Restore(files);
  ExpectRefused(ErrorCode::kUnsupportedFormat, "written in format 2 by a later version");
}

TEST_F(RecoveryTest, UnsealedSegmentBeforeASealedOneIsRefused) {
  Files files = SyncedLog(150);
  ASSERT_GE(SegmentPaths().size(), 4u);
  files.begin()->second.back() = 'x';
  Restore(files);
  ExpectRefused(ErrorCode::kCorruption, "the end of this segment is damaged or lost");
}

// A crash while the last but one was being sealed.
TEST_F(RecoveryTest, SealingIsFinished) {
  const Files whole = SyncedLog(150);
  const std::string name = std::filesystem::path(*(SegmentPaths().end() - 2)).filename();
  for (const int kind : {0, 1, 2}) {
    Files files = whole;
    std::string& bytes = files[name];
    if (kind == 1) bytes.resize(bytes.size() - 50);                // half a footer
    if (kind == 2) bytes[bytes.size() - 200] ^= 1;                 // a footer not yet cut off
    if (kind != 1) bytes.resize(options_.segment_size + 4096, 0);  // still preallocated
    Restore(files);
    auto log = MustOpen(750);
    ExpectFrames(log.get(), kTestSeed, 1, 750);
    EXPECT_TRUE(VerifyLog(file_system_, options_.directory).ok());
    EXPECT_EQ(ReadWholeFile(PathOf(name)), whole.at(name));
  }
}

TEST_F(RecoveryTest, ContinuesAfterASealedSegment) {
  Files files = SyncedLog(150);
  files.erase("durable.page");
  files.erase(std::filesystem::path(SegmentPaths().back()).filename());
  Restore(files);
  auto log = MustOpen();
  const uint64_t last = log->last_lsn().value();
  EXPECT_EQ(log->Segments().back().last, Lsn(last));
  EXPECT_TRUE(log->Segments().back().sealed);
  Fill(log.get(), kTestSeed, 10);
  ExpectFrames(log.get(), kTestSeed, 1, last + 50);
  log.reset();
  log = MustOpen(last + 50);
  ExpectFrames(log.get(), kTestSeed, 1, last + 50);
}

TEST_F(RecoveryTest, LeftoversAreRemoved) {
  SyncedLog(4);
  for (const char* name : {"next.pre", "close.mark.tmp", "close.mark"}) {
    WriteWholeFile(PathOf(name), "rubbish");
  }
  const auto log = MustOpen(20);
  ExpectFrames(log.get(), kTestSeed, 1, 20);
  EXPECT_EQ(file_system_->List(options_.directory).value().size(), 2u);
}

TEST_F(RecoveryTest, CleanCloseSparesTheScan) {
  auto log = MustOpen();
  Fill(log.get(), kTestSeed, 4);
  ASSERT_TRUE(log->Close().ok());
  log.reset();
  ASSERT_TRUE(std::filesystem::exists(PathOf("close.mark")));
  // A scan would have met this; a reader still does.
  ASSERT_TRUE(FlipBit(SegmentPaths()[0], 4096 + 20, 0).ok());
  log = MustOpen(20);
  ASSERT_NE(log, nullptr);
  EXPECT_EQ(log->last_lsn(), Lsn(20));
  EXPECT_FALSE(std::filesystem::exists(PathOf("close.mark")));
  EXPECT_TRUE(log->NewCursor(Lsn(1))->Next(kAllLsns).status().Is(ErrorCode::kCorruption));
  log.reset();
  EXPECT_TRUE(OpenError().Is(ErrorCode::kCorruption)) << "without the mark";
}

TEST_F(RecoveryTest, StaleOrDamagedCloseMarkIsIgnored) {
  auto log = MustOpen();
  Fill(log.get(), kTestSeed, 4);
  ASSERT_TRUE(log->Close().ok());
  log.reset();
  const std::string mark = ReadWholeFile(PathOf("close.mark"));
  log = MustOpen(20);
  Fill(log.get(), kTestSeed, 4);
  log.reset();
  Files files = Save();

  files["close.mark"] = mark;
  Restore(files);
  log = MustOpen();
  EXPECT_EQ(log->last_lsn(), Lsn(40)) << "of before the last frames";

  ASSERT_TRUE(log->Close().ok());
  log.reset();
  const std::string fresh = ReadWholeFile(PathOf("close.mark"));
  for (size_t offset = 0; offset < fresh.size(); offset += 3) {
    files["close.mark"] = fresh;
    files["close.mark"][offset] ^= 4;
    Restore(files);
    log = MustOpen();
    ExpectFrames(log.get(), kTestSeed, 1, 40);
    log.reset();
  }
  for (const size_t size : {size_t{0}, size_t{3}, fresh.size() - 1}) {
    files["close.mark"] = fresh.substr(0, size);
    Restore(files);
    log = MustOpen();
    EXPECT_EQ(log->last_lsn(), Lsn(40));
    log.reset();
  }
}

TEST_F(RecoveryTest, CloseOfAnEmptyLog) {
  auto log = MustOpen();
  EXPECT_TRUE(log->Close().ok());
  log = MustOpen();
  Fill(log.get(), kTestSeed, 1);
  ASSERT_TRUE(log->Close().ok());
}

// A client that stores bytes that look like a frame with a proof of durability must not be able to
// make a torn end look corrupt.
TEST_F(RecoveryTest, FrameLikeBytesInAnItemProveNothing) {
  auto log = MustOpen();
  Fill(log.get(), kTestSeed, 2);
  TestFrame inner = FrameOfSize(1, 10);
  std::string forged;
  log_internal::AppendFrame({inner.time, inner.count, inner.entries}, Lsn(14), Lsn(13), 0, &forged);
  TestFrame outer;
  outer.count = 1;
  AppendLogEntry(1, 1, forged, &outer.entries);
  ASSERT_TRUE(AppendGroup(log.get(), {FrameOfSize(11, 100), outer}).ok());
  log.reset();
  Files files = Save();
  std::string& bytes = files.begin()->second;
  const size_t victim = bytes.find(std::string(100, static_cast<char>('a' + 11)));
  ASSERT_NE(victim, std::string::npos);
  bytes[victim] ^= 1;
  Restore(files);
  log = MustOpen(10);
  ASSERT_NE(log, nullptr);
  EXPECT_EQ(log->last_lsn(), Lsn(10));
}

}  // namespace
}  // namespace millrace
