#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/json/json.h"

// What `table create` and `table update` say of a table, from the words of a command line to the
// members of a request. Pure. The server judges what it means; here only what isn't understood is
// refused (kInvalidParameterValue, with what would be).
namespace millrace {

// "NAME:TYPE"
struct KeyWord {
  std::string name;
  std::string type;  // S, N or B
};
Result<KeyWord> ParseKeyWord(const std::string& text);
Status CheckKeyWord(const std::string& text);

// NAME=KEY:TYPE[,SORT:TYPE][/ALL|/KEYS_ONLY|/INCLUDE=A,B][/READ=N][/WRITE=N]; of a global index
// each part of the key may be several attributes, A:S+B:N; of a local one there is the sort key
// alone.
struct IndexWords {
  std::string name;
  std::vector<KeyWord> hash;  // empty: a local index, which has the table's
  std::vector<KeyWord> range;
  std::string projection = "ALL";
  std::vector<std::string> included;
  std::optional<int64_t> read_units;
  std::optional<int64_t> write_units;
};
Result<IndexWords> ParseGlobalIndex(const std::string& text);
Result<IndexWords> ParseLocalIndex(const std::string& text);
Status CheckGlobalIndex(const std::string& text);
Status CheckLocalIndex(const std::string& text);
// How the help describes the two.
extern const char kIndexHelp[];

// "KEY=VALUE"
Status CheckTag(const std::string& text);

struct Units {
  int64_t read = 0;
  int64_t write = 0;
};

// Members of requests.
void WriteStreamSpecification(const std::string& view, JsonWriter* writer);  // or "off"
void WriteUnits(const Units& units, JsonWriter* writer);                   // ProvisionedThroughput
void WriteTags(const std::vector<std::string>& tags, JsonWriter* writer);  // Tags
// AttributeDefinitions: each attribute once. Error: one has two types.
Status WriteDefinitions(const std::vector<KeyWord>& keys, const std::vector<IndexWords>& indexes,
                        JsonWriter* writer);
// IndexName, KeySchema, Projection and, with the `units` of a provisioned table, the index's own or
// else these. `table_hash`: the table's partition key, for a local index.
void WriteIndex(const IndexWords& index, const std::string& table_hash,
                const std::optional<Units>& units, JsonWriter* writer);

}  // namespace millrace
