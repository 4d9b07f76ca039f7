#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/database.h"
#include "engine/expression/expression.h"
#include "server/protocol/item_core.h"

// Query and Scan of secondary indexes: which index, what may be selected of it, and the keys that
// pages begin and end with. Pure. Source: "Query" and "Scan" in the API reference; texts as AWS
// sent them to public test suites, unless noted.
namespace millrace {

// May the index be read yet? Error: "Cannot read from backfilling global secondary index: NAME".
Status CheckIsFilled(const Index& index);
// The index that a Query or Scan names, ready to be read; null when it names none. Errors:
// "The table does not have the specified index: NAME", "Consistent reads are not supported on
// global secondary indexes"; and CheckIsFilled's.
Result<const Index*> FindReadIndex(const Table& table, std::optional<std::string_view> name,
                                   bool consistent);

// The key that a condition or a starting key is about: the index's, or the table's own.
IndexKeySchema ReadKeySchema(const Table& table, const Index* index);
// HASH attributes, then RANGE attributes.
std::vector<KeyAttribute> KeyAttributes(const IndexKeySchema& schema);

// Whether what is selected can be had from the index. True: from the table, item by item, as local
// indexes allow for. Errors name what a global index does not project.
Result<bool> NeedsWholeItems(const Table& table, const Index& index, std::string_view select,
                             const Selection& selection);
// "Secondary index NAME does not project one or more filter attributes: [...]": of a Query, as
// clients of the service quote it, global or local. A Scan's filter sees what is projected, and
// what isn't as missing; unconfirmed but for PartiQL's scans.
Status CheckFilterProjected(const Table& table, const Index& index, const Condition& filter);

// ExclusiveStartKey of an index: the table's key and the index's, each attribute once.
struct IndexStartKey {
  ItemKey key;
  IndexKey index;
};
Result<IndexStartKey> IndexStartKeyOf(const Table& table, const Index& index, ValueView start_key);
// ExclusiveStartKey of a Query of the table itself. Of a wrong type the error is that of any key,
// where Scan's says that the starting key is invalid.
Result<ItemKey> QueryStartKeyOf(const KeySchema& schema, ValueView start_key);
// A starting key that the condition doesn't cover. With a condition on the range key AWS looks at
// that first, and then says of another partition that the query returned one row at most.
Status CheckQueryStart(const IndexKey& start, const KeyCondition& condition);

// LastEvaluatedKey of an index, as the item bytes of its attributes.
std::string IndexKeysItem(const Table& table, const Index& index, const ItemKey& key,
                          const IndexKey& index_key);

}  // namespace millrace
