#include "engine/log/segment_writer.h"

#include <gtest/gtest.h>

#include "tests/support/faulty_file_system.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/log/log_testing.h"

namespace millrace::log_internal {
namespace {

constexpr uint64_t kCapacity = 64 * 1024;

class SegmentWriterTest : public testing::Test {
 protected:
  SegmentWriterTest() {
    SegmentHeader header;
    header.log_id = 1;
    header.salt = 2;
    header.first = Lsn(1);
    std::unique_ptr<WritableFile> file = faulty_.OpenWritable(path_).value();
    EXPECT_TRUE(file->Preallocate(kCapacity).ok());
    EXPECT_TRUE(file->WriteAt(0, EncodeSegmentHeader(header)).ok());
    auto segment = std::make_shared<Segment>(&faulty_, path_, header);
    writer_ = std::make_unique<SegmentWriter>(std::move(segment), std::move(file), kCapacity);
    const TestFrame frame = FrameOfSize(1, 100);
    std::string bytes;
    AppendFrame(LogFrame{frame.time, frame.count, frame.entries}, Lsn(1), Lsn(0), header.salt,
                &bytes);
    EXPECT_TRUE(writer_->Append(bytes).ok());
  }

  TemporaryDirectory temporary_;
  const std::string path_ = temporary_.path() + "/00000000000000000001.seg";
  FaultyFileSystem faulty_{1};
  std::unique_ptr<SegmentWriter> writer_;
};

TEST_F(SegmentWriterTest, SealsWhatIsSynced) {
  ASSERT_TRUE(writer_->Sync().ok());
  ASSERT_TRUE(writer_->Seal().ok());
  EXPECT_TRUE(DecodeSegmentTrailer(ReadWholeFile(path_), 2));
}

TEST_F(SegmentWriterTest, NothingIsSyncedOrSealedAfterAFailedSync) {
  faulty_.FailSync(1);
  ASSERT_TRUE(writer_->Sync().Is(ErrorCode::kIo));
  const std::string before = ReadWholeFile(path_);
  const uint64_t operations = faulty_.operations();
  EXPECT_TRUE(writer_->Sync().Is(ErrorCode::kIo)) << "again";
  EXPECT_TRUE(writer_->Seal().Is(ErrorCode::kIo));
  EXPECT_TRUE(writer_->Seal().Is(ErrorCode::kIo)) << "again";
  EXPECT_EQ(faulty_.operations(), operations) << "the file was touched";
  EXPECT_EQ(ReadWholeFile(path_), before);
}

// Here it is the sync of the footer that fails.
TEST_F(SegmentWriterTest, AFailedSealIsNotTriedAgain) {
  faulty_.FailSync(2);
  ASSERT_TRUE(writer_->Seal().Is(ErrorCode::kIo));
  const uint64_t operations = faulty_.operations();
  EXPECT_TRUE(writer_->Seal().Is(ErrorCode::kIo));
  EXPECT_TRUE(writer_->Sync().Is(ErrorCode::kIo));
  EXPECT_EQ(faulty_.operations(), operations);
  EXPECT_FALSE(writer_->segment()->sealed());
}

}  // namespace
}  // namespace millrace::log_internal
