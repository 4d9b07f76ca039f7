#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/database.h"
#include "server/protocol/index_capacity.h"
#include "server/protocol/index_description.h"
#include "server/protocol/members.h"

// UpdateTable's GlobalSecondaryIndexUpdates. Pure. Texts as AWS sent them to public test suites,
// unless noted.
namespace millrace {

// Whether the list says anything that could be wrong without a table: an empty one, an element
// without an action or with several, an index named twice, warm throughput without a value.
Status CheckIndexUpdates(const Members& input);

// Whether indexes are only updated, and only in their WarmThroughput: that may stand beside the
// table's own.
bool OnlyWarmsIndexes(const Members& input);

struct IndexRequest {
  const Table& table;
  ModeChange mode;
  std::string_view region;
  int64_t now_micros;
};
// Into `update`; valid as long as the request is. An index's units may be decreased as often in a
// day as a table's. What a reply is to show of the indexes is in the result.
Result<std::vector<IndexNote>> ReadIndexUpdates(const Members& input, const IndexRequest& request,
                                                TableUpdate* update);

}  // namespace millrace
