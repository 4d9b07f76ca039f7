#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/json/json.h"
#include "engine/table.h"
#include "server/protocol/call.h"

// Secondary indexes in a TableDescription. Source: "GlobalSecondaryIndexDescription" and
// "LocalSecondaryIndexDescription" in the API reference.
namespace millrace {

// What a reply shows of an index that its request has just changed.
struct IndexNote {
  std::string name;
  std::string_view status;  // UPDATING or DELETING; empty: as it is
  bool new_units = false;   // its provisioned units change
  bool warms = false;       // its warm throughput does
};

// "AttributeDefinitions": [...], of all keys, by name.
void WriteAttributeDefinitions(const Table& table, JsonWriter* writer);

// "LocalSecondaryIndexes" and "GlobalSecondaryIndexes", those that the table has. `table_status` is
// as in WriteTableDescription.
void WriteIndexes(const Call& call, const Table& table, std::string_view table_status,
                  const std::vector<IndexNote>& notes, JsonWriter* writer);

}  // namespace millrace
