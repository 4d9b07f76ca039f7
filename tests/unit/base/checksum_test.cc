#include "engine/base/checksum.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

std::string Hex(const Digest& digest) {
  std::string hex;
  for (const uint8_t byte : digest) {
    char text[3];
    std::snprintf(text, sizeof text, "%02x", byte);
    hex += text;
  }
  return hex;
}

// Known answers of RFC 3720, appendix B.4, and the customary check value.
TEST(ChecksumTest, Crc32cKnownAnswers) {
  std::string ascending, descending;
  for (int i = 0; i < 32; ++i) {
    ascending.push_back(static_cast<char>(i));
    descending.push_back(static_cast<char>(31 - i));
  }
  const std::pair<std::string, uint32_t> rows[] = {
      {"", 0},
      {"a", 0xc1d04330},
      {"123456789", 0xe3069283},
      {std::string(32, '\0'), 0x8a9136aa},
      {std::string(32, '\xff'), 0x62a8ab43},
      {ascending, 0x46dd794e},
      {descending, 0x113fdb5c},
  };
  for (const auto& [bytes, crc] : rows) EXPECT_EQ(Crc32c(bytes), crc);
}

TEST(ChecksumTest, Crc32cContinuesAtEverySplitAndAlignment) {
  const std::string text = "The quick brown fox jumps over the lazy dog, and over it again.";
  const uint32_t whole = Crc32c(text);
  for (size_t i = 0; i <= text.size(); ++i) {
    EXPECT_EQ(Crc32c(std::string_view(text).substr(i), Crc32c(text.substr(0, i))), whole) << i;
  }
}

// Known answers of FIPS 180-4's examples.
TEST(ChecksumTest, Sha256KnownAnswers) {
  EXPECT_EQ(Hex(Sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Hex(Sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Hex(Sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(Sha256("a", "bc"), Sha256("abc"));
  EXPECT_EQ(Sha256("", ""), Sha256(""));
  EXPECT_EQ(BytesOf(Sha256("abc")).substr(0, 3), "\xba\x78\x16");
}

// The hash places items on disk: it may never change.
TEST(ChecksumTest, SeededHashKnownAnswers) {
  EXPECT_EQ(SeededHash("", 0), 0x2d06800538d394c2u);
  EXPECT_EQ(SeededHash("a", 0), 0xe6c632b61e964e1fu);
  EXPECT_EQ(SeededHash("abc", 0), 0x78af5f94892f3950u);
  EXPECT_NE(SeededHash("abc", 1), SeededHash("abc", 0));
  EXPECT_NE(SeededHash("abc", 1), SeededHash("abd", 1));
}

}  // namespace
}  // namespace millrace
