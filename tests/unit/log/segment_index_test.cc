#include "engine/log/segment_index.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/base/coding.h"
#include "engine/base/random.h"
#include "tests/unit/log/log_testing.h"

namespace millrace::log_internal {
namespace {

// An index over frames whose times wander, and the frames themselves.
struct Indexed {
  struct Row {
    uint64_t offset;
    uint64_t lsn;
    int64_t time;
    TestFrame frame;
  };
  SegmentIndex index;
  std::vector<Row> rows;

  explicit Indexed(uint64_t seed, uint64_t first = 100, uint64_t count = 2000) {
    Random random(seed);
    uint64_t offset = 4096;
    int64_t time = 1000;
    for (uint64_t lsn = first; lsn < first + count; ++lsn) {
      Row row{offset, lsn, time, FrameFor(seed, lsn, 300)};
      FrameHeader header;
      header.length = static_cast<uint32_t>(kFrameHeaderSize + row.frame.entries.size());
      header.lsn = Lsn(lsn);
      header.commit_time_micros = time;
      header.entry_count = row.frame.count;
      EXPECT_TRUE(index.Add(offset, header, row.frame.entries));
      rows.push_back(row);
      offset += header.length;
      time += static_cast<int64_t>(random.Uniform(100)) - 40;
    }
  }
};

template <typename Index>
void ExpectAnswers(const Index& index, const Indexed& data) {
  for (size_t i = 0; i < data.rows.size(); i += 37) {
    const auto point = index.PointBefore(Lsn(data.rows[i].lsn));
    ASSERT_TRUE(point.has_value());
    ASSERT_LE(point->lsn, Lsn(data.rows[i].lsn));
    ASSERT_LT(data.rows[i].offset - point->offset, kIndexSpacing + 2000);
    ASSERT_EQ(data.rows[point->lsn.value() - data.rows[0].lsn].offset, point->offset);
  }
  for (int64_t time = 0; time < data.index.max_time_micros() + 100; time += 501) {
    const auto point = index.PointBeforeTime(time);
    ASSERT_TRUE(point.has_value());
    const auto first = std::find_if(data.rows.begin(), data.rows.end(),
                                    [&](const Indexed::Row& row) { return row.time >= time; });
    if (first == data.rows.end()) continue;
    ASSERT_LE(point->lsn, Lsn(first->lsn)) << time;
  }
  for (uint64_t partition = 0; partition < 8; ++partition) {
    std::vector<uint32_t> expected;
    for (const Indexed::Row& row : data.rows) {
      if (partition != 0 && row.frame.Holds(partition)) {
        expected.push_back(static_cast<uint32_t>(row.offset));
      }
    }
    std::vector<uint32_t> all;
    index.OffsetsOf(partition, 0, SIZE_MAX, &all);
    ASSERT_EQ(all, expected);
    if (expected.empty()) continue;
    std::vector<uint32_t> some;
    index.OffsetsOf(partition, expected[10] + 1, 3, &some);
    ASSERT_EQ(some, std::vector<uint32_t>(expected.begin() + 11, expected.begin() + 14));
  }
}

TEST(SegmentIndexTest, InMemoryAndEncodedAnswerAlike) {
  const Indexed data(kTestSeed);
  ExpectAnswers(data.index, data);
  const std::string bytes = data.index.Encode();
  EXPECT_EQ(bytes.size(), data.index.EncodedSize());
  const auto encoded = EncodedIndex::Parse(bytes);
  ASSERT_TRUE(encoded.has_value());
  ExpectAnswers(*encoded, data);
}

TEST(SegmentIndexTest, DecodedIsTheSame) {
  const Indexed data(kTestSeed);
  const auto decoded = SegmentIndex::Decode(data.index.Encode(), data.index.first_time_micros(),
                                            data.index.max_time_micros());
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->Encode(), data.index.Encode());
  EXPECT_EQ(decoded->EncodedSize(), data.index.EncodedSize());
  EXPECT_EQ(decoded->first_time_micros(), 1000);
}

TEST(SegmentIndexTest, GrowthBoundHolds) {
  SegmentIndex index;
  size_t bound = index.EncodedSize();
  uint64_t offset = 4096;
  for (uint64_t lsn = 1; lsn <= 500; ++lsn) {
    const TestFrame frame = FrameFor(kTestSeed, lsn, 5000);
    FrameHeader header;
    header.lsn = Lsn(lsn);
    header.entry_count = frame.count;
    ASSERT_TRUE(index.Add(offset, header, frame.entries));
    offset += kFrameHeaderSize + frame.entries.size();
    bound += SegmentIndex::GrowthBound(1, frame.count);
    ASSERT_LE(index.EncodedSize(), bound);
  }
}

TEST(SegmentIndexTest, EmptyHasNoPoints) {
  const SegmentIndex index;
  EXPECT_FALSE(index.PointBefore(Lsn(1)));
  const std::string bytes = index.Encode();
  const auto encoded = EncodedIndex::Parse(bytes);
  ASSERT_TRUE(encoded.has_value());
  EXPECT_FALSE(encoded->PointBefore(Lsn(1)));
  EXPECT_FALSE(encoded->PointBeforeTime(0));
}

TEST(SegmentIndexTest, MalformedEntriesAreRefused) {
  SegmentIndex index;
  const TestFrame frame = FrameOfSize(1, 50);
  FrameHeader header;
  header.entry_count = 2;
  EXPECT_FALSE(index.Add(4096, header, frame.entries)) << "miscounted";
  header.entry_count = 1;
  EXPECT_FALSE(index.Add(4096, header, frame.entries.substr(1)));
  EXPECT_TRUE(index.Add(4096, header, frame.entries));
}

TEST(SegmentIndexTest, MalformedBytesAreRefused) {
  const Indexed data(kTestSeed, 1, 50);
  const std::string bytes = data.index.Encode();
  for (const size_t size : {size_t{0}, size_t{7}, bytes.size() - 1, bytes.size() - 4}) {
    EXPECT_FALSE(EncodedIndex::Parse(std::string_view(bytes).substr(0, size))) << size;
  }
  std::string counts(8, '\xff');
  EXPECT_FALSE(EncodedIndex::Parse(counts));
}

// Each partition once, in order, with offsets of its own: or a small file would unfold in memory.
TEST(SegmentIndexTest, DisorderedPartitionsAreRefused) {
  struct Row {
    const char* name;
    uint64_t partitions[2];
    uint32_t starts[2];
    uint32_t offsets;  // in all; each partition counts two
    bool ok;
  };
  const Row rows[] = {
      {"in order", {1, 2}, {0, 2}, 4, true},       {"twice", {1, 1}, {0, 2}, 4, false},
      {"backwards", {2, 1}, {0, 2}, 4, false},     {"shared offsets", {1, 2}, {0, 0}, 4, false},
      {"overlapping", {1, 2}, {0, 1}, 4, false},   {"a gap", {1, 2}, {0, 3}, 5, false},
      {"one left over", {1, 2}, {0, 2}, 5, false}, {"one too few", {1, 2}, {0, 2}, 3, false},
  };
  for (const Row& row : rows) {
    std::string bytes;
    PutLittle(&bytes, uint32_t{0});
    PutLittle(&bytes, uint32_t{2});
    for (int i = 0; i < 2; ++i) {
      PutLittle(&bytes, row.partitions[i]);
      PutLittle(&bytes, row.starts[i]);
      PutLittle(&bytes, uint32_t{2});
    }
    for (uint32_t i = 0; i < row.offsets; ++i) PutLittle(&bytes, 4096 + i);
    EXPECT_EQ(EncodedIndex::Parse(bytes).has_value(), row.ok) << row.name;
  }
}

}  // namespace
}  // namespace millrace::log_internal
