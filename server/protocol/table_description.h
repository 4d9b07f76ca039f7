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

// A TableDescription, as CreateTable, DescribeTable, UpdateTable and DeleteTable return it.
// `status` is the table's on its way (CREATING, ...): at rest it is ACTIVE.
// `notes`: of indexes that are on their way themselves.
void WriteTableDescription(const Call& call, const Table& table, std::string_view status,
                           JsonWriter* writer, const std::vector<IndexNote>& notes = {});

// The table, for an operation on tables. Error: kResourceNotFound "Requested resource not found:
// Table: NAME not found".
Result<TableRef> FindControlTable(const Call& call);
// The same text, for an engine's kResourceNotFound.
Status TableNotFound(std::string_view name);

}  // namespace millrace
