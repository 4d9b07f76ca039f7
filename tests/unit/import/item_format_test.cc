#include "connectors/import/item_format.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/import/text_source.h"

namespace millrace {
namespace {

KeySchema SchemaOf(ValueType pk) {
  KeySchema schema;
  schema.hash = {"pk", pk};
  return schema;
}

// The item's text of a record, or "!" and the reason.
std::string Made(ItemMaker* maker, const SourceRecord& record) {
  const Result<ImportItem> item = maker->Make(record);
  return item.ok() ? std::string(item->json) : "!" + item.status().message();
}

struct Row {
  std::string line;
  std::string item;
};

TEST(ItemMakerTest, DynamoDbJson) {
  FormatOptions options;
  options.format = ImportFormat::kDynamoDbJson;
  ItemMaker maker(SchemaOf(ValueType::kString), options);
  const std::string empty =
      "!Supplied AttributeValue is empty, must contain exactly one of the supported datatypes";
  const Row rows[] = {
      {R"({"Item":{"pk":{"S":"a"}}})", R"({"pk":{"S":"a"}})"},
      {R"( { "Item" : {"pk": {"S":"a"} , "n":{"N":"1.50"}} } )",
       R"({"pk": {"S":"a"} , "n":{"N":"1.50"}})"},
      {R"({"pk":{"S":"a"}})", R"({"pk":{"S":"a"}})"},
      {R"({"pk":{"S":"a"},"Item":{"S":"x"}})", R"({"pk":{"S":"a"},"Item":{"S":"x"}})"},
      {R"({"Item":{"n":{"N":"1"}}})",
       "!One or more parameter values were invalid: Missing the key pk in the item"},
      {R"({"Item":{"pk":{"N":"1"}}})",
       "!One or more parameter values were invalid: Type mismatch for key pk expected: S actual: "
       "N"},
      {R"({"Item":{"pk":{}}})", empty},
      {R"({"pk":"a"})", "!Unexpected value type in payload"},
      {"{", "!not valid JSON"},
      {"[]", "!not a JSON object"},
      {"12", "!not a JSON object"},
      {R"({"pk":{"S":"a"}} x)", "!not valid JSON"},
      {"{\"pk\":{\"S\":\"\xff\"}}", "!not valid UTF-8"},
  };
  for (const Row& row : rows) {
    SourceRecord record;
    record.text = row.line;
    const std::string made = Made(&maker, record);
    if (row.item == "!Unexpected value type in payload") {
      EXPECT_EQ(made[0], '!') << row.line;
    } else {
      EXPECT_EQ(made, row.item) << row.line;
    }
  }
}

TEST(ItemMakerTest, ItemSizeAtItsLimit) {
  FormatOptions options;
  options.format = ImportFormat::kDynamoDbJson;
  ItemMaker maker(SchemaOf(ValueType::kString), options);
  const auto line = [](size_t size) {  // pk and a count 4
    return "{\"pk\":{\"S\":\"a\"},\"b\":{\"S\":\"" + std::string(size - 4, 'x') + "\"}}";
  };
  SourceRecord record;
  const std::string most = line(400 << 10);
  record.text = most;
  EXPECT_TRUE(maker.Make(record).ok());
  const std::string over = line((400 << 10) + 1);
  record.text = over;
  EXPECT_EQ(maker.Make(record).status().message(),
            "Item size has exceeded the maximum allowed size");
}

TEST(ItemMakerTest, PlainJson) {
  FormatOptions options;
  options.types = *ParseColumnTypes("zip:S,tags:SS");
  options.skip_nulls = true;
  ItemMaker maker(SchemaOf(ValueType::kNumber), options);
  const Row rows[] = {
      {R"({"pk": 1, "zip": 30320, "tags": ["a"], "gone": null, "deep": {"n": null}})",
       R"({"pk":{"N":"1"},"zip":{"S":"30320"},"tags":{"SS":["a"]},"deep":{"M":{"n":{"NULL":true}}}})"},
      {R"({"pk": "17"})", R"({"pk":{"N":"17"}})"},  // the key's type is the table's
      {R"({"pk": "x"})", "!The parameter cannot be converted to a numeric value: x"},
      {R"({"pk": 1, "tags": "a"})", "!'tags': a string can't be of type SS"},
      {R"({"pk": 1, "tags": []})",
       "!One or more parameter values were invalid: An string set  may not be empty"},
      {R"({"pk": 123456789012345678901234567890123456789})",
       "!Attempting to store more than 38 significant digits in a Number"},
      {"{}", "!One or more parameter values were invalid: Missing the key pk in the item"},
  };
  for (const Row& row : rows) {
    SourceRecord record;
    record.text = row.line;
    EXPECT_EQ(Made(&maker, record), row.item) << row.line;
  }
}

struct CsvRow {
  std::string line;
  EmptyField empty;
  std::string item;
};

TEST(ItemMakerTest, Csv) {
  const CsvRow rows[] = {
      {"1,a,,", EmptyField::kOmit, R"({"pk":{"N":"1"},"s":{"S":"a"}})"},
      {"1,,2,true", EmptyField::kString,
       R"({"pk":{"N":"1"},"s":{"S":""},"n":{"N":"2"},"b":{"BOOL":true}})"},
      {"1,,2,0", EmptyField::kNull,
       R"({"pk":{"N":"1"},"s":{"NULL":true},"n":{"N":"2"},"b":{"BOOL":false}})"},
      {"1,\"\",\"\",", EmptyField::kOmit, R"({"pk":{"N":"1"},"s":{"S":""}})"},
      {"1,\"a \"\"b\"\"\nc\",,FALSE", EmptyField::kOmit,
       R"({"pk":{"N":"1"},"s":{"S":"a \"b\"\nc"},"b":{"BOOL":false}})"},
      {"1,a,x,", EmptyField::kOmit, "!The parameter cannot be converted to a numeric value: x"},
      {"1,a,1,maybe", EmptyField::kOmit, "!'b': 'maybe' is not true, false, 1 or 0"},
      {"1,a", EmptyField::kOmit, "!2 fields where there are 4 columns"},
      {"1,a,2,true,x", EmptyField::kOmit, "!5 fields where there are 4 columns"},
      {"1", EmptyField::kOmit, "!1 field where there are 4 columns"},
      {"1,\xff,,", EmptyField::kOmit, "!not valid UTF-8"},
      {",a,,", EmptyField::kOmit,
       "!One or more parameter values were invalid: Missing the key pk in the item"},
  };
  for (const CsvRow& row : rows) {
    FormatOptions options;
    options.format = ImportFormat::kCsv;
    options.empty_field = row.empty;
    options.types = *ParseColumnTypes("n:N,b:BOOL");
    ItemMaker maker(SchemaOf(ValueType::kNumber), options);
    ASSERT_TRUE(maker.SetColumns({"pk", "s", "n", "b"}).ok());
    SourceRecord record;
    ScanCsvRecord(row.line, true, options.csv, &record.fields);
    EXPECT_EQ(Made(&maker, record), row.item) << row.line;
  }
}

