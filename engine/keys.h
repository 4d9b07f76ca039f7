#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/strong_id.h"
#include "engine/model/schema.h"
#include "engine/table.h"

// The grammar of RocksDB keys (FORMAT.md), big-endian so that memcmp order is the order of scans:
//   item = table u32 | key hash u64 | pk length u16 | pk | sk
namespace millrace {

std::string ItemStorageKey(TableId table, uint64_t key_hash, const ItemKey& key);
// What all items of a partition key begin with.
std::string PartitionPrefix(TableId table, uint64_t key_hash, std::string_view pk);
// The first possible key of a table from `key_hash` on.
std::string HashPrefix(TableId table, uint64_t key_hash);
// The smallest string above all that begin with `prefix`, which is not all 0xff.
std::string PrefixEnd(std::string_view prefix);
// Requires a key made by ItemStorageKey.
ItemKey ItemKeyOfStorageKey(std::string_view storage_key);

// Entries of indexes:
//   entry = index u32 | hash u64 | element, for each HASH attribute | element, for each RANGE one
//           | element of the base pk | base sk
//   element = the raw key bytes with 00 written as 00 ff | 00 00
// Order of elements is order of raw bytes, whatever follows them. The hash is that of the HASH
// attributes' elements; an LSI has the base item's, so that an index of a table's keys is scanned
// in the table's order.
void AppendKeyElement(std::string_view raw, std::string* out);
uint64_t IndexHash(const Table& table, const Index& index, const std::vector<std::string>& hash);
// What all entries of a key's HASH attributes begin with.
std::string IndexPartitionPrefix(const Table& table, const Index& index,
                                 const std::vector<std::string>& hash);
std::string IndexStorageKey(const Table& table, const Index& index, const IndexKey& index_key,
                            const ItemKey& key);
// The first possible key of an index from `key_hash` on.
std::string IndexHashPrefix(IndexId index, uint64_t key_hash);
// Requires a key made by IndexStorageKey.
void SplitIndexStorageKey(const IndexKeySchema& schema, std::string_view storage_key,
                          IndexKey* index_key, ItemKey* key);

}  // namespace millrace
