#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/import/record_reader.h"
#include "engine/base/status.h"
#include "engine/json/json.h"
#include "engine/model/schema.h"
#include "engine/model/value.h"

namespace millrace {

enum class ImportFormat { kCsv, kJsonLines, kDynamoDbJson };
std::optional<ImportFormat> ParseImportFormat(std::string_view name);  // csv, jsonl, dynamodb-json
std::string_view WireName(ImportFormat format);
// From a file's name, or the first bytes of what it holds: {"Item": is DynamoDB's, an attribute
// that isn't an object plain JSON's; null: can't be told.
std::optional<ImportFormat> GuessFormat(std::string_view path, std::string_view first_bytes);

// What an empty CSV field without quotes becomes. One of "" is always an empty string, if it is an
// S.
enum class EmptyField { kOmit, kString, kNull };

using ColumnTypes = std::map<std::string, ValueType, std::less<>>;
// "price:N,tags:SS". Error: kInvalidParameterValue.
Result<ColumnTypes> ParseColumnTypes(std::string_view text);

struct FormatOptions {
  ImportFormat format = ImportFormat::kJsonLines;
  ColumnTypes types;  // attributes not named here: S in CSV, as their notation says in JSON
  CsvDialect csv;
  std::vector<std::string> columns;  // of CSV without a header; empty: the first record names them
  EmptyField empty_field = EmptyField::kOmit;
  bool skip_nulls = false;  // null members of JSON lines are left out
};

// An item as BatchWriteItem takes it, and its key. The views hold until the next one is made.
struct ImportItem {
  std::string_view json;
  std::string_view bytes;  // item bytes; for tests and sizes
  ItemKey key;
};

// Makes items of records, and refuses those that the server would refuse, with AWS's texts:
// whatever passes can be written. Single-threaded.
class ItemMaker {
 public:
  ItemMaker(const KeySchema& schema, const FormatOptions& options);

  // CSV's columns: before the first Make. Error: kValidation: an empty or repeated name, or no
  // column for a key attribute.
  Status SetColumns(std::vector<std::string> columns);
  bool NeedsHeader() const { return options_.format == ImportFormat::kCsv && columns_.empty(); }
  const std::vector<std::string>& columns() const { return columns_; }
  // The names in a header.
  std::vector<std::string> NamesIn(const SourceRecord& header) const;

  // Requires a record without a problem. Errors: kValidation, with the reason for people.
  Result<ImportItem> Make(const SourceRecord& record);

 private:
  Result<JsonValue> Parse(std::string_view text);
  Result<std::string_view> DynamoDbItem(std::string_view line, JsonValue* attributes);
  Result<std::string_view> PlainItem(std::string_view line);
  Result<std::string_view> CsvItem(const std::vector<CsvField>& fields);
  Status AppendField(size_t column, const CsvField& field, bool* first);
  Status AppendTyped(const CsvField& field, ValueType type);
  std::optional<ValueType> TypeOf(std::string_view name) const;

  const KeySchema schema_;
  const FormatOptions options_;
  std::vector<std::string> columns_;
  std::vector<ValueType> column_types_;
  JsonParser parser_;
  JsonParser field_parser_;  // of lists and maps within CSV
  std::string text_;         // of an item that had to be converted
  std::string bytes_;
};

}  // namespace millrace
