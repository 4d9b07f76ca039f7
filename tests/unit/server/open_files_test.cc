#include "server/daemon/open_files.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(OpenFilesTest, ConnectionsLeaveDescriptorsForTheRest) {
  const struct {
    uint64_t open_files;
    size_t wanted;
    size_t connections;
  } rows[] = {
      {20'000, 16'384, 16'384},
      {18'432, 16'384, 16'384},  // just enough
      {18'431, 16'384, 16'383},
      {4096, 16'384, 2048},
      {1024, 16'384, 512},  // half, when there are few
      {1024, 512, 512},
      {1024, 100, 100},
      {UINT64_MAX, 16'384, 16'384},  // unlimited
  };
  for (const auto& row : rows) {
    EXPECT_EQ(ConnectionsWithin(row.open_files, row.wanted), row.connections) << row.open_files;
    EXPECT_EQ(MissingDescriptorsText(row.open_files, row.wanted).empty(),
              row.connections == row.wanted);
  }
}

TEST(OpenFilesTest, SaysWhatIsMissing) {
  EXPECT_EQ(MissingDescriptorsText(4096, 16'384),
            "at most 2048 connections instead of 16384: this process may open 4096 files. For all "
            "of them its hard limit must be 18432 (ulimit -Hn, or LimitNOFILE= of a systemd unit); "
            "or ask for fewer with --max-connections.");
}

}  // namespace
}  // namespace millrace
