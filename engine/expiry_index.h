#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/index_entries.h"
#include "engine/model/item.h"
#include "engine/table.h"

// Time to live as an index that nobody sees: while it is on, the table has an entry for each item
// whose time-to-live attribute is a number of seconds since 1970, in the order of that time. Its
// entries are kept, filled and dropped as those of the secondary indexes are, but it is not one of
// Table::indexes: no operation shows it and no write is counted or refused for it.
//
//   entry = index u32 | seconds u64 | element of the base pk | base sk     (big-endian; keys.h)
//   value = as of a secondary index that projects the attribute
namespace millrace {

// Nullopt when it is off.
std::optional<Index> ExpiryIndexOf(const Table& table);
// It alone has no attributes in its key.
bool IsExpiryIndex(const Index& index);
// The secondary indexes and this one.
std::vector<Index> AllIndexes(const Table& table);

// When the item is over. Nullopt when the attribute isn't there, or is no number, or one that
// cannot be a time: negative, or of more digits than a double has.
std::optional<uint64_t> ExpiryOf(ItemView item, std::string_view attribute);

std::optional<IndexEntry> ExpiryEntryOf(const Table& table, const Index& index, const ItemKey& key,
                                        ItemView item);
// What the keys of entries of that second, or of a later one, are not smaller than.
std::string ExpiryBound(IndexId index, uint64_t seconds);

}  // namespace millrace
