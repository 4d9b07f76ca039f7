#pragma once

#include <string_view>

#include "engine/database.h"
#include "engine/json/json.h"
#include "server/protocol/members.h"

// ReturnItemCollectionMetrics. Source: "ItemCollectionMetrics" in the API reference.
namespace millrace {

// SIZE is asked for, and the table has item collections: those that have a local index.
bool WantsCollectionMetrics(const Members& input, const Table& table);

// The value of ItemCollectionMetrics, or an element of it: the partition key, and between which
// whole gigabytes its collection is.
Status WriteCollectionMetrics(const Database& database, const Table& table, std::string_view pk,
                              JsonWriter* writer);

}  // namespace millrace
