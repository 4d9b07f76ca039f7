#include "server/http/gzip.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

std::string Zipped(std::string body) {
  EXPECT_TRUE(Gzip(&body));
  return body;
}

TEST(Gzip, ThereAndBack) {
  for (const size_t size : {200u, 65'536u, 65'537u, 1'000'000u}) {
    std::string body;
    while (body.size() < size) body += std::to_string(body.size() * 7919 % 1000) + " ";
    const std::string zipped = Zipped(body);
    EXPECT_LT(zipped.size(), body.size());
    std::string out = "left over";
    EXPECT_EQ(Unpack(BodyCoding::kGzip, zipped, body.size(), &out), Unpacked::kDone);
    EXPECT_EQ(out, body);
    EXPECT_EQ(Unpack(BodyCoding::kGzip, zipped, body.size() - 1, &out), Unpacked::kTooLarge);
  }
}

TEST(Gzip, WhatDoesNotGetSmallerStays) {
  for (const char* text : {"", "{}"}) {
    std::string body = text;
    EXPECT_FALSE(Gzip(&body));
    EXPECT_EQ(body, text);
  }
}

TEST(Gzip, SeveralMembers) {
  const std::string one(1000, 'a');
  const std::string two(100'000, 'b');
  std::string out;
  EXPECT_EQ(Unpack(BodyCoding::kGzip, Zipped(one) + Zipped(two), 101'000, &out), Unpacked::kDone);
  EXPECT_EQ(out, one + two);
  EXPECT_EQ(Unpack(BodyCoding::kGzip, Zipped(one) + Zipped(two), 100'999, &out),
            Unpacked::kTooLarge);
}

// zlib.compress(b"a" * 20)
const std::string kDeflated("\x78\x9c\x4b\x4c\xc4\x04\x00\x4f\xa6\x07\x95", 11);

TEST(Gzip, OneStreamOfDeflate) {
  std::string out;
  EXPECT_EQ(Unpack(BodyCoding::kDeflate, kDeflated, 20, &out), Unpacked::kDone);
  EXPECT_EQ(out, std::string(20, 'a'));
  EXPECT_EQ(Unpack(BodyCoding::kDeflate, kDeflated, 19, &out), Unpacked::kTooLarge);
  EXPECT_EQ(Unpack(BodyCoding::kDeflate, kDeflated + kDeflated, 100, &out), Unpacked::kCorrupt);
  EXPECT_EQ(Unpack(BodyCoding::kDeflate, "", 100, &out), Unpacked::kCorrupt);
  EXPECT_EQ(Unpack(BodyCoding::kGzip, kDeflated, 100, &out), Unpacked::kCorrupt);
  EXPECT_EQ(Unpack(BodyCoding::kUnknown, kDeflated, 100, &out), Unpacked::kCorrupt);
}

TEST(Gzip, CodingsByName) {
  EXPECT_EQ(CodingOf(" GZip "), BodyCoding::kGzip);
  EXPECT_EQ(CodingOf("deflate"), BodyCoding::kDeflate);
  for (const char* none : {"", "identity"}) EXPECT_EQ(CodingOf(none), BodyCoding::kNone);
  for (const char* unknown : {"br", "gzip, deflate", "x-gzip", "gzipped"}) {
    EXPECT_EQ(CodingOf(unknown), BodyCoding::kUnknown) << unknown;
  }
}

TEST(Gzip, CorruptBytes) {
  const std::string zipped = Zipped(std::string(1000, 'a'));
  std::string out;
  EXPECT_EQ(Unpack(BodyCoding::kGzip, "", 1000, &out), Unpacked::kCorrupt);
  EXPECT_EQ(Unpack(BodyCoding::kGzip, "{}", 1000, &out), Unpacked::kCorrupt);
  EXPECT_EQ(Unpack(BodyCoding::kGzip, zipped + "x", 2000, &out), Unpacked::kCorrupt);
  for (size_t cut = 0; cut < zipped.size(); ++cut) {
    EXPECT_EQ(Unpack(BodyCoding::kGzip, zipped.substr(0, cut), 1000, &out), Unpacked::kCorrupt)
        << cut;
  }
}

// A thousand to one: no more memory than the limit is taken.
TEST(Gzip, Bombs) {
  const std::string bomb = Zipped(std::string(64 << 20, '\0'));
  ASSERT_LT(bomb.size(), size_t{1} << 20);
  std::string out;
  EXPECT_EQ(Unpack(BodyCoding::kGzip, bomb, 16 << 20, &out), Unpacked::kTooLarge);
  EXPECT_LE(out.capacity(), size_t{32} << 20);
}

TEST(Gzip, AcceptEncoding) {
  struct Row {
    const char* value;
    bool accepts;
  };
  for (const Row& row :
       {Row{"", false}, Row{"gzip", true}, Row{"GZIP", true}, Row{"identity", false},
        Row{"deflate, gzip", true}, Row{"gzip;q=0", false}, Row{"gzip; q=0.000", false},
        Row{"gzip;q=0.5", true}, Row{"br;q=1.0, gzip;q=0.8, *;q=0.1", true}, Row{"xgzip", false},
        Row{"gzipx, deflate", false}, Row{",,gzip ,", true}}) {
    EXPECT_EQ(AcceptsGzip(row.value), row.accepts) << row.value;
  }
}

}  // namespace
}  // namespace millrace
