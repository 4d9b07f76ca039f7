#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/base/file_system.h"
#include "engine/log/commit_log.h"
#include "tests/support/temporary_directory.h"

// What the tests of the commit log share. The content of every frame follows from a seed and its
// lsn, so that any reader can tell whether it got the right one.
namespace millrace {

struct TestFrame {
  int64_t time = 0;
  uint32_t count = 0;
  std::string entries;
  std::vector<uint64_t> partitions;

  bool Holds(uint64_t partition) const;
};

// Up to 4 entries of up to `bytes_max` bytes in partitions 0 to 5; times go up by 10 with each lsn.
TestFrame FrameFor(uint64_t seed, uint64_t lsn, size_t bytes_max = 200);
// A frame of one entry of `bytes` bytes in partition 1.
TestFrame FrameOfSize(uint64_t lsn, size_t bytes);

// Appends frames as one group, without Sync.
Status AppendGroup(CommitLog* log, const std::vector<TestFrame>& frames);
// Appends the next `count` frames of FrameFor(seed), as one group.
Status AppendNext(CommitLog* log, uint64_t seed, uint64_t count, size_t bytes_max = 200);
// AppendNext and Sync, group by group.
void Fill(CommitLog* log, uint64_t seed, uint64_t groups, uint64_t group_size = 5,
          size_t bytes_max = 200);

// Whether a frame read is FrameFor(seed, its lsn).
testing::AssertionResult IsFrame(const FrameView& view, const TestFrame& expected);
// Reads from `from` to the end and expects FrameFor(seed) throughout, ending with `last`.
void ExpectFrames(CommitLog* log, uint64_t seed, uint64_t from, uint64_t last,
                  size_t bytes_max = 200);

// Small segments, no thread, no reserve.
LogOptions TestOptions(const std::string& directory);

constexpr Lsn kAllLsns = Lsn(UINT64_MAX);
constexpr uint64_t kTestSeed = 7;

class LogTest : public testing::Test {
 protected:
  LogTest() : options_(TestOptions(temporary_.path() + "/log")) {}

  // Opens and expects success.
  std::unique_ptr<CommitLog> MustOpen(uint64_t applied = 0);
  Status OpenError(uint64_t applied = 0);
  std::vector<std::string> SegmentPaths() const;
  std::string PathOf(const std::string& name) const { return options_.directory + "/" + name; }

  TemporaryDirectory temporary_;
  LogOptions options_;
  FileSystem* file_system_ = FileSystem::Posix();
};

std::string ReadWholeFile(const std::string& path);
void WriteWholeFile(const std::string& path, const std::string& bytes);

}  // namespace millrace
