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
    EXPECT_EQ(Gunzip(zipped, body.size(), &out), Gunzipped::kDone);
    EXPECT_EQ(out, body);
    EXPECT_EQ(Gunzip(zipped, body.size() - 1, &out), Gunzipped::kTooLarge);
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
  EXPECT_EQ(Gunzip(Zipped(one) + Zipped(two), 101'000, &out), Gunzipped::kDone);
  EXPECT_EQ(out, one + two);
  EXPECT_EQ(Gunzip(Zipped(one) + Zipped(two), 100'999, &out), Gunzipped::kTooLarge);
}

TEST(Gzip, CorruptBytes) {
  const std::string zipped = Zipped(std::string(1000, 'a'));
  std::string out;
  EXPECT_EQ(Gunzip("", 1000, &out), Gunzipped::kCorrupt);
  EXPECT_EQ(Gunzip("{}", 1000, &out), Gunzipped::kCorrupt);
  EXPECT_EQ(Gunzip(zipped + "x", 2000, &out), Gunzipped::kCorrupt);
  for (size_t cut = 0; cut < zipped.size(); ++cut) {
    EXPECT_EQ(Gunzip(zipped.substr(0, cut), 1000, &out), Gunzipped::kCorrupt) << cut;
  }
}

// A thousand to one: no more memory than the limit is taken.
TEST(Gzip, Bombs) {
  const std::string bomb = Zipped(std::string(64 << 20, '\0'));
  ASSERT_LT(bomb.size(), size_t{1} << 20);
  std::string out;
  EXPECT_EQ(Gunzip(bomb, 16 << 20, &out), Gunzipped::kTooLarge);
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
