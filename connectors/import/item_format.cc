#include "connectors/import/item_format.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "connectors/import/plain_json.h"
#include "engine/json/attribute_value.h"
#include "engine/model/item.h"
#include "engine/model/utf8.h"

namespace millrace {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

Status BadOption(std::string text) {
  return Status(ErrorCode::kInvalidParameterValue, std::move(text));
}

// "a, b, c", cut when it is long.
std::string ListOf(const std::vector<std::string>& names) {
  constexpr size_t kShownMax = 10;
  std::string list;
  for (size_t i = 0; i < names.size() && i < kShownMax; ++i) {
    list += (i == 0 ? "" : ", ") + names[i];
  }
  return names.size() > kShownMax ? list + ", ..." : list;
}

}  // namespace

std::optional<ImportFormat> ParseImportFormat(std::string_view name) {
  for (const ImportFormat format :
       {ImportFormat::kCsv, ImportFormat::kJsonLines, ImportFormat::kDynamoDbJson}) {
    if (WireName(format) == name) return format;
  }
  return std::nullopt;
}

std::string_view WireName(ImportFormat format) {
  switch (format) {
    case ImportFormat::kCsv:
      return "csv";
    case ImportFormat::kJsonLines:
      return "jsonl";
    case ImportFormat::kDynamoDbJson:
      return "dynamodb-json";
  }
  return "";
}

std::optional<ImportFormat> GuessFormat(std::string_view path, std::string_view first_bytes) {
  if (EndsWith(path, ".gz")) path.remove_suffix(3);
  if (EndsWith(path, ".csv")) return ImportFormat::kCsv;
  const auto skip = [&first_bytes](std::string_view token) {
    first_bytes.remove_prefix(std::min(first_bytes.find_first_not_of(kSpace), first_bytes.size()));
    if (first_bytes.substr(0, token.size()) != token) return false;
    first_bytes.remove_prefix(token.size());
    return true;
  };
  if (!skip("{")) return std::nullopt;
  if (skip("\"Item\"") && skip(":") && skip("{")) return ImportFormat::kDynamoDbJson;
  // A bare item's attributes are objects, {"S": "text"}; what has anything else is plain JSON.
  if (!skip("\"")) return std::nullopt;
  while (!first_bytes.empty() && first_bytes[0] != '"') {
    first_bytes.remove_prefix(std::min<size_t>(first_bytes[0] == '\\' ? 2 : 1, first_bytes.size()));
  }
  if (!skip("\"") || !skip(":")) return std::nullopt;
  const bool object = skip("{");
  return object || first_bytes.empty() ? std::nullopt : std::optional(ImportFormat::kJsonLines);
}

Result<ColumnTypes> ParseColumnTypes(std::string_view text) {
  ColumnTypes types;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    const size_t colon = one.rfind(':');
    const auto type = colon == one.npos ? std::nullopt : ParseValueType(one.substr(colon + 1));
    if (!type || colon == 0) {
      return BadOption("'" + std::string(one) +
                       "' is not NAME:TYPE with one of S, N, B, BOOL, NULL, SS, NS, BS, L, M");
    }
    types[std::string(one.substr(0, colon))] = *type;
  }
  return types;
}

ItemMaker::ItemMaker(const KeySchema& schema, const FormatOptions& options)
    : schema_(schema), options_(options) {}

std::vector<std::string> ItemMaker::NamesIn(const SourceRecord& header) const {
  std::vector<std::string> names;
  for (const CsvField& field : header.fields) names.push_back(field.Text(options_.csv.quote));
  return names;
}

std::optional<ValueType> ItemMaker::TypeOf(std::string_view name) const {
  if (const auto type = options_.types.find(name); type != options_.types.end()) {
    return type->second;
  }
  if (name == schema_.hash.name) return schema_.hash.type;
  if (schema_.range && name == schema_.range->name) return schema_.range->type;
  return std::nullopt;
}

Status ItemMaker::SetColumns(std::vector<std::string> columns) {
  std::set<std::string_view> seen;
  for (const std::string& name : columns) {
    if (name.empty()) return Status::Validation("a column has no name");
    if (!IsValidUtf8(name)) return Status::Validation("a column's name is not valid UTF-8");
    if (!seen.insert(name).second) {
      return Status::Validation("two columns have the name '" + name + "'");
    }
  }
  for (const KeyAttribute* key : {&schema_.hash, schema_.range ? &*schema_.range : nullptr}) {
    if (key != nullptr && seen.count(key->name) == 0) {
      return Status::Validation("no column has the name of the key attribute '" + key->name +
                                "': they are " + ListOf(columns) +
                                "; --columns names them if there is no header");
    }
  }
  for (const auto& [name, type] : options_.types) {
    if (seen.count(name) == 0) {
      return Status::Validation("a type is given for '" + name + "', and no column has that name");
    }
  }
  columns_ = std::move(columns);
  column_types_.clear();
  for (const std::string& name : columns_) {
    column_types_.push_back(TypeOf(name).value_or(ValueType::kString));
  }
  return Status::Ok();
}

