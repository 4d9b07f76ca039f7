#include "engine/log/segment_format.h"

#include <gtest/gtest.h>

#include "engine/base/coding.h"

namespace millrace::log_internal {
namespace {

SegmentHeader SomeHeader() {
  SegmentHeader header;
  header.group = 3;
  header.log_id = 0x1122334455667788;
  header.salt = 0xcafe;
  header.previous_crc = 0xbeef;
  header.first = Lsn(42);
  header.durable_before = Lsn(41);
  return header;
}

TEST(SegmentNameTest, RoundTrip) {
  EXPECT_EQ(SegmentName(Lsn(1)), "00000000000000000001.seg");
  EXPECT_EQ(SegmentName(Lsn(UINT64_MAX)), "18446744073709551615.seg");
  EXPECT_EQ(ParseSegmentName("00000000000000000042.seg"), Lsn(42));
  EXPECT_EQ(ParseSegmentName("18446744073709551615.seg"), Lsn(UINT64_MAX));
}

TEST(SegmentNameTest, OtherNamesAreRefused) {
  for (const char* name :
       {"", ".seg", "1.seg", "00000000000000000000.seg", "0000000000000000001x.seg",
        "18446744073709551616.seg", "000000000000000000001.seg", "00000000000000000001.sex",
        "-0000000000000000001.seg", "00000000000000000001.seg2"}) {
    EXPECT_FALSE(ParseSegmentName(name)) << name;
  }
}

TEST(SegmentHeaderTest, RoundTrip) {
  const std::string bytes = EncodeSegmentHeader(SomeHeader());
  ASSERT_EQ(bytes.size(), kSegmentHeaderSize);
  const auto header = DecodeSegmentHeader(bytes, "file");
  ASSERT_TRUE(header.ok()) << header.status().ToString();
  EXPECT_EQ(header->group, 3u);
  EXPECT_EQ(header->log_id, 0x1122334455667788u);
  EXPECT_EQ(header->salt, 0xcafeu);
  EXPECT_EQ(header->previous_crc, 0xbeefu);
  EXPECT_EQ(header->first, Lsn(42));
  EXPECT_EQ(header->durable_before, Lsn(41));
}

TEST(SegmentHeaderTest, EveryFlippedBitIsSeen) {
  constexpr size_t kUsed = 60;
  const std::string whole = EncodeSegmentHeader(SomeHeader());
  for (size_t bit = 0; bit < kUsed * 8; ++bit) {
    std::string bytes = whole;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(DecodeSegmentHeader(bytes, "file").ok()) << "bit " << bit;
  }
}

TEST(SegmentHeaderTest, LaterFormatIsNamed) {
  std::string bytes = EncodeSegmentHeader(SomeHeader());
  StoreLittle(bytes.data() + 8, kSegmentFormat + 1);
  const auto header = DecodeSegmentHeader(bytes, "file");
  ASSERT_TRUE(header.status().Is(ErrorCode::kUnsupportedFormat));
  EXPECT_EQ(header.status().message(),
            "file: written in format 2 by a later version; this one reads up to format 1");
}

TEST(SegmentHeaderTest, ShortFileIsCorrupt) {
  const std::string bytes = EncodeSegmentHeader(SomeHeader());
  const auto header = DecodeSegmentHeader(bytes.substr(1), "file");
  EXPECT_TRUE(header.status().Is(ErrorCode::kCorruption));
}

TEST(SegmentTrailerTest, RoundTripAndEveryFlippedBit) {
  SegmentTrailer trailer;
  trailer.end = 5000;
  trailer.last = Lsn(99);
  trailer.first_time_micros = -1;
  trailer.max_time_micros = 77;
  trailer.last_crc = 1;
  trailer.index_length = 100;
  trailer.index_crc = 2;
  trailer.digest.fill(7);
  const std::string body(5100, 'x');
  const std::string whole = body + EncodeSegmentTrailer(trailer, 5);
  const auto decoded = DecodeSegmentTrailer(whole, 5);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->end, 5000u);
  EXPECT_EQ(decoded->last, Lsn(99));
  EXPECT_EQ(decoded->first_time_micros, -1);
  EXPECT_EQ(decoded->max_time_micros, 77);
  EXPECT_EQ(decoded->last_crc, 1u);
  EXPECT_EQ(decoded->index_length, 100u);
  EXPECT_EQ(decoded->index_crc, 2u);
  EXPECT_EQ(decoded->digest, trailer.digest);

  EXPECT_FALSE(DecodeSegmentTrailer(whole, 6));
  EXPECT_FALSE(DecodeSegmentTrailer(whole + '\0', 5));
  EXPECT_FALSE(DecodeSegmentTrailer(whole.substr(1), 5)) << "one byte of the body is missing";
  for (size_t bit = body.size() * 8; bit < whole.size() * 8; ++bit) {
    std::string bytes = whole;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(DecodeSegmentTrailer(bytes, 5)) << "bit " << bit;
  }
}

}  // namespace
}  // namespace millrace::log_internal
