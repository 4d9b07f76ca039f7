#include "engine/model/position.h"

#include <gtest/gtest.h>

#include "engine/base/hex.h"
#include "engine/base/random.h"
#include "tests/unit/model/support.h"

namespace millrace {
namespace {

std::string Bytes(const Position& position) {
  std::string bytes;
  AppendPosition(position, &bytes);
  return bytes;
}

constexpr uint32_t kMax24 = 0xffffff;
const Position kHighest{kMax24, Lsn(~uint64_t{0}), kMax24};

TEST(PositionTest, BytesAndSequenceNumbersRoundTrip) {
  const Position rows[] = {
      {}, {0, Lsn(1), 0}, {1, Lsn(0x0102030405060708), 2}, {kMax24, Lsn(0), kMax24}, kHighest};
  for (const Position& position : rows) {
    ASSERT_EQ(Bytes(position).size(), kPositionSize);
    EXPECT_EQ(LoadPosition(Bytes(position).data()), position);
    EXPECT_EQ(ParseSequenceNumber(SequenceNumberOf(position)), position);
  }
  EXPECT_EQ(ToHex(Bytes(rows[2])), "0000010102030405060708000002");
}

TEST(PositionTest, SequenceNumbersHaveOneWidth) {
  EXPECT_EQ(SequenceNumberOf({}), "1" + std::string(34, '0'));
  EXPECT_EQ(SequenceNumberOf({0, Lsn(1), 5}), "1" + std::string(26, '0') + "16777221");
  EXPECT_EQ(SequenceNumberOf(kHighest), "15192296858534827628530496329220095");
}

TEST(PositionTest, OrderIsTheOrderOfBytesAndOfSequenceNumbers) {
  Random random(7);
  const auto part = [&random](uint64_t max) {
    return random.OneIn(2) ? random.Uniform(3) : random.Next() & max;
  };
  for (int i = 0; i < 5000; ++i) {
    const Position a{static_cast<uint32_t>(part(kMax24)), Lsn(part(~uint64_t{0})),
                     static_cast<uint32_t>(part(kMax24))};
    const Position b{static_cast<uint32_t>(part(kMax24)), Lsn(part(~uint64_t{0})),
                     static_cast<uint32_t>(part(kMax24))};
    ASSERT_EQ(a < b, Bytes(a) < Bytes(b));
    ASSERT_EQ(a < b, SequenceNumberOf(a) < SequenceNumberOf(b));
    ASSERT_EQ(ParseSequenceNumber(SequenceNumberOf(a)), a);
  }
}

TEST(PositionTest, RefusesOtherSequenceNumbers) {
  const std::string rows[] = {
      "",
      "1",
      std::string(35, '0'),
      "2" + std::string(34, '0'),
      "1" + std::string(33, '0'),
      "1" + std::string(35, '0'),
      "1" + std::string(33, '0') + "x",
      "1-" + std::string(33, '0'),
      "15192296858534827628530496329220096",  // 2^112
      "1" + std::string(34, '9'),
  };
  for (const std::string& text : rows) EXPECT_FALSE(ParseSequenceNumber(text)) << text;
}

}  // namespace
}  // namespace millrace