Result<ImportItem> ItemMaker::Make(const SourceRecord& record) {
  ImportItem item;
  JsonValue attributes;
  if (options_.format == ImportFormat::kDynamoDbJson) {
    ASSIGN_OR_RETURN(item.json, DynamoDbItem(record.text, &attributes));
  } else {
    if (options_.format == ImportFormat::kCsv) {
      ASSIGN_OR_RETURN(item.json, CsvItem(record.fields));
    } else {
      ASSIGN_OR_RETURN(item.json, PlainItem(record.text));
    }
    ASSIGN_OR_RETURN(attributes, Parse(item.json));
  }
  const Result<Value> decoded = DecodeAttributeMap(attributes);
  if (!decoded.ok()) {
    if (!decoded.status().message().empty()) return decoded.status();
    return Status::Validation("not an item in DynamoDB's JSON");
  }
  bytes_ = EncodeItem(*decoded);
  RETURN_IF_ERROR(CheckItemSize(ItemView(bytes_)));
  ASSIGN_OR_RETURN(item.key, KeyOfItem(schema_, ItemView(bytes_)));
  item.bytes = bytes_;
  return item;
}

Result<JsonValue> ItemMaker::Parse(std::string_view text) {
  Result<JsonValue> root = parser_.Parse(text);
  if (root.ok() && root->Is(JsonKind::kObject)) return root;
  if (root.ok()) return Status::Validation("not a JSON object");
  return Status::Validation(IsValidUtf8(text) ? "not valid JSON" : "not valid UTF-8");
}

// The object of attributes in a line, as text and parsed: it goes to the server as it stands.
Result<std::string_view> ItemMaker::DynamoDbItem(std::string_view line, JsonValue* attributes) {
  ASSIGN_OR_RETURN(const JsonValue root, Parse(line));
  const std::optional<JsonValue> item = root.size() == 1 ? root.Find("Item") : std::nullopt;
  if (item && item->Is(JsonKind::kObject)) {
    *attributes = *item;
    return JsonMembers(line).Next().value;
  }
  *attributes = root;
  return line;
}

Result<std::string_view> ItemMaker::PlainItem(std::string_view line) {
  ASSIGN_OR_RETURN(const JsonValue root, Parse(line));
  JsonMembers members(line);
  text_ = "{";
  RETURN_IF_ERROR(root.ForEachMember([&](std::string_view name, JsonValue value) -> Status {
    const JsonMembers::Member member = members.Next();
    if (options_.skip_nulls && value.Is(JsonKind::kNull)) return Status::Ok();
    if (text_.size() > 1) text_.push_back(',');
    text_.append(member.name).push_back(':');
    const Status done = AppendAttribute(member.value, value, TypeOf(name), &text_);
    if (done.ok()) return done;
    return Status::Validation("'" + std::string(name) + "': " + done.message());
  }));
  text_.push_back('}');
  return std::string_view(text_);
}

Result<std::string_view> ItemMaker::CsvItem(const std::vector<CsvField>& fields) {
  if (fields.size() != columns_.size()) {
    return Status::Validation(std::to_string(fields.size()) +
                              (fields.size() == 1 ? " field" : " fields") + " where there are " +
                              std::to_string(columns_.size()) + " columns");
  }
  text_ = "{";
  bool first = true;
  for (size_t i = 0; i < fields.size(); ++i) {
    const Status done = AppendField(i, fields[i], &first);
    if (!done.ok()) return Status::Validation("'" + columns_[i] + "': " + done.message());
  }
  text_.push_back('}');
  return std::string_view(text_);
}

Status ItemMaker::AppendField(size_t column, const CsvField& field, bool* first) {
  const ValueType type = column_types_[column];
  const bool empty = field.raw.empty() && !(field.quoted && type == ValueType::kString);
  if (empty && options_.empty_field == EmptyField::kOmit) return Status::Ok();
  if (!*first) text_.push_back(',');
  *first = false;
  JsonWriter(&text_).Key(columns_[column]);
  if (empty) {
    text_.append(options_.empty_field == EmptyField::kNull ? "{\"NULL\":true}" : "{\"S\":\"\"}");
    return Status::Ok();
  }
  return AppendTyped(field, type);
}

Status ItemMaker::AppendTyped(const CsvField& field, ValueType type) {
  const std::string text = field.Text(options_.csv.quote);
  JsonWriter writer(&text_);
  if (type == ValueType::kString || type == ValueType::kNumber || type == ValueType::kBinary) {
    writer.BeginObject();
    writer.Key(WireName(type));
    writer.String(text);
    writer.EndObject();
    return Status::Ok();
  }
  if (type == ValueType::kNull) {
    text_.append("{\"NULL\":true}");
    return Status::Ok();
  }
  if (type == ValueType::kBool) {
    std::string word = text;
    for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const bool yes = word == "true" || word == "1";
    if (!yes && word != "false" && word != "0") {
      return Status::Validation("'" + text.substr(0, 40) + "' is not true, false, 1 or 0");
    }
    text_.append(yes ? "{\"BOOL\":true}" : "{\"BOOL\":false}");
    return Status::Ok();
  }
  const Result<JsonValue> value = field_parser_.Parse(text);
  if (!value.ok()) return Status::Validation("not valid JSON, which a column of this type holds");
  const size_t begin = text.find_first_not_of(kSpace);
  const size_t end = text.find_last_not_of(kSpace) + 1;
  return AppendAttribute(std::string_view(text).substr(begin, end - begin), *value, type, &text_);
}

}  // namespace millrace
