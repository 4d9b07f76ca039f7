#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>

#include "engine/base/hex.h"
#include "tests/unit/sdk/sample_frames.h"

namespace millrace {
namespace {

// A row a line: the frame's name, a tab, its bytes as hex. Handlers outlive servers and servers
// handlers: rows are only ever added.
constexpr char kPath[] = MILLRACE_SOURCE_DIR "/tests/golden/sdk/frames_v1.txt";

std::string PayloadOfTwo() {
  const std::string a(200, 'a');
  const std::string b(300, 'b');
  const std::vector<std::string_view> records = {a, b};
  std::string payload(RecordsPayloadSize(records), '\0');
  WriteRecordsPayload(records, payload.data());
  return payload;
}

std::map<std::string, std::string> Encoded() {
  return {{"invoke", EncodeFrame(SampleInvoke())},
          {"get reply", EncodeFrame(SampleGetReply())},
          {"shutdown", EncodeFrame(ShutdownFrame{"drain"})},
          {"ready", EncodeFrame(SampleReady())},
          {"get", EncodeFrame(SampleGet())},
          {"reply", EncodeFrame(SampleReply())},
          {"records", PayloadOfTwo()}};
}

std::map<std::string, std::string> ReadGolden() {
  if (std::getenv("MILLRACE_REWRITE_GOLDENS") != nullptr) {
    std::ofstream out(kPath);
    out << "# Frames between server and handler, version 1: name, tab, bytes as hex.\n";
    for (const auto& [name, bytes] : Encoded()) out << name << "\t" << ToHex(bytes) << "\n";
  }
  std::map<std::string, std::string> rows;
  std::ifstream file(kPath);
  for (std::string line; std::getline(file, line);) {
    const size_t tab = line.find('\t');
    if (tab != std::string::npos && line[0] != '#')
      rows[line.substr(0, tab)] = FromHex(line.substr(tab + 1)).value();
  }
  return rows;
}

TEST(FramesGoldenTest, Version1IsReadForEver) {
  auto rows = ReadGolden();
  ASSERT_EQ(rows.size(), 7u);
  const auto server = [&rows](const std::string& name) {
    const auto frame = DecodeServerFrame(rows[name]);
    return frame.ok() ? Describe(*frame) : frame.status().ToString();
  };
  const auto handler = [&rows](const std::string& name) {
    const auto frame = DecodeHandlerFrame(rows[name]);
    return frame.ok() ? Describe(*frame) : frame.status().ToString();
  };
  EXPECT_EQ(server("invoke"), Describe(ServerFrame(SampleInvoke())));
  EXPECT_EQ(server("get reply"), Describe(ServerFrame(SampleGetReply())));
  EXPECT_EQ(server("shutdown"), Describe(ServerFrame(ShutdownFrame{"drain"})));
  EXPECT_EQ(handler("ready"), Describe(HandlerFrame(SampleReady())));
  EXPECT_EQ(handler("get"), Describe(HandlerFrame(SampleGet())));
  EXPECT_EQ(handler("reply"), Describe(HandlerFrame(SampleReply())));
  EXPECT_EQ(rows["records"], PayloadOfTwo());
  const auto records = RecordsView::Decode(rows["records"]);
  ASSERT_TRUE(records.ok());
  EXPECT_EQ(records->record(1).bytes(), std::string(300, 'b'));
}

}  // namespace
}  // namespace millrace
