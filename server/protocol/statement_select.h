#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/database.h"
#include "engine/expression/partiql.h"
#include "server/protocol/statement_token.h"

// Reading what a SELECT asks for, a page at a time, with the pages of Query and Scan.
namespace millrace {

// The table of a SELECT, or an index of it.
struct SelectSource {
  TableRef table;
  const Index* index = nullptr;
};
// Error: an index with a key of several attributes, HASH or RANGE. Recorded.
Status CheckReadable(const IndexKeySchema& schema);
// `consistent`: ConsistentRead, which a global index refuses.
Result<SelectSource> FindSource(const Statement& statement, TableRef table, bool consistent);

struct SelectedPage {
  std::vector<std::string> items;  // maps as canonical bytes, as the select list has them
  double table_units = 0;          // what reading the table consumed, and the index
  double index_units = 0;
  std::optional<SelectPosition> next;
};
// From `from` on, at most `limit` items evaluated: the key conditions one after the other until a
// page is full.
Result<SelectedPage> ReadSelected(const Database& database, const Statement& statement,
                                  const SelectSource& source, SelectPosition from, size_t limit,
                                  bool consistent);

// LastEvaluatedKey: the attributes of the table's key and the index's. Requires position.after.
Value LastEvaluatedKey(const SelectSource& source, const SelectPosition& position);

}  // namespace millrace
