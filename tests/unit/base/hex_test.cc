#include "engine/base/hex.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace millrace {
namespace {

TEST(HexTest, BytesAreTwoDigitsEach) {
  const struct {
    std::string_view bytes;
    std::string_view text;
  } rows[] = {
      {"", ""},
      {std::string_view("\0", 1), "00"},
      {"\x0f\xf0", "0ff0"},
      {"\x7f\x80\xff", "7f80ff"},
      {"Az", "417a"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(ToHex(row.bytes), row.text);
    EXPECT_EQ(FromHex(row.text), row.bytes) << row.text;
    std::string out = "before";
    AppendHex(row.bytes, &out);
    EXPECT_EQ(out, "before" + std::string(row.text));
  }
}

TEST(HexTest, EveryByteComesBack) {
  std::string bytes;
  for (int c = 0; c < 256; ++c) bytes.push_back(static_cast<char>(c));
  const std::string text = ToHex(bytes);
  EXPECT_EQ(text.size(), 512u);
  EXPECT_EQ(FromHex(text), bytes);
}

TEST(HexTest, OnlyWhatIsWrittenIsRead) {
  for (const std::string_view text : {"0", "000", "AB", "aB", "0g", "g0", " 0", "0 ", "0x", "-1",
                                      "/0", ":0", "`0", "@0", "\xff\xff"}) {
    EXPECT_EQ(FromHex(text), std::nullopt) << text;
  }
  EXPECT_EQ(FromHex(std::string_view("0\0", 2)), std::nullopt);
}

TEST(HexTest, ADigitIsOfEitherCase) {
  const std::string_view lower = "0123456789abcdef";
  const std::string_view upper = "0123456789ABCDEF";
  for (int c = -128; c < 128; ++c) {
    const char digit = static_cast<char>(c);
    const size_t at = std::min(lower.find(digit), upper.find(digit));
    EXPECT_EQ(HexDigit(digit), at == lower.npos ? -1 : static_cast<int>(at)) << c;
  }
}

}  // namespace
}  // namespace millrace
