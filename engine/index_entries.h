#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/model/item.h"
#include "engine/table.h"

// What secondary indexes hold, as a function of the items: an index has an entry for each item with
// all attributes of the index's key, and the entry is a function of that item alone. Pure, so that
// the committer, recovery and the back-fill derive the same entries.
namespace millrace {

// The index of that id; that of time to live, too.
std::optional<Index> FindIndex(const Table& table, IndexId id);

// The values of an index's key in an item. Nullopt, no entry, when an attribute is missing or
// cannot be a key: of another type than the schema's, empty or too long. Writes of such values are
// refused (CheckIndexKeys); items from before the index may have them.
std::optional<IndexKey> IndexKeyOf(const IndexKeySchema& schema, ItemView item);

// What an entry shows of an item: the attributes of both keys and the projected ones.
std::string ProjectedItem(const Table& table, const Index& index, ItemView item);
// Is the attribute one of those?
bool IsProjected(const Table& table, const Index& index, std::string_view attribute);

// A row of the column family `indexes`.
struct IndexEntry {
  std::string key;    // keys.h
  std::string value;  // IndexEntryValue
  uint32_t size = 0;  // AWS's bytes of what is projected
};
// Null for no entry. `item` may be empty(): no item.
std::optional<IndexEntry> IndexEntryOf(const Table& table, const Index& index, const ItemKey& key,
                                       ItemView item);

// What a write of one item does to one index. Neither `put` nor `removed`: nothing.
struct IndexChange {
  std::optional<IndexEntry> put;
  std::optional<std::string> removed;  // a row's key, other than that of `put`
  int count_delta = 0;                 // entries
  int64_t size_delta = 0;              // AWS's bytes
  // Write capacity units: one for every KB begun of the larger of an entry's two states, and the
  // removal and the new entry of a changed key each for themselves. Source: "Write operations" of
  // secondary indexes in the developer guide.
  uint32_t units = 0;
};
IndexChange IndexChangeOf(const Table& table, const Index& index, const ItemKey& key,
                          ItemView old_item, ItemView new_item);

// The value of a row (grammar in FORMAT.md): `format u8 = 1 | item bytes`.
std::string IndexEntryValue(const Table& table, const Index& index, ItemView item);
// Empty() when it is none.
ItemView ItemOfIndexEntry(std::string_view value);

// May the item be written, as far as keys of indexes go? Errors are kValidation; of several indexes
// AWS's texts name the first by name.
Status CheckIndexKeys(const Table& table, ItemView item);
// The same of what an update made of an item: only what it changed.
Status CheckUpdatedIndexKeys(const Table& table, ItemView old_item, ItemView item);
// The same of what a transaction's update says itself, in the words that AWS has for that; lengths
// are left to the above. `assigned`: item bytes of AssignedValues. Source:
// tests/tier3/error-messages/transactIndexKeys.test.ts of paritysuite/dynamodb-conformance, which
// every region passes.
Status CheckAssignedIndexKeys(const Table& table, ItemView assigned);

}  // namespace millrace
