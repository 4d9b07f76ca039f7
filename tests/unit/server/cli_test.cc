#include <gtest/gtest.h>

#include "server/cli/http_client.h"
#include "server/cli/progress.h"
#include "server/cli/record_text.h"
#include "server/cli/suggest.h"
#include "server/cli/terminal.h"
#include "server/cli/text.h"
#include "server/cli/time_argument.h"

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
      {"http://a/path", "", 0},
      {"http://a:80/path", "", 0},
      {"http://me@a:80", "", 0},
      {"http://a?x=1", "", 0},
      {"http://::1", "", 0},
      {"http://[::1", "", 0},
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
  EXPECT_EQ(TimeText(1795313717.868392), "2026-11-22 02:15:17.868392");
  EXPECT_EQ(TimeText(1795313717.9999999), "2026-11-22 02:15:18.000000");
  EXPECT_EQ(Aligned({{"A", "B"}, {"long", "x"}}), "A     B\nlong  x");
}

TEST(CliTextTest, ShowsWhatPeopleWroteWithoutHarm) {
  EXPECT_EQ(Printable("a\n\x1b[31m"), "a\\n\\x1b[31m");
  EXPECT_EQ(Printable("\xc3("), "\xef\xbf\xbd(");  // what is no UTF-8
  const std::string cut = Printable(std::string(999, 'x') + "\xc3\xa4");
  EXPECT_EQ(cut, std::string(999, 'x') + "... (1,001 bytes)");
  EXPECT_EQ(OneLine("a\nb\x7f"), "a b ");
  EXPECT_EQ(OneLine(std::string(99, 'x') + "\xc3\xa4"), std::string(99, 'x') + "...");
}

TEST(CliTextTest, ColoursTakeNoColumns) {
  Terminal terminal;
  EXPECT_EQ(terminal.Paint(Colour::kRed, "a"), "a");
  terminal.colours = true;
  const std::string red = terminal.Paint(Colour::kRed, "\u00fc");
  EXPECT_EQ(red, "\x1b[31m\u00fc\x1b[0m");
  EXPECT_EQ(ShownWidth(red), 1U);
  EXPECT_EQ(Aligned({{red, "b"}}), red + "  b");
}

TEST(SuggestTest, FindsWhatWasMeant) {
  const std::vector<std::string> names = {"airports", "flights", "orders", "Orders2", "o"};
  using Names = std::vector<std::string>;
  EXPECT_EQ(CloseNames("airprots", names), Names{"airports"});
  EXPECT_EQ(CloseNames("order", names), (Names{"orders", "Orders2"}));
  EXPECT_EQ(CloseNames("FLIGHTS", names), Names{"flights"});
  EXPECT_EQ(CloseNames("completely else", names), Names{});
  EXPECT_EQ(CloseNames("", {}), Names{});
  EXPECT_EQ(OrList({"a", "b", "c"}), "a, b or c");
}

TEST(ProgressTest, SaysHowFarItIs) {
  constexpr int64_t kSecond = 1'000'000'000;
  EXPECT_EQ(ProgressLine("import", 1, 4, "1 item", 10 * kSecond, 100),
            "import [######..................]  25%  1 item  0:31 left");
  EXPECT_EQ(ProgressLine("import", 4, 4, "", 10 * kSecond, 100),
            "import [########################] 100%");
  EXPECT_EQ(ProgressLine("import", 0, 0, "", 0, 100), "import [########################] 100%");
  EXPECT_EQ(ProgressLine("tail", 7, std::nullopt, "7 records", kSecond, 100), "tail  7 records");
  EXPECT_EQ(ProgressLine("import", 1, 7201, "", kSecond, 100),
            "import [........................]   0%  2:00:01 left");
  EXPECT_EQ(ProgressLine("import", 1, 4, "1 item", kSecond, 9), "import [#");
}

