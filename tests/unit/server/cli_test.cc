#include <gtest/gtest.h>

#include "server/cli/http_client.h"
#include "server/cli/text.h"

namespace millrace {
namespace {

TEST(EndpointTest, ReadsUrls) {
  struct Row {
    std::string_view url, host;
    uint16_t port;  // 0: refused
  };
  const Row rows[] = {
      {"http://127.0.0.1:8000", "127.0.0.1", 8000},
      {"http://localhost", "localhost", 8000},
      {"http://localhost:9/", "localhost", 9},
      {"http://[::1]:80", "::1", 80},
      {"http://[::1]", "::1", 8000},
      {"https://localhost", "", 0},
      {"localhost:8000", "", 0},
      {"http://:8000", "", 0},
      {"http://a:70000", "", 0},
      {"http://a:8x", "", 0},
  };
  for (const Row& row : rows) {
    const auto endpoint = ParseEndpoint(row.url);
    EXPECT_EQ(endpoint.ok(), row.port != 0) << row.url;
    if (!endpoint.ok()) continue;
    EXPECT_EQ(endpoint->host, row.host) << row.url;
    EXPECT_EQ(endpoint->port, row.port) << row.url;
  }
}

TEST(CliTextTest, ShowsAttributesAsAPersonWrites) {
  JsonParser parser;
  const auto json = parser.Parse(
      R"({"pk":{"S":"ATL"},"n":{"N":"-1.5"},"ok":{"BOOL":true},"no":{"NULL":true},)"
      R"("tags":{"SS":["a","b"]},"l":{"L":[{"N":"1"},{"S":"x"}]},"m":{"M":{"k":{"S":"v"}}}})");
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(AttributesText(*json), "pk=ATL n=-1.5 ok=true no=null tags={a, b} l=[1, x] m={k=v}");
}

TEST(CliTextTest, ShowsNumbersTimesAndColumns) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1000), "1,000");
  EXPECT_EQ(Grouped(-1234567), "-1,234,567");
  EXPECT_EQ(Grouped(-100), "-100");
  EXPECT_EQ(SizeText(1023), "1023 bytes");
  EXPECT_EQ(SizeText(1536), "1.5 KB");
  EXPECT_EQ(TimeText(0.5), "1970-01-01 00:00:00.500000");
  EXPECT_EQ(Aligned({{"A", "B"}, {"long", "x"}}), "A     B\nlong  x");
}

}  // namespace
}  // namespace millrace
