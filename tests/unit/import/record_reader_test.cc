#include "connectors/import/record_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/import/text_source.h"

namespace millrace {
namespace {

struct Found {
  uint64_t line;
  std::string text;  // or "!" and the problem
  bool operator==(const Found&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Found& found) {
  return out << found.line << ":" << found.text.substr(0, 60);
}

std::vector<Found> ReadAll(const std::string& text, size_t piece, bool csv) {
  TextSource source(text, piece);
  InputBuffer buffer(&source);
  const auto reader = csv ? NewCsvReader(&buffer, {}) : NewLineReader(&buffer);
  std::vector<Found> found;
  SourceRecord record;
  uint64_t end = 0;
  for (;;) {
    const Result<bool> more = reader->Next(&record);
    EXPECT_TRUE(more.ok()) << more.status().message();
    if (!more.ok() || !*more) return found;
    EXPECT_GE(record.offset, end);
    end = record.next_offset;
    std::string shown;
    for (const CsvField& field : record.fields) shown += "[" + field.Text('"') + "]";
    if (!csv) shown = record.text;
    found.push_back({record.line, record.problem.empty() ? shown : "!" + record.problem});
  }
}

struct Row {
  std::string text;
  std::vector<Found> found;
};

TEST(LineReaderTest, Rows) {
  const Row rows[] = {
      {"", {}},
      {"\n\n \r\n", {}},
      {"a\nb\n", {{1, "a"}, {2, "b"}}},
      {"a\nb", {{1, "a"}, {2, "b"}}},
      {"a\r\nb\r\n", {{1, "a"}, {2, "b"}}},
      {"a\n\n\nb\n", {{1, "a"}, {4, "b"}}},
      {"\xef\xbb\xbf"
       "a\nb\n",
       {{1, "a"}, {2, "b"}}},
      {"\xef\xbb\xbf", {}},
      {"\xef\xbb", {{1, "\xef\xbb"}}},
      {"a\xef\xbb\xbf\n", {{1, "a\xef\xbb\xbf"}}},
      {std::string("a\0b\n", 4), {{1, std::string("a\0b", 3)}}},
  };
  for (const Row& row : rows) {
    for (const size_t piece : {size_t{1}, size_t{2}, size_t{3}, SIZE_MAX}) {
      SCOPED_TRACE(row.text);
      EXPECT_EQ(ReadAll(row.text, piece, false), row.found);
    }
  }
}

TEST(LineReaderTest, LimitOfALine) {
  const std::string most(kRecordSizeMax, 'x');
  EXPECT_EQ(ReadAll(most + "\nb\n", SIZE_MAX, false), (std::vector<Found>{{1, most}, {2, "b"}}));
  for (const std::string& over : {most + "x", most + most + most}) {
    EXPECT_EQ(ReadAll("a\n" + over + "\nb\n", SIZE_MAX, false),
              (std::vector<Found>{{1, "a"}, {2, "!longer than 8 MB"}, {3, "b"}}));
    EXPECT_EQ(ReadAll("a\n" + over, SIZE_MAX, false),
              (std::vector<Found>{{1, "a"}, {2, "!longer than 8 MB"}}));
  }
}

TEST(LineReaderTest, AnInterruptionLosesNothing) {
  TextSource source("a\nb\n", 1);
  InputBuffer buffer(&source);
  const auto reader = NewLineReader(&buffer);
  SourceRecord record;
  std::string all;
  for (int left = 40; left > 0; --left) {
    source.InterruptNext(1);
    const Result<bool> more = reader->Next(&record);
    if (!more.ok()) {
      EXPECT_TRUE(more.status().Is(ErrorCode::kUnavailable));
      source.InterruptNext(0);
      const Result<bool> again = reader->Next(&record);
      ASSERT_TRUE(again.ok());
      if (!*again) break;
    } else if (!*more) {
      break;
    }
    all += std::string(record.text) + ".";
  }
  EXPECT_EQ(all, "a.b.");
}

TEST(CsvReaderTest, Rows) {
  const Row rows[] = {
      {"", {}},
      {"a,b\nc,d\n", {{1, "[a][b]"}, {2, "[c][d]"}}},
      {"a,b\r\n\r\nc,d", {{1, "[a][b]"}, {3, "[c][d]"}}},
      {"\"a\nb\",c\nd,e\n", {{1, "[a\nb][c]"}, {3, "[d][e]"}}},
      {"\xef\xbb\xbf\"a\",b\n", {{1, "[a][b]"}}},
      {"a,x\"y\nc,d\n", {{1, "!a quote inside a field that is not quoted"}, {2, "[c][d]"}}},
      {"a,\"b\nc,d\ne,f\n",
       {{1, "!a quoted field has no closing quote"}, {2, "[c][d]"}, {3, "[e][f]"}}},
      {"\"a\nb\"x\nc,d\n", {{1, "!text after the closing quote of a field"}, {3, "[c][d]"}}},
  };
  for (const Row& row : rows) {
    for (const size_t piece : {size_t{1}, size_t{2}, size_t{3}, SIZE_MAX}) {
      SCOPED_TRACE(row.text);
      std::vector<Found> found = ReadAll(row.text, piece, true);
      EXPECT_EQ(found, row.found);
    }
  }
}

TEST(CsvReaderTest, AnEndlessQuoteCostsItsLine) {
  const std::string filler(1 << 20, 'x');
  std::string text = "a,\"b\n";
  for (int i = 0; i < 10; ++i) text += filler + "\n";
  const std::vector<Found> found = ReadAll(text, SIZE_MAX, true);
  ASSERT_EQ(found.size(), 11u);
  EXPECT_EQ(found[0].line, 1u);
  EXPECT_EQ(found[0].text[0], '!');
  EXPECT_EQ(found[1], (Found{2, "[" + filler + "]"}));
}

// What is left of it behind the limit is no record, although it may look like one.
TEST(CsvReaderTest, ALineThatIsTooLongIsGivenUpToItsEnd) {
  const std::string most(kRecordSizeMax, 'x');
  for (const size_t piece : {kRecordSizeMax / 4, SIZE_MAX}) {
    for (const std::string end : {"", "\n", "\nb,2\n"}) {
      std::vector<Found> found = {{1, "[a][1]"},
                                  {2, "!a record longer than 8 MB; is a closing quote missing?"}};
      if (end.size() > 1) found.push_back({3, "[b][2]"});
      EXPECT_EQ(ReadAll("a,1\n" + most + most + most + "tail,2" + end, piece, true), found);
    }
  }
}

TEST(InputBufferTest, SkipsToAPlace) {
  TextSource source("one\ntwo\nthree\n", 2);
  InputBuffer buffer(&source);
  ASSERT_TRUE(buffer.SkipTo(8, 3).ok());
  const auto reader = NewLineReader(&buffer);
  SourceRecord record;
  ASSERT_TRUE(*reader->Next(&record));
  EXPECT_EQ(record.text, "three");
  EXPECT_EQ(record.line, 3u);
  EXPECT_EQ(record.offset, 8u);
}

TEST(InputBufferTest, CannotSkipBehindTheEnd) {
  TextSource source("one\n");
  InputBuffer buffer(&source);
  EXPECT_TRUE(buffer.SkipTo(5, 2).Is(ErrorCode::kValidation));
}

TEST(InputBufferTest, RefusesUtf16) {
  for (const std::string text : {"\xff\xfe"
                                 "a",
                                 "\xfe\xff"
                                 "a"}) {
    TextSource source(text);
    InputBuffer buffer(&source);
    EXPECT_NE(buffer.Fill().message().find("UTF-16"), std::string::npos);
  }
}

}  // namespace
}  // namespace millrace