TEST(DurationTest, ReadsWhatPeopleWrite) {
  struct Row {
    std::string_view text;
    int64_t micros;  // -1: refused
  };
  const Row rows[] = {
      {"15m", 900'000'000},
      {"1h30m", 5'400'000'000},
      {"2d", 172'800'000'000},
      {"1w", 604'800'000'000},
      {"250ms", 250'000},
      {"7us", 7},
      {"90", 90'000'000},
      {"0", 0},
      {"", -1},
      {"m", -1},
      {"15 m", -1},
      {"15x", -1},
      {"1h30", -1},
      {"-5m", -1},
      {"1.5h", -1},
      {"99999999999999999999s", -1},
      {"9999999999999w", -1},
  };
  for (const Row& row : rows) {
    const auto duration = ParseDuration(row.text);
    EXPECT_EQ(duration.ok() ? *duration : -1, row.micros) << row.text;
  }
}

TEST(LogPlaceTest, ReadsTimes) {
  constexpr int64_t kNow = 1'763'694'000'000'000;  // 2025-11-21 03:00:00 UTC
  struct Row {
    std::string_view text;
    int64_t micros;  // -1: refused
  };
  const Row rows[] = {
      {"2025-11-21T03:00:00Z", kNow},
      {"2025-11-21 03:00:00", kNow},
      {"2025-11-21T03:00", kNow},
      {"2025-11-21T05:00+02:00", kNow},
      {"2025-11-20T22:00:00.5-0500", kNow + 500'000},
      {"2025-11-21T03:00:00.1234567Z", kNow + 123'456},
      {"2025-11-21", kNow - 3 * int64_t{3'600'000'000}},
      {"2024-02-29", 1'709'164'800'000'000},
      {"1763694000", kNow},
      {"1763694000.25", kNow + 250'000},
      {"1763694000000", kNow},
      {"1763694000000001", kNow + 1},
      {"-15m", kNow - int64_t{900'000'000}},
      {"-1h30m", kNow - int64_t{5'400'000'000}},
      {"-9999w", 0},
      {"2025-02-29", -1},
      {"2025-13-01", -1},
      {"2025-11-21T24:00", -1},
      {"2025-11-21T03", -1},
      {"2025-11-21T03:00:00.", -1},
      {"2025-11-21T03:00:00+2", -1},
      {"2025-11-21x", -1},
      {"2025-1-2", -1},
      {"1763694000.", -1},
      {"176369400000", -1},
      {"yesterday", -1},
      {"", -1},
      {"-", -1},
  };
  for (const Row& row : rows) {
    const auto place = ParseLogPlace(row.text, kNow);
    EXPECT_EQ(place.ok(), row.micros >= 0) << row.text;
    if (!place.ok()) continue;
    EXPECT_EQ(place->kind, LogPlace::Kind::kTime) << row.text;
    EXPECT_EQ(place->micros, row.micros) << row.text;
  }
}

TEST(LogPlaceTest, ARangeIsBoundOnlyWhereItIsSaid) {
  using Kind = LogPlace::Kind;
  struct Row {
    RangeSide side;
    std::string_view text;
    bool ok;
    std::optional<Kind> kind;
  };
  const Row rows[] = {
      {RangeSide::kFrom, "", true, {}},
      {RangeSide::kTo, "", true, {}},
      {RangeSide::kFrom, "start", true, {}},
      {RangeSide::kTo, "now", true, {}},
      {RangeSide::kFrom, "now", false, {}},
      {RangeSide::kTo, "oldest", false, {}},
      {RangeSide::kFrom, "-1h", true, Kind::kTime},
      {RangeSide::kTo, "10000000000000000000000000000000000", true, Kind::kSequenceNumber},
      {RangeSide::kTo, "later", false, {}},
  };
  for (const Row& row : rows) {
    const auto bound = ParseRangeBound(row.side, row.text, 7);
    ASSERT_EQ(bound.ok(), row.ok) << row.text;
    if (!bound.ok()) continue;
    ASSERT_EQ(bound->has_value(), row.kind.has_value()) << row.text;
    if (!row.kind) continue;
    EXPECT_EQ((*bound)->kind, *row.kind) << row.text;
  }
}

TEST(LogPlaceTest, ReadsPlacesThatAreNoTimes) {
  EXPECT_EQ(ParseLogPlace("start", 0)->kind, LogPlace::Kind::kOldest);
  EXPECT_EQ(ParseLogPlace("TRIM_HORIZON", 0)->kind, LogPlace::Kind::kOldest);
  EXPECT_EQ(ParseLogPlace("now", 0)->kind, LogPlace::Kind::kLatest);
  EXPECT_EQ(ParseLogPlace("LATEST", 0)->kind, LogPlace::Kind::kLatest);
  const std::string number = "1" + std::string(34, '0');
  EXPECT_EQ(ParseLogPlace(number, 0)->sequence_number, number);
  EXPECT_EQ(ParseTime("now", 7).value(), 7);
  EXPECT_FALSE(ParseTime("start", 7).ok());
  EXPECT_FALSE(ParseTime(number, 7).ok());
}

}  // namespace
}  // namespace millrace
