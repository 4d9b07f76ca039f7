#include "server/cli/table_settings.h"

#include <charconv>
#include <map>
#include <string_view>
#include <utility>

#include "server/cli/text.h"

namespace millrace {
namespace {

Status Invalid(std::string text) {
  return Status(ErrorCode::kInvalidParameterValue, std::move(text));
}

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  size_t begin = 0;
  for (size_t end = 0; end != text.npos; begin = end + 1) {
    end = text.find(separator, begin);
    parts.push_back(text.substr(begin, end == text.npos ? text.npos : end - begin));
  }
  return parts;
}

// "A:S+B:N"
Result<std::vector<KeyWord>> ParseKeyWords(const std::string& text) {
  std::vector<KeyWord> keys;
  for (const std::string& part : Split(text, '+')) {
    ASSIGN_OR_RETURN(KeyWord key, ParseKeyWord(part));
    keys.push_back(std::move(key));
  }
  return keys;
}

Result<int64_t> ParseUnits(const std::string& text) {
  int64_t units = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), units);
  if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && units > 0) {
    return units;
  }
  return Invalid("'" + text + "' is not a number of units a second");
}

// What follows a slash.
Status ParsePart(const std::string& part, IndexWords* index) {
  const size_t equals = part.find('=');
  const std::string name = part.substr(0, equals);
  const std::string value = equals == part.npos ? "" : part.substr(equals + 1);
  if (equals == part.npos && (name == "ALL" || name == "KEYS_ONLY")) {
    index->projection = name;
    return Status::Ok();
  }
  if (name == "INCLUDE" && !value.empty()) {
    index->projection = name;
    index->included = Split(value, ',');
    return Status::Ok();
  }
  if (name == "READ" || name == "WRITE") {
    ASSIGN_OR_RETURN((name == "READ" ? index->read_units : index->write_units), ParseUnits(value));
    return Status::Ok();
  }
  return Invalid("'/" + part +
                 "' is not /ALL, /KEYS_ONLY, /INCLUDE=ATTRIBUTE,ATTRIBUTE, /READ=N or /WRITE=N");
}

// Name and parts; the key is left to the caller.
Result<IndexWords> ParseIndex(const std::string& text, std::string* key) {
  const size_t equals = text.find('=');
  if (equals == text.npos || equals == 0) {
    return Invalid("'" + text + "' is not NAME=KEY:TYPE, for example by_city=city:S");
  }
  IndexWords index;
  index.name = text.substr(0, equals);
  const std::vector<std::string> parts = Split(text.substr(equals + 1), '/');
  *key = parts[0];
  for (size_t i = 1; i < parts.size(); ++i) RETURN_IF_ERROR(ParsePart(parts[i], &index));
  return index;
}

void WriteKeys(const std::vector<std::string>& names, const char* type, JsonWriter* writer) {
  for (const std::string& name : names) {
    writer->BeginObject();
    WriteText("AttributeName", name, writer);
    WriteText("KeyType", type, writer);
    writer->EndObject();
  }
}

std::vector<std::string> NamesOf(const std::vector<KeyWord>& keys) {
  std::vector<std::string> names;
  for (const KeyWord& key : keys) names.push_back(key.name);
  return names;
}

}  // namespace

const char kIndexHelp[] =
    "A global index is NAME=KEY:TYPE, with ,KEY:TYPE for its sort key: by_city=city:S,age:N; each "
    "of the two may be up to four attributes, by_place=country:S+city:S. A local index has the "
    "table's partition key and a sort key of its own: by_time=placed:N. What an index holds of the "
    "items comes after a slash: /ALL (what it does if you say nothing), /KEYS_ONLY, "
    "/INCLUDE=name,email. On a provisioned table it has the table's units, or /READ=5/WRITE=5.";

Result<KeyWord> ParseKeyWord(const std::string& text) {
  const size_t colon = text.rfind(':');
  const std::string type = colon == text.npos ? "" : text.substr(colon + 1);
  if (colon != 0 && (type == "S" || type == "N" || type == "B")) {
    return KeyWord{text.substr(0, colon), type};
  }
  return Invalid("'" + text + "' is not NAME:S (a string), NAME:N (a number) or NAME:B (bytes)");
}

Status CheckKeyWord(const std::string& text) {
  return ParseKeyWord(text).status();
}

