#pragma once

#include <string_view>

#include "engine/base/status.h"
#include "engine/table.h"
#include "server/protocol/key_definitions.h"
#include "server/protocol/members.h"

// Secondary indexes as CreateTable and UpdateTable define them: their rules, in AWS's order as far
// as it is known. Pure. Sources: "CreateTable" in the API reference; the limits: "Secondary
// indexes" in the quotas of the developer guide; texts as AWS sent them to public test suites.
namespace millrace {

constexpr size_t kGlobalIndexesMax = 20;
constexpr size_t kLocalIndexesMax = 5;
constexpr size_t kIndexKeyAttributesMax = 4;     // of each kind, of a global index
constexpr size_t kProjectedAttributesMax = 100;  // NonKeyAttributes of all indexes of a table

// The key of a table to be made and its LocalSecondaryIndexes and GlobalSecondaryIndexes, into
// `spec`, whose billing mode is set.
Status ReadKeysAndIndexes(const Members& input, std::string_view region, TableSpec* spec);

// A member of UpdateTable's GlobalSecondaryIndexUpdates that makes an index of `table`, which is to
// have `billing`.
Result<IndexSpec> ReadNewIndex(const Members& index, const NamedPairs& definitions,
                               const Table& table, BillingMode billing, std::string_view region);

}  // namespace millrace
