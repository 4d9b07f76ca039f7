#include "engine/base/coding.h"

#include <gtest/gtest.h>

#include <limits>

namespace millrace {
namespace {

template <typename T>
std::string Little(T value) {
  std::string bytes;
  PutLittle(&bytes, value);
  return bytes;
}

template <typename T>
std::string Big(T value) {
  std::string bytes;
  PutBig(&bytes, value);
  return bytes;
}

std::string Varint(uint64_t value) {
  std::string bytes;
  PutVarint(&bytes, value);
  return bytes;
}

TEST(CodingTest, FixedWidthsHaveTheirByteOrder) {
  EXPECT_EQ(Little(uint16_t{0x0102}), "\x02\x01");
  EXPECT_EQ(Big(uint16_t{0x0102}), "\x01\x02");
  EXPECT_EQ(Little(uint32_t{0x01020304}), "\x04\x03\x02\x01");
  EXPECT_EQ(Big(uint32_t{0x01020304}), "\x01\x02\x03\x04");
  EXPECT_EQ(Big(uint64_t{0x0102030405060708}), "\x01\x02\x03\x04\x05\x06\x07\x08");
  EXPECT_LT(Big(uint32_t{255}), Big(uint32_t{256}));
}

TEST(CodingTest, FixedWidthsReadBackAtEveryAlignment) {
  for (size_t pad = 0; pad < 8; ++pad) {
    const std::string little = std::string(pad, 'x') + Little(uint64_t{0xfedcba9876543210});
    const std::string big = std::string(pad, 'x') + Big(uint64_t{0xfedcba9876543210});
    EXPECT_EQ(LoadLittle<uint64_t>(little.data() + pad), 0xfedcba9876543210u);
    EXPECT_EQ(LoadBig<uint64_t>(big.data() + pad), 0xfedcba9876543210u);
  }
  char bytes[5] = {};
  StoreLittle(bytes + 1, uint32_t{0x01020304});
  EXPECT_EQ(std::string(bytes, 5), std::string("\0\x04\x03\x02\x01", 5));
}

TEST(CodingTest, TakesNoMoreThanThereIs) {
  std::string_view in = "\x01\x02\x03\x04\x05";
  uint32_t four = 0;
  uint16_t two = 0;
  EXPECT_TRUE(TakeLittle(&in, &four));
  EXPECT_EQ(four, 0x04030201u);
  EXPECT_EQ(in, "\x05");
  EXPECT_FALSE(TakeLittle(&in, &two));
  in = "\x01\x02";
  EXPECT_TRUE(TakeBig(&in, &two));
  EXPECT_EQ(two, 0x0102);
  EXPECT_FALSE(TakeBig(&in, &two));
}

TEST(CodingTest, VarintsReadBackAtTheirEdges) {
  const std::pair<uint64_t, size_t> rows[] = {
      {0, 1},
      {127, 1},
      {128, 2},
      {16383, 2},
      {16384, 3},
      {(uint64_t{1} << 56) - 1, 8},
      {uint64_t{1} << 63, 10},
      {std::numeric_limits<uint64_t>::max(), 10},
  };
  for (const auto& [value, size] : rows) {
    const std::string bytes = Varint(value);
    EXPECT_EQ(bytes.size(), size) << value;
    const std::string followed = bytes + "x";
    std::string_view in = followed;
    uint64_t read = 0;
    ASSERT_TRUE(TakeVarint(&in, &read)) << value;
    EXPECT_EQ(read, value);
    EXPECT_EQ(in, "x");
    for (size_t n = 0; n < bytes.size(); ++n) {
      std::string_view cut = std::string_view(bytes).substr(0, n);
      EXPECT_FALSE(TakeVarint(&cut, &read)) << value;
    }
  }
}

TEST(CodingTest, RefusesVarintsPast64Bits) {
  const std::string nine(9, '\xff');
  uint64_t value = 0;
  for (const std::string& bytes :
       {nine + "\x02", nine + "\xff", nine + "\x81", nine + "\xff\x01"}) {
    std::string_view in = bytes;
    EXPECT_FALSE(TakeVarint(&in, &value));
  }
}

TEST(CodingTest, PrefixedBytesReadBack) {
  std::string bytes;
  PutPrefixed(&bytes, "");
  PutPrefixed(&bytes, std::string(200, 'x'));
  std::string_view in = bytes;
  std::string_view read;
  ASSERT_TRUE(TakePrefixed(&in, &read));
  EXPECT_EQ(read, "");
  ASSERT_TRUE(TakePrefixed(&in, &read));
  EXPECT_EQ(read, std::string(200, 'x'));
  EXPECT_TRUE(in.empty());
  EXPECT_FALSE(TakePrefixed(&in, &read));
  // A length far past the end, which must not wrap around.
  const std::string lie = Varint(std::numeric_limits<uint64_t>::max()) + "x";
  in = lie;
  EXPECT_FALSE(TakePrefixed(&in, &read));
}

}  // namespace
}  // namespace millrace
