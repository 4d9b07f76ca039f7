#include <gtest/gtest.h>

#include "tests/unit/json/json_testing.h"

namespace millrace {
namespace {

struct Row {
  std::string_view bytes;
  std::string_view text;
};

// RFC 4648, section 10, and the last two digits of the alphabet.
TEST(Base64Test, EncodesAndDecodes) {
  const Row rows[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {"\xfb\xff\xfe", "+//+"},
  };
  for (const Row& row : rows) {
    std::string text = "before";
    AppendBase64(row.bytes, &text);
    EXPECT_EQ(text, "before" + std::string(row.text));
    const auto bytes = DecodeBase64(row.text);
    ASSERT_TRUE(bytes.ok()) << row.text;
    EXPECT_EQ(*bytes, row.bytes);
  }
}

TEST(Base64Test, EveryLengthAndByteComesBack) {
  Random random(1);
  for (size_t size = 0; size < 300; ++size) {
    std::string bytes;
    for (size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(random.Next()));
    std::string text;
    AppendBase64(bytes, &text);
    EXPECT_EQ(text.size(), (size + 2) / 3 * 4);
    const auto decoded = DecodeBase64(text);
    ASSERT_TRUE(decoded.ok()) << text;
    EXPECT_EQ(*decoded, bytes);
  }
}

TEST(Base64Test, Errors) {
  const Row rows[] = {
      {"A", "Base64 encoded length is expected a multiple of 4 bytes but found: 1"},
      {"AAAAA", "Base64 encoded length is expected a multiple of 4 bytes but found: 5"},
      {"==", "Base64 encoded length is expected a multiple of 4 bytes but found: 2"},
      {"AB==", "Invalid last non-pad Base64 character dectected"},
      {"AAB=", "Invalid last non-pad Base64 character dectected"},
      {"====", "Invalid Base64 character: '='"},
      {"A===", "Invalid Base64 character: '='"},
      {"=AAA", "Invalid Base64 character: '='"},
      {"AA==AAAA", "Invalid Base64 character: '='"},
      {"AA A", "Invalid Base64 character: ' '"},
      {"AAA\n", "Invalid Base64 character: '\n'"},
      {"AA-_", "Invalid Base64 character: '-'"},
      {"AAA\xC3\xA9"
       "AAA",
       "Invalid Base64 character: '\xC3\xA9'"},
  };
  for (const Row& row : rows) {
    const auto bytes = DecodeBase64(row.bytes);
    EXPECT_EQ(bytes.status().ToString(), "SerializationException: " + std::string(row.text));
  }
}

}  // namespace
}  // namespace millrace
