#include "tests/unit/log/log_testing.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "engine/base/coding.h"
#include "engine/base/random.h"

namespace millrace {

bool TestFrame::Holds(uint64_t partition) const {
  return std::find(partitions.begin(), partitions.end(), partition) != partitions.end();
}

TestFrame FrameFor(uint64_t seed, uint64_t lsn, size_t bytes_max) {
  Random random(seed * 1'000'003 + lsn);
  TestFrame frame;
  frame.time = static_cast<int64_t>(lsn) * 10;
  frame.count = static_cast<uint32_t>(random.Uniform(5));
  for (uint32_t i = 0; i < frame.count; ++i) {
    const size_t size = random.Uniform(bytes_max + 1);
    std::string bytes;
    while (bytes.size() < size) PutLittle(&bytes, random.Next());
    bytes.resize(size);
    const uint64_t partition = random.Uniform(6);
    frame.partitions.push_back(partition);
    AppendLogEntry(static_cast<uint8_t>(random.Uniform(3)), partition, bytes, &frame.entries);
  }
  return frame;
}

TestFrame FrameOfSize(uint64_t lsn, size_t bytes) {
  TestFrame frame;
  frame.time = static_cast<int64_t>(lsn) * 10;
  frame.count = 1;
  frame.partitions = {1};
  AppendLogEntry(1, 1, std::string(bytes, static_cast<char>('a' + lsn % 26)), &frame.entries);
  return frame;
}

Status AppendGroup(CommitLog* log, const std::vector<TestFrame>& frames) {
  std::vector<LogFrame> group;
  for (const TestFrame& frame : frames) {
    group.push_back({frame.time, frame.count, frame.entries});
  }
  return log->Append(group);
}

Status AppendNext(CommitLog* log, uint64_t seed, uint64_t count, size_t bytes_max) {
  std::vector<TestFrame> frames;
  for (uint64_t i = 1; i <= count; ++i) {
    frames.push_back(FrameFor(seed, log->last_lsn().value() + i, bytes_max));
  }
  return AppendGroup(log, frames);
}

void Fill(CommitLog* log, uint64_t seed, uint64_t groups, uint64_t group_size, size_t bytes_max) {
  for (uint64_t i = 0; i < groups; ++i) {
    ASSERT_EQ(AppendNext(log, seed, group_size, bytes_max).ToString(), "OK");
    ASSERT_EQ(log->Sync().ToString(), "OK");
  }
}

testing::AssertionResult IsFrame(const FrameView& view, const TestFrame& expected) {
  if (view.commit_time_micros != expected.time || view.entry_count != expected.count ||
      view.entries != expected.entries) {
    return testing::AssertionFailure() << "lsn " << view.lsn.value() << " has other content";
  }
  return testing::AssertionSuccess();
}

void ExpectFrames(CommitLog* log, uint64_t seed, uint64_t from, uint64_t last, size_t bytes_max) {
  const std::unique_ptr<LogCursor> cursor = log->NewCursor(Lsn(from));
  for (uint64_t lsn = from; lsn <= last; ++lsn) {
    const auto frame = cursor->Next(kAllLsns);
    ASSERT_TRUE(frame.ok()) << frame.status().ToString();
    ASSERT_TRUE(frame->has_value()) << "no frame " << lsn;
    ASSERT_EQ((*frame)->lsn, Lsn(lsn));
    ASSERT_TRUE(IsFrame(**frame, FrameFor(seed, lsn, bytes_max)));
  }
  const auto end = cursor->Next(kAllLsns);
  ASSERT_TRUE(end.ok()) << end.status().ToString();
  ASSERT_FALSE(end->has_value());
  ASSERT_EQ(cursor->position(), Lsn(last + 1));
}

LogOptions TestOptions(const std::string& directory) {
  LogOptions options;
  options.directory = directory;
  options.segment_size = 32 * 1024;
  options.disk_reserve = 0;
  options.background = false;
  return options;
}

std::unique_ptr<CommitLog> LogTest::MustOpen(uint64_t applied) {
  auto log = CommitLog::Open(file_system_, options_, Lsn(applied));
  EXPECT_TRUE(log.ok()) << log.status().ToString();
  return log.ok() ? *std::move(log) : nullptr;
}

Status LogTest::OpenError(uint64_t applied) {
  const auto log = CommitLog::Open(file_system_, options_, Lsn(applied));
  return log.status();
}

std::vector<std::string> LogTest::SegmentPaths() const {
  std::vector<std::string> paths;
  const std::vector<std::string> names = FileSystem::Posix()->List(options_.directory).value();
  for (const std::string& name : names) {
    if (name.ends_with(".seg")) paths.push_back(PathOf(name));
  }
  return paths;
}

std::string ReadWholeFile(const std::string& path) {
  return FileSystem::Posix()->ReadFile(path).value();
}

void WriteWholeFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

}  // namespace millrace
