#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/strong_id.h"
#include "engine/model/change_record.h"

// What the engine puts into the commit log's opaque entries (grammar in FORMAT.md). Everything that
// changes state is one of these two.
namespace millrace {

enum class EntryKind : uint8_t {
  kRecord = 1,  // a change record (engine/model/change_record.h), in the partition of its shard
  kCell = 2,    // a changed cell: partition 0
};

// The log partition of one shard of a table: what LogCursor::NextOf takes.
constexpr uint64_t PartitionOf(TableId table, ShardIndex shard) {
  return uint64_t{table.value()} << 32 | shard.value();
}
constexpr TableId TableOfPartition(uint64_t partition) {
  return TableId(static_cast<uint32_t>(partition >> 32));
}
constexpr ShardIndex ShardOfPartition(uint64_t partition) {
  return ShardIndex(static_cast<uint32_t>(partition));
}

// A cell's new value, or none: removed.
struct CellEntry {
  std::string_view key;
  std::optional<std::string_view> value;
};
std::string EncodeCellEntry(const CellEntry& entry);
std::optional<CellEntry> DecodeCellEntry(std::string_view bytes);

}  // namespace millrace
