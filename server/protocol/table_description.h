#pragma once

#include <string_view>
#include <vector>

#include "engine/json/json.h"
#include "engine/model/schema.h"
#include "engine/table.h"
#include "server/protocol/call.h"
#include "server/protocol/index_description.h"

namespace millrace {

// "KeySchema": [{"AttributeName": ..., "KeyType": "HASH"}, ...]
void WriteKeySchema(const KeySchema& schema, JsonWriter* writer);

// "ProvisionedThroughput": {...}, of a table or a global index.
void WriteProvisionedThroughput(const ProvisionedThroughput& units,
                                const ThroughputChanges& changes, int64_t now_micros,
                                JsonWriter* writer);

// "OnDemandThroughput": {...}, when there are bounds, and "WarmThroughput": {...}, of either.
void WriteOnDemandThroughput(const OnDemandThroughput& bounds, JsonWriter* writer);
void WriteWarmThroughput(const WarmThroughput& warm, std::string_view status, JsonWriter* writer);

// What a reply says of a table on its way; at rest all is ACTIVE.
struct TableStatusText {
  std::string_view table = "ACTIVE";  // or CREATING, UPDATING, DELETING
  std::string_view warm = "ACTIVE";   // of its warm throughput
  bool new_mode = false;              // its billing mode is as this request set it
};

// A TableDescription, as CreateTable, DescribeTable, UpdateTable and DeleteTable return it.
// `notes`: of indexes that are on their way themselves.
void WriteTableDescription(const Call& call, const Table& table, const TableStatusText& status,
                           JsonWriter* writer, const std::vector<IndexNote>& notes = {});

// The table, for an operation on tables. Error: kResourceNotFound "Requested resource not found:
// Table: NAME not found".
Result<TableRef> FindControlTable(const Call& call);
// The same text, for an engine's kResourceNotFound.
Status TableNotFound(std::string_view name);

}  // namespace millrace
