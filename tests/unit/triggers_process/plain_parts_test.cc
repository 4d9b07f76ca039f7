#include <gtest/gtest.h>
#include <unistd.h>

#include "triggers/process/launcher/launch_request.h"
#include "triggers/process/output_lines.h"
#include "triggers/process/sandbox_process.h"

namespace millrace {
namespace {

TEST(LaunchRequestTest, SurvivesTheCommandLine) {
  LaunchRequest request;
  request.parent_pid = 4'194'304;
  request.sandboxed = false;
  request.drop_user = true;
  request.uid = 65'432;
  request.gid = 1;
  request.memory_bytes = uint64_t{1} << 40;
  request.open_files = 256;
  request.threads = 64;
  request.file_size = 5;
  request.bwrap = "/usr/bin/bwrap";
  request.command = {"/handler", "", "a b"};
  const auto arguments = EncodeLaunchRequest(request);
  const auto parsed = ParseLaunchRequest(arguments);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(EncodeLaunchRequest(*parsed), arguments);
  EXPECT_EQ(parsed->command, request.command);
  EXPECT_EQ(parsed->memory_bytes, request.memory_bytes);
  EXPECT_FALSE(parsed->sandboxed);
}

TEST(LaunchRequestTest, RefusesOtherArguments) {
  LaunchRequest request;
  request.command = {"x"};
  const auto good = EncodeLaunchRequest(request);
  EXPECT_TRUE(ParseLaunchRequest(good));
  EXPECT_FALSE(ParseLaunchRequest({}));
  EXPECT_FALSE(ParseLaunchRequest({"--help"}));
  EXPECT_FALSE(ParseLaunchRequest({good.begin(), good.end() - 1})) << "no command";
  for (size_t i = 0; i < 9; ++i) {
    auto bad = good;
    bad[i] = "-";
    EXPECT_FALSE(ParseLaunchRequest(bad)) << i;
    bad[i] = "1x";
    EXPECT_FALSE(ParseLaunchRequest(bad)) << i;
  }
}

TEST(ExitStatusTest, NamesSignals) {
  const struct {
    int wait_status;
    const char* text;
  } rows[] = {
      {0, "exit code 0"},
      {3 << 8, "exit code 3"},
      {128 << 8, "exit code 128"},
      {(128 + 11) << 8, "signal 11 (Segmentation fault)"},  // as bwrap reports it
      {(128 + 64) << 8, "signal 64 (Real-time signal 30)"},
      {193 << 8, "exit code 193"},
      {9, "signal 9 (Killed)"},
  };
  for (const auto& row : rows) EXPECT_EQ(ExitStatusOf(row.wait_status).ToString(), row.text);
}

TEST(OutputLinesTest, CutsAtNewlinesAndAtTheLimit) {
  std::vector<std::string> lines;
  const auto keep = [&lines](std::string_view line) { lines.emplace_back(line); };
  OutputLines output;
  output.Append("a\nb", keep);
  output.Append("c\n\n", keep);
  EXPECT_EQ(lines, (std::vector<std::string>{"a", "bc", ""}));
  lines.clear();
  output.Append(std::string(kOutputLineSizeMax, 'x') + "\n", keep);  // just fits
  EXPECT_EQ(lines, (std::vector<std::string>{std::string(kOutputLineSizeMax, 'x')}));
  lines.clear();
  output.Append(std::string(kOutputLineSizeMax + 1, 'x'), keep);
  EXPECT_EQ(lines, (std::vector<std::string>{std::string(kOutputLineSizeMax, 'x')}));
  output.Finish(keep);
  output.Finish(keep);
  EXPECT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines.back(), "x");
}

TEST(OutputLinesTest, ReadsAPipeUntilItsEnd) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(write(ends[1], "one\ntwo", 7), 7);
  close(ends[1]);
  std::vector<std::string> lines;
  const auto keep = [&lines](std::string_view line) { lines.emplace_back(line); };
  OutputLines output;
  EXPECT_TRUE(output.ReadFrom(ends[0], 5, keep)) << "there is more";
  EXPECT_FALSE(output.ReadFrom(ends[0], 100, keep));
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "two"}));
  close(ends[0]);
}

}  // namespace
}  // namespace millrace
