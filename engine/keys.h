#pragma once

#include <cstdint>
#include <string>
#include <string_view>

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

}  // namespace millrace