TEST(ItemMakerTest, CsvOfEveryType) {
  FormatOptions options;
  options.format = ImportFormat::kCsv;
  options.types = *ParseColumnTypes("bin:B,no:NULL,ss:SS,ns:NS,bs:BS,l:L,m:M");
  ItemMaker maker(SchemaOf(ValueType::kString), options);
  ASSERT_TRUE(maker.SetColumns({"pk", "bin", "no", "ss", "ns", "bs", "l", "m"}).ok());
  SourceRecord record;
  const std::string line =
      R"(a,YQ==,x,"[""x""]","[1,2]","[""YQ==""]","[1, ""a""]","{""k"": [null]}")";
  ScanCsvRecord(line, true, options.csv, &record.fields);
  EXPECT_EQ(Made(&maker, record),
            R"({"pk":{"S":"a"},"bin":{"B":"YQ=="},"no":{"NULL":true},"ss":{"SS":["x"]},)"
            R"("ns":{"NS":["1","2"]},"bs":{"BS":["YQ=="]},"l":{"L":[{"N":"1"},{"S":"a"}]},)"
            R"("m":{"M":{"k":{"L":[{"NULL":true}]}}}})");
  const std::string bad = "a,,,{,,,,";
  ScanCsvRecord(bad, true, options.csv, &record.fields);
  EXPECT_EQ(Made(&maker, record), "!'ss': not valid JSON, which a column of this type holds");
}

TEST(ItemMakerTest, Columns) {
  FormatOptions options;
  options.format = ImportFormat::kCsv;
  options.types = *ParseColumnTypes("n:N");
  ItemMaker maker(SchemaOf(ValueType::kString), options);
  EXPECT_TRUE(maker.NeedsHeader());
  EXPECT_FALSE(maker.SetColumns({"pk", "pk", "n"}).ok());
  EXPECT_FALSE(maker.SetColumns({"pk", "", "n"}).ok());
  EXPECT_FALSE(maker.SetColumns({"pk", "\xff", "n"}).ok());
  EXPECT_FALSE(maker.SetColumns({"id", "n"}).ok());
  EXPECT_FALSE(maker.SetColumns({"pk"}).ok());
  EXPECT_TRUE(maker.SetColumns({"n", "pk"}).ok());
  EXPECT_FALSE(maker.NeedsHeader());
}

TEST(GuessFormatTest, Rows) {
  EXPECT_EQ(GuessFormat("a.csv", ""), ImportFormat::kCsv);
  EXPECT_EQ(GuessFormat("a.csv.gz", "x"), ImportFormat::kCsv);
  EXPECT_EQ(GuessFormat("a.json", " { \"Item\" : {\"pk\""), ImportFormat::kDynamoDbJson);
  EXPECT_EQ(GuessFormat("-", "{\"Item\":{"), ImportFormat::kDynamoDbJson);
  EXPECT_EQ(GuessFormat("a.json", "{\"Item\": 1"), std::nullopt);
  EXPECT_EQ(GuessFormat("a.json", "{\"pk\": {\"S\""), std::nullopt);
  EXPECT_EQ(GuessFormat("a.json", " { \"a \\\" :\" : 1"), ImportFormat::kJsonLines);
  EXPECT_EQ(GuessFormat("-", "{\"pk\":\"text\"}"), ImportFormat::kJsonLines);
  EXPECT_EQ(GuessFormat("-", "{\"pk\":"), std::nullopt);
  EXPECT_EQ(GuessFormat("-", "{\"pk\\"), std::nullopt);
  EXPECT_EQ(GuessFormat("-", "{}"), std::nullopt);
}

TEST(ParseColumnTypesTest, Rows) {
  EXPECT_EQ(ParseColumnTypes("a:N,b:c:SS")->at("b:c"), ValueType::kStringSet);
  EXPECT_TRUE(ParseColumnTypes("")->empty());
  for (const char* bad : {"a", "a:", "a:n", ":N", "a:N,,b:S"}) {
    EXPECT_FALSE(ParseColumnTypes(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace millrace
