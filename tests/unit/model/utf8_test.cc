#include "engine/model/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

TEST(Utf8Test, AcceptsAndRefuses) {
  const std::pair<std::string, bool> rows[] = {
      {"", true},
      {std::string("\0", 1), true},
      {"plain ASCII of more than eight bytes", true},
      {"\xc3\xa9", true},
      {"\xe2\x82\xac", true},
      {"\xf0\x9f\x8c\x8a", true},
      {"\xf4\x8f\xbf\xbf", true},   // U+10FFFF
      {"\xed\x9f\xbf", true},       // U+D7FF
      {"\xee\x80\x80", true},       // U+E000
      {"\x80", false},              // a continuation alone
      {"\xc0\x80", false},          // overlong
      {"\xc1\xbf", false},          // overlong
      {"\xe0\x9f\xbf", false},      // overlong
      {"\xf0\x8f\xbf\xbf", false},  // overlong
      {"\xed\xa0\x80", false},      // a surrogate
      {"\xf4\x90\x80\x80", false},  // past U+10FFFF
      {"\xf5\x80\x80\x80", false},
      {"\xff", false},
      {"\xc3", false},  // cut short
      {"\xe2\x82", false},
      {"\xf0\x9f\x8c", false},
      {"\xe2\x28\xa1", false},
      {"\xf0\x9f\x28\x8a", false},
  };
  for (const auto& [text, valid] : rows) {
    EXPECT_EQ(IsValidUtf8(text), valid) << text;
    // The same at every distance from the words that are read eight bytes at once.
    for (size_t pad = 1; pad < 17; ++pad) {
      EXPECT_EQ(IsValidUtf8(std::string(pad, 'x') + text), valid);
      EXPECT_EQ(IsValidUtf8(text + std::string(pad, 'x')), valid);
    }
  }
}

TEST(Utf8Test, Repairs) {
  EXPECT_EQ(RepairUtf8("caf\xc3\xa9", 5), "caf\xc3\xa9");
  EXPECT_EQ(RepairUtf8("caf\xc3\xa9", 4), "caf");
  EXPECT_EQ(RepairUtf8("a\xff\xc3", 100), "a\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(RepairUtf8("a\xff\xc3", 6), "a\xef\xbf\xbd");
  EXPECT_EQ(RepairUtf8("", 0), "");
}

}  // namespace
}  // namespace millrace
