#include "connectors/cdc/gzip_writer.h"

#include <gtest/gtest.h>

#include "engine/base/random.h"
#include "tests/support/temporary_directory.h"

namespace millrace {
namespace {

std::string RandomBytes(Random* random, size_t size) {
  std::string bytes;
  while (bytes.size() < size) {
    const char c = static_cast<char>(random->Next());
    if (c != '\n') bytes.push_back(c);
  }
  return bytes;
}

struct Row {
  const char* name;
  std::vector<std::string> lines;
};

std::vector<Row> MakeRows() {
  Random random(7);
  constexpr size_t kMember = GzipWriter::kMemberSize;
  std::vector<Row> rows = {
      {"nothing", {}},
      {"an empty line", {""}},
      {"one byte", {"x"}},
      {"one byte often", {std::string(3 * kMember, 'a')}},
      {"a member less a byte", {std::string(kMember - 2, 'b'), "end"}},
      {"exactly a member", {std::string(kMember - 1, 'b'), "end"}},
      {"cannot be compressed", {RandomBytes(&random, kMember / 2), RandomBytes(&random, kMember)}},
      {"the longest line", {RandomBytes(&random, size_t{16} << 20)}},
  };
  Row many{"many lines", {}};
  for (int i = 0; i < 30'000; ++i) {
    many.lines.push_back("{\"eventID\":\"" + std::to_string(random.Next()) + "\",\"pk\":\"key" +
                         std::to_string(i) + "\",\"text\":\"departed delayed departed\"}");
  }
  rows.push_back(std::move(many));
  return rows;
}

const std::vector<Row>& Rows() {
  static const std::vector<Row> rows = MakeRows();
  return rows;
}

class GzipWriterTest : public testing::TestWithParam<uint32_t> {
 protected:
  TemporaryDirectory scratch_;
};

TEST_P(GzipWriterTest, WhatIsWrittenIsRead) {
  const std::string path = scratch_.path() + "/file.gz";
  for (const Row& row : Rows()) {
    SCOPED_TRACE(row.name);
    auto writer = GzipWriter::Create(FileSystem::Posix(), path, GetParam());
    ASSERT_TRUE(writer.ok());
    uint64_t size = 0;
    for (const std::string& line : row.lines) {
      (*writer)->text()->append(line).push_back('\n');
      size += line.size() + 1;
      ASSERT_TRUE((*writer)->LinesAdded().ok());
    }
    EXPECT_EQ((*writer)->uncompressed_bytes(), size);
    const Result<FileDigest> written = (*writer)->Finish();
    ASSERT_TRUE(written.ok());
    if (row.lines.empty()) {
      EXPECT_EQ(written->bytes, 0u);
      continue;
    }
    std::vector<std::string> lines;
    const auto take = [&lines](std::string_view line) {
      lines.emplace_back(line);
      return Status::Ok();
    };
    const Result<FileDigest> read = ReadGzipLines(path, take);
    ASSERT_TRUE(read.ok()) << read.status().message();
    EXPECT_EQ(*read, *written);
    EXPECT_TRUE(lines == row.lines);
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, GzipWriterTest, testing::Values(1, 2, 6, 12));

}  // namespace
}  // namespace millrace
