#include "engine/log/frame.h"

#include <gtest/gtest.h>

#include "engine/base/coding.h"
#include "tests/unit/log/log_testing.h"

namespace millrace::log_internal {
namespace {

constexpr uint32_t kSalt = 0x1234abcd;

std::string Encode(const TestFrame& frame, uint64_t lsn) {
  std::string bytes;
  AppendFrame({frame.time, frame.count, frame.entries}, Lsn(lsn), Lsn(lsn - 1), kSalt, &bytes);
  return bytes;
}

TEST(FrameTest, EntriesComeBackInOrder) {
  std::string entries;
  AppendLogEntry(1, 10, "first", &entries);
  AppendLogEntry(2, 0, "", &entries);
  AppendLogEntry(255, UINT64_MAX, std::string(1000, 'x'), &entries);
  ASSERT_EQ(entries.size(), 3 * kLogEntryHeaderSize + 1005);

  std::string_view rest = entries;
  LogEntry entry;
  ASSERT_TRUE(TakeLogEntry(&rest, &entry));
  EXPECT_EQ(entry.kind, 1);
  EXPECT_EQ(entry.partition, 10u);
  EXPECT_EQ(entry.bytes, "first");
  ASSERT_TRUE(TakeLogEntry(&rest, &entry));
  EXPECT_EQ(entry.bytes, "");
  ASSERT_TRUE(TakeLogEntry(&rest, &entry));
  EXPECT_EQ(entry.kind, 255);
  EXPECT_EQ(entry.partition, UINT64_MAX);
  EXPECT_EQ(entry.bytes.size(), 1000u);
  EXPECT_FALSE(TakeLogEntry(&rest, &entry));
}

TEST(FrameTest, TakesNoEntryFromTooFewBytes) {
  std::string entries;
  AppendLogEntry(1, 10, "bytes", &entries);
  for (size_t size = 0; size < entries.size(); ++size) {
    std::string_view rest(entries.data(), size);
    LogEntry entry;
    EXPECT_FALSE(TakeLogEntry(&rest, &entry)) << size;
  }
}

TEST(FrameTest, HeaderRoundTrip) {
  const TestFrame frame = FrameFor(kTestSeed, 12);
  const std::string bytes = Encode(frame, 12);
  const std::optional<FrameHeader> header = CheckedFrameHeader(bytes, kSalt);
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->length, bytes.size());
  EXPECT_EQ(header->lsn, Lsn(12));
  EXPECT_EQ(header->durable_before, Lsn(11));
  EXPECT_EQ(header->commit_time_micros, 120);
  EXPECT_EQ(header->entry_count, frame.count);
  EXPECT_EQ(EntriesOf(*header, bytes.data()), frame.entries);
  EXPECT_TRUE(EntriesAreWhole(*header, bytes.data()));
}

TEST(FrameTest, EveryFlippedBitIsSeen) {
  const std::string whole = Encode(FrameOfSize(12, 30), 12);
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string bytes = whole;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    const std::optional<FrameHeader> header = CheckedFrameHeader(bytes, kSalt);
    EXPECT_FALSE(header && EntriesAreWhole(*header, bytes.data())) << "bit " << bit;
    // What the header's checksum covers and what the entries' does are told apart.
    EXPECT_EQ(header.has_value(), bit >= kFrameHeaderSize * 8);
  }
}

TEST(FrameTest, EveryShorteningIsSeen) {
  const std::string whole = Encode(FrameOfSize(12, 30), 12);
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(CheckedFrameHeader(std::string_view(whole).substr(0, size), kSalt)) << size;
  }
}

TEST(FrameTest, AnotherSegmentsFrameIsNotOurs) {
  const std::string bytes = Encode(FrameOfSize(12, 30), 12);
  EXPECT_FALSE(CheckedFrameHeader(bytes, kSalt + 1));
}

TEST(FrameTest, ZerosAreNoFrame) {
  EXPECT_FALSE(CheckedFrameHeader(std::string(1000, '\0'), 0));
}

TEST(FrameDeathTest, MiscountedEntriesAreOurBug) {
  TestFrame frame = FrameOfSize(1, 30);
  frame.count = 2;
  EXPECT_DEATH(Encode(frame, 1), "CHECK failed");
}

}  // namespace
}  // namespace millrace::log_internal
