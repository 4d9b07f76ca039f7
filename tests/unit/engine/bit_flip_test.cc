// Bits that change while the files of the log lie on the disk: refused or found, never taken for
// what was written.

#include "engine/base/random.h"
#include "engine_fixture.h"
#include "tests/support/faulty_file_system.h"

namespace millrace::testing {
namespace {

struct Frame {
  Lsn lsn;
  int64_t time = 0;
  std::string entries;
  bool operator==(const Frame&) const = default;
};

// Params: whether the database was closed cleanly, and whether its state rests on the log's end.
class BitFlipTest : public EngineTest,
                    public ::testing::WithParamInterface<std::tuple<bool, bool>> {
 protected:
  BitFlipTest() : random_(7) {
    options_.log_segment_size = 32 * 1024;
    options_.log_disk_reserve = 0;
  }

  // Until the first error, which is returned.
  static Status ReadFrames(Database* database, std::vector<Frame>* frames) {
    const std::unique_ptr<LogCursor> cursor = database->log()->NewCursor(Lsn(1));
    while (true) {
      ASSIGN_OR_RETURN(const std::optional<FrameView> frame, cursor->Next(database->applied_lsn()));
      if (!frame) return Status::Ok();
      frames->push_back({frame->lsn, frame->commit_time_micros, std::string(frame->entries)});
    }
  }

  void Build() {
    Open();
    const TableRef table = MakeTable("t", StreamViewType::kNewAndOldImages);
    for (int i = 0; i < 110; ++i) {
      const std::string value = std::to_string(i) + std::string(random_.Uniform(900), 'v');
      const std::string pk = "k" + std::to_string(i % 40);
      ASSERT_TRUE(Commit(Put(table, pk, "s", value)).status.ok());
      values_[pk] = value;
    }
    if (std::get<1>(GetParam())) {
      ASSERT_TRUE(database_->Flush().ok());
    }
    ASSERT_TRUE(ReadFrames(database_.get(), &frames_).ok());
    std::get<0>(GetParam()) ? CloseCleanly() : Crash();
  }

  struct Flip {
    std::string name;
    uint64_t offset = 0;
    int bit = 0;
  };
  // One of a copy of the log; often near a file's beginning or end, where the marks are.
  Flip RandomFlip(const std::string& log) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(log)) {
      if (entry.file_size() > 0) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    const std::filesystem::path& file = files[random_.Uniform(files.size())];
    const uint64_t size = std::filesystem::file_size(file);
    const uint64_t near = std::min<uint64_t>(size, 200);
    const uint64_t kind = random_.Uniform(4);
    uint64_t offset = random_.Uniform(size);
    if (kind == 0) offset = random_.Uniform(near);
    if (kind == 1) offset = size - 1 - random_.Uniform(near);
    return {file.filename().string(), offset, static_cast<int>(random_.Uniform(8))};
  }

  // True when the damage was noticed.
  bool OpensRightOrNotAtAll(const std::string& directory) {
    DatabaseOptions options = Options();
    options.directory = directory;
    const Result<std::unique_ptr<Database>> opened = Database::Open(options);
    if (!opened.ok()) {
      EXPECT_TRUE(opened.status().Is(ErrorCode::kCorruption) ||
                  opened.status().Is(ErrorCode::kUnsupportedFormat))
          << opened.status().ToString();
      return true;
    }
    Database* database = opened->get();
    EXPECT_EQ(database->applied_lsn(), frames_.back().lsn);
    std::vector<Frame> frames;
    const Status read = ReadFrames(database, &frames);
    EXPECT_LE(frames.size(), frames_.size());
    for (size_t i = 0; i < std::min(frames.size(), frames_.size()); ++i) {
      EXPECT_TRUE(frames[i] == frames_[i]) << "wrong bytes of lsn " << frames[i].lsn.value();
    }
    EXPECT_TRUE(read.Is(ErrorCode::kCorruption) || frames.size() == frames_.size());
    const TableRef table = database->FindTable("t");
    if (table == nullptr) {
      ADD_FAILURE() << "the table is gone";
      return false;
    }
    for (const auto& [pk, value] : values_) {
      std::string item;
      const Result<bool> found = database->Get(*table, Key(pk), &item);
      EXPECT_TRUE(found.ok() && *found && ItemView(item).Find("v")->text() == value) << pk;
    }
    return !read.ok();
  }

  Random random_;
  std::map<std::string, std::string> values_;
  std::vector<Frame> frames_;
};

TEST_P(BitFlipTest, IsNeverTakenForWhatWasWritten) {
  ASSERT_NO_FATAL_FAILURE(Build());
  const uint64_t sealed_before =
      VerifyLog(FileSystem::Posix(), options_.directory + "/log").value().segments;
  ASSERT_GE(sealed_before, 2u);
  const std::string copy = scratch_.path() + "/copy";
  int noticed = 0;
  int harmless = 0;
  for (int i = 0; i < 25 && !HasFailure(); ++i) {
    std::filesystem::remove_all(copy);
    std::filesystem::copy(options_.directory, copy, std::filesystem::copy_options::recursive);
    const Flip flip = RandomFlip(copy + "/log");
    SCOPED_TRACE(flip.name + " byte " + std::to_string(flip.offset) + " bit " +
                 std::to_string(flip.bit));
    ASSERT_TRUE(FlipBit(copy + "/log/" + flip.name, flip.offset, flip.bit).ok());
    // A sealed segment is verified, or no longer known as one.
    const Result<LogVerification> verified = VerifyLog(FileSystem::Posix(), copy + "/log");
    const bool found = !verified.ok() || verified->segments < sealed_before;
    const bool refused = OpensRightOrNotAtAll(copy);
    ++(found || refused ? noticed : harmless);
  }
  EXPECT_GT(noticed, 5);
  EXPECT_GT(harmless, 0) << "in the unused part of a file";
}

INSTANTIATE_TEST_SUITE_P(Endings, BitFlipTest,
                         ::testing::Combine(::testing::Bool(), ::testing::Bool()),
                         [](const auto& ending) {
                           return std::string(std::get<0>(ending.param) ? "Closed" : "Killed") +
                                  (std::get<1>(ending.param) ? "Flushed" : "");
                         });

// A sealed segment has no byte whose change an audit overlooks.
TEST_F(EngineTest, EveryByteOfASealedSegmentIsVerified) {
  options_.log_segment_size = 16 * 1024;
  options_.log_disk_reserve = 0;
  Open();
  const TableRef table = MakeTable("t");
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(
        Commit(Put(table, "k", "s", std::to_string(i) + std::string(900, 'v'))).status.ok());
  }
  CloseCleanly();
  const std::string log = options_.directory + "/log";
  const uint64_t sealed = VerifyLog(FileSystem::Posix(), log).value().segments;
  ASSERT_GE(sealed, 1u);
  const std::string path = log + "/00000000000000000001.seg";
  const uint64_t size = std::filesystem::file_size(path);
  Random random(3);
  for (uint64_t offset = random.Uniform(5); offset < size; offset += 1 + random.Uniform(60)) {
    const int bit = static_cast<int>(random.Uniform(8));
    ASSERT_TRUE(FlipBit(path, offset, bit).ok());
    const Result<LogVerification> verified = VerifyLog(FileSystem::Posix(), log);
    EXPECT_TRUE(!verified.ok() || verified->segments < sealed) << "byte " << offset;
    ASSERT_TRUE(FlipBit(path, offset, bit).ok());
  }
  EXPECT_TRUE(VerifyLog(FileSystem::Posix(), log).ok());
}

}  // namespace
}  // namespace millrace::testing
