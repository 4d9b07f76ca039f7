#pragma once

#include <vector>

#include "engine/base/status.h"
#include "engine/database.h"
#include "server/protocol/index_description.h"
#include "server/protocol/members.h"

// UpdateTable's GlobalSecondaryIndexUpdates. Pure. Texts as AWS sent them to public test suites,
// unless noted.
namespace millrace {

// Whether the list says anything that could be wrong without a table: an empty one, an element
// without an action or with several, an index named twice.
Status CheckIndexUpdates(const Members& input);

// Into `update`, for a table that is to have the billing mode `billing`. An index's units may be
// decreased as often in a day as a table's. What a reply is to show of the indexes is in the
// result.
Result<std::vector<IndexNote>> ReadIndexUpdates(const Members& input, const Table& table,
                                                BillingMode billing, int64_t now_micros,
                                                TableUpdate* update);

}  // namespace millrace
