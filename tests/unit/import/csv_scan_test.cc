#include "connectors/import/csv_scan.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace {
namespace {

using Outcome = CsvScan::Outcome;

struct Row {
  std::string text;
  bool at_end;
  Outcome outcome;
  size_t size;
  std::vector<std::string> fields;  // of a record
  char delimiter = ',';
};

TEST(CsvScanTest, Rows) {
  const Row rows[] = {
      {"a,b\n", false, Outcome::kRecord, 4, {"a", "b"}},
      {"a,b\r\nc", false, Outcome::kRecord, 5, {"a", "b"}},
      {"a,b", true, Outcome::kRecord, 3, {"a", "b"}},
      {"a,b\r", true, Outcome::kRecord, 4, {"a", "b"}},
      {"a,b", false, Outcome::kNeedsMore, 0, {}},
      {"", false, Outcome::kNeedsMore, 0, {}},
      {"\n", false, Outcome::kRecord, 1, {""}},
      {",\n", false, Outcome::kRecord, 2, {"", ""}},
      {"a,", true, Outcome::kRecord, 2, {"a", ""}},
      {"a;b,c\n", false, Outcome::kRecord, 6, {"a", "b,c"}, ';'},
      {"a\tb\n", false, Outcome::kRecord, 4, {"a", "b"}, '\t'},
      {" a , b \n", false, Outcome::kRecord, 8, {" a ", " b "}},
      {"a\rb\n", false, Outcome::kRecord, 4, {"a\rb"}},
      {"\"a\",\"b\"\n", false, Outcome::kRecord, 8, {"a", "b"}},
      {"\"a,b\"\n", false, Outcome::kRecord, 6, {"a,b"}},
      {"\"a\nb\"\n", false, Outcome::kRecord, 6, {"a\nb"}},
      {"\"a\r\nb\"\r\nc", false, Outcome::kRecord, 8, {"a\r\nb"}},
      {"\"a\"\"b\"\n", false, Outcome::kRecord, 7, {"a\"b"}},
      {"\"\"\"\"\n", false, Outcome::kRecord, 5, {"\""}},
      {"\"\"\"\"\"\"\n", false, Outcome::kRecord, 7, {"\"\""}},
      {"\"\",x\n", false, Outcome::kRecord, 5, {"", "x"}},
      {"\"a\"", true, Outcome::kRecord, 3, {"a"}},
      {"\"a\"\r", true, Outcome::kRecord, 4, {"a"}},
      {"\"a\"", false, Outcome::kNeedsMore, 0, {}},  // a second quote may follow
      {"\"a\"\r", false, Outcome::kNeedsMore, 0, {}},
      {"\"a", false, Outcome::kNeedsMore, 0, {}},
      {"a,\"b\nc\nd", false, Outcome::kNeedsMore, 0, {}},
      // An unclosed quote costs its first line only.
      {"a,\"b\nc\nd", true, Outcome::kMalformed, 5, {}},
      {"\"a", true, Outcome::kMalformed, 2, {}},
      {"a\"b,c\nd\n", false, Outcome::kMalformed, 6, {}},
      {"a\"b", false, Outcome::kNeedsMore, 0, {}},
      {"a\"b", true, Outcome::kMalformed, 3, {}},
      {"\"a\"b,c\nd\n", false, Outcome::kMalformed, 7, {}},
      {"\"a\" ,c\n", false, Outcome::kMalformed, 7, {}},
      {"\"a\"\rb\n", false, Outcome::kMalformed, 6, {}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.text + (row.at_end ? " (end)" : ""));
    std::vector<CsvField> fields;
    const CsvScan scan = ScanCsvRecord(row.text, row.at_end, {row.delimiter, '"'}, &fields);
    ASSERT_EQ(scan.outcome, row.outcome);
    EXPECT_EQ(scan.size, row.size);
    EXPECT_EQ(scan.problem.empty(), row.outcome != Outcome::kMalformed);
    if (row.outcome != Outcome::kRecord) continue;
    std::vector<std::string> texts;
    for (const CsvField& field : fields) texts.push_back(field.Text('"'));
    EXPECT_EQ(texts, row.fields);
  }
}

TEST(CsvScanTest, SaysWhatIsWrong) {
  std::vector<CsvField> fields;
  EXPECT_EQ(ScanCsvRecord("\"a\n", true, {}, &fields).problem,
            "a quoted field has no closing quote");
  EXPECT_EQ(ScanCsvRecord("a\"\n", true, {}, &fields).problem,
            "a quote inside a field that is not quoted");
  EXPECT_EQ(ScanCsvRecord("\"a\"b\n", true, {}, &fields).problem,
            "text after the closing quote of a field");
}

TEST(CsvScanTest, KnowsQuotedFromEmpty) {
  std::vector<CsvField> fields;
  ScanCsvRecord("\"\",\n", true, {}, &fields);
  EXPECT_TRUE(fields[0].quoted);
  EXPECT_FALSE(fields[1].quoted);
}

}  // namespace
}  // namespace millrace
