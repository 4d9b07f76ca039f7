#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "connectors/import/item_format.h"
#include "engine/base/random.h"
#include "tests/unit/import/text_source.h"

// Seeded random input: whatever comes, the pieces in which it comes make no difference, every byte
// belongs to one record, and what is made an item can be parsed.
namespace millrace {
namespace {

std::string RandomText(Random* random, std::string_view alphabet) {
  std::string text;
  const size_t size = random->Uniform(120);
  for (size_t i = 0; i < size; ++i) text.push_back(alphabet[random->Uniform(alphabet.size())]);
  return text;
}

struct Split {
  std::vector<std::string> records;
  std::vector<uint64_t> lines;
  bool operator==(const Split&) const = default;
};

Split SplitText(const std::string& text, size_t piece, bool csv) {
  TextSource source(text, piece);
  InputBuffer buffer(&source);
  const auto reader = csv ? NewCsvReader(&buffer, {}) : NewLineReader(&buffer);
  Split split;
  SourceRecord record;
  uint64_t end = 0;
  while (*reader->Next(&record)) {
    EXPECT_GE(record.offset, end);
    EXPECT_GT(record.next_offset, record.offset);
    end = record.next_offset;
    std::string shown = record.problem;
    for (const CsvField& field : record.fields) shown += "[" + field.Text('"') + "]";
    split.records.push_back(csv ? shown : std::string(record.text));
    split.lines.push_back(record.line);
  }
  EXPECT_LE(end, text.size());
  return split;
}

TEST(SplitFuzzTest, PiecesMakeNoDifference) {
  for (uint64_t seed = 1; seed <= 4000; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const bool csv = random.OneIn(2);
    const std::string text = RandomText(&random, "a,\"\"\n\r\xc3\xa9 ");
    const Split whole = SplitText(text, SIZE_MAX, csv);
    EXPECT_EQ(SplitText(text, 1 + random.Uniform(9), csv), whole);
  }
}

// What a writer of CSV wrote is read again.
TEST(SplitFuzzTest, CsvRoundTrip) {
  for (uint64_t seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    std::string text;
    std::vector<std::string> expected;
    for (size_t rows = random.Uniform(6); rows > 0; --rows) {
      std::string shown;
      for (int i = 0; i < 3; ++i) {
        const std::string field = RandomText(&random, "ab,\"\n\r").substr(0, random.Uniform(8));
        shown += "[" + field + "]";
        text += i > 0 ? ",\"" : "\"";
        for (const char c : field) text += c == '"' ? "\"\"" : std::string(1, c);
        text += "\"";
      }
      expected.push_back(shown);
      text += random.OneIn(2) ? "\n" : "\r\n";
    }
    EXPECT_EQ(SplitText(text, 1 + random.Uniform(20), true).records, expected);
  }
}

TEST(SplitFuzzTest, AnyLineIsAnItemOrRefused) {
  KeySchema schema;
  schema.hash = {"a", ValueType::kString};
  size_t items = 0;
  for (uint64_t seed = 1; seed <= 6000; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    FormatOptions options;
    options.format = random.OneIn(2) ? ImportFormat::kDynamoDbJson : ImportFormat::kJsonLines;
    ItemMaker maker(schema, options);
    std::string text = R"({"Item":{"a":{"S":"x"},"b":{"L":[{"N":"1.5"},{"M":{}}]}}})";
    if (options.format == ImportFormat::kJsonLines) {
      text = R"({"a":"x\"y","b":[1.5,{"c":null,"d":[true,[]]}]})";
    }
    for (size_t edits = random.Uniform(4); edits > 0; --edits) {
      const size_t at = random.Uniform(text.size());
      const char c = "{}[]\",:\\ax1 \n\xff"[random.Uniform(15)];
      if (random.OneIn(3)) {
        text.erase(at, 1);
      } else if (random.OneIn(2)) {
        text.insert(at, 1, c);
      } else {
        text[at] = c;
      }
    }
    SourceRecord record;
    record.text = text;
    const Result<ImportItem> item = maker.Make(record);
    if (!item.ok()) {
      EXPECT_FALSE(item.status().message().empty());
      continue;
    }
    ++items;
    JsonParser parser;
    const auto root = parser.Parse(item->json);
    ASSERT_TRUE(root.ok() && root->Is(JsonKind::kObject)) << item->json;
  }
  EXPECT_GT(items, 1000u);
}

}  // namespace
}  // namespace millrace