Result<IndexWords> ParseGlobalIndex(const std::string& text) {
  std::string key;
  ASSIGN_OR_RETURN(IndexWords index, ParseIndex(text, &key));
  const size_t comma = key.find(',');
  ASSIGN_OR_RETURN(index.hash, ParseKeyWords(key.substr(0, comma)));
  if (comma != key.npos) {
    ASSIGN_OR_RETURN(index.range, ParseKeyWords(key.substr(comma + 1)));
  }
  return index;
}

Result<IndexWords> ParseLocalIndex(const std::string& text) {
  std::string key;
  ASSIGN_OR_RETURN(IndexWords index, ParseIndex(text, &key));
  if (key.find_first_of(",+") != key.npos) {
    return Invalid("'" + text +
                   "' is a local index, which has the table's partition key: say its sort key "
                   "alone, NAME=KEY:TYPE");
  }
  ASSIGN_OR_RETURN(index.range, ParseKeyWords(key));
  if (index.read_units || index.write_units) {
    return Invalid("a local index has no units of its own: it uses the table's");
  }
  return index;
}

Status CheckGlobalIndex(const std::string& text) {
  return ParseGlobalIndex(text).status();
}

Status CheckLocalIndex(const std::string& text) {
  return ParseLocalIndex(text).status();
}

Status CheckTag(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals != text.npos && equals > 0) return Status::Ok();
  return Invalid("'" + text + "' is not KEY=VALUE, for example team=orders");
}

void WriteStreamSpecification(const std::string& view, JsonWriter* writer) {
  writer->Key("StreamSpecification");
  writer->BeginObject();
  writer->Key("StreamEnabled");
  writer->Bool(view != "off");
  if (view != "off") WriteText("StreamViewType", view, writer);
  writer->EndObject();
}

void WriteUnits(const Units& units, JsonWriter* writer) {
  writer->Key("ProvisionedThroughput");
  writer->BeginObject();
  WriteOptional("ReadCapacityUnits", units.read, writer);
  WriteOptional("WriteCapacityUnits", units.write, writer);
  writer->EndObject();
}

void WriteTags(const std::vector<std::string>& tags, JsonWriter* writer) {
  writer->Key("Tags");
  writer->BeginArray();
  for (const std::string& tag : tags) {
    const size_t equals = tag.find('=');
    writer->BeginObject();
    WriteText("Key", tag.substr(0, equals), writer);
    writer->Key("Value");
    writer->String(tag.substr(equals + 1));
    writer->EndObject();
  }
  writer->EndArray();
}

Status WriteDefinitions(const std::vector<KeyWord>& keys, const std::vector<IndexWords>& indexes,
                        JsonWriter* writer) {
  std::vector<KeyWord> all = keys;
  for (const IndexWords& index : indexes) {
    all.insert(all.end(), index.hash.begin(), index.hash.end());
    all.insert(all.end(), index.range.begin(), index.range.end());
  }
  std::map<std::string, std::string> types;
  writer->Key("AttributeDefinitions");
  writer->BeginArray();
  for (const KeyWord& key : all) {
    const auto [known, added] = types.emplace(key.name, key.type);
    if (!added && known->second != key.type) {
      return Invalid("the key attribute " + key.name + " is said to be " + known->second + " and " +
                     key.type + ": it has one type, in the table and in all its indexes");
    }
    if (!added) continue;
    writer->BeginObject();
    WriteText("AttributeName", key.name, writer);
    WriteText("AttributeType", key.type, writer);
    writer->EndObject();
  }
  writer->EndArray();
  return Status::Ok();
}

void WriteIndex(const IndexWords& index, const std::string& table_hash,
                const std::optional<Units>& units, JsonWriter* writer) {
  WriteText("IndexName", index.name, writer);
  writer->Key("KeySchema");
  writer->BeginArray();
  const bool local = index.hash.empty();
  WriteKeys(local ? std::vector<std::string>{table_hash} : NamesOf(index.hash), "HASH", writer);
  WriteKeys(NamesOf(index.range), "RANGE", writer);
  writer->EndArray();
  writer->Key("Projection");
  writer->BeginObject();
  WriteText("ProjectionType", index.projection, writer);
  if (!index.included.empty()) {
    writer->Key("NonKeyAttributes");
    writer->BeginArray();
    for (const std::string& name : index.included) writer->String(name);
    writer->EndArray();
  }
  writer->EndObject();
  if (local || !units) return;
  WriteUnits({index.read_units.value_or(units->read), index.write_units.value_or(units->write)},
             writer);
}

}  // namespace millrace
