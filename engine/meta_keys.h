#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/coding.h"
#include "engine/base/strong_id.h"

// Rows of the column family `meta`: a kind and a key (store.h lists their values).
namespace millrace {

constexpr char kMetaCell = 'C';
constexpr char kMetaChainHead = 'H';
constexpr char kMetaStatistics = 'S';
constexpr char kMetaCollection = 'L';
constexpr char kMetaBackfill = 'B';
constexpr char kMetaDropped = 'D';
constexpr const char* kAppliedLsnRow = "A";

inline std::string CellRow(std::string_view key) {
  return std::string(1, kMetaCell).append(key);
}

inline std::string ChainHeadRow(uint64_t partition) {
  std::string row(1, kMetaChainHead);
  PutBig(&row, partition);
  return row;
}

// Of a table or an index: their ids are one sequence.
inline std::string StatisticsRow(uint32_t id) {
  std::string row(1, kMetaStatistics);
  PutBig(&row, id);
  return row;
}

// What the rows of a table's item collections begin with.
inline std::string CollectionPrefix(TableId table) {
  std::string row(1, kMetaCollection);
  PutBig(&row, table.value());
  return row;
}

inline std::string CollectionRow(TableId table, std::string_view pk) {
  return CollectionPrefix(table).append(pk);
}

inline std::string BackfillRow(IndexId index) {
  std::string row(1, kMetaBackfill);
  PutBig(&row, index.value());
  return row;
}

// Of a table or an index.
inline std::string DroppedRow(uint32_t id) {
  std::string row(1, kMetaDropped);
  PutBig(&row, id);
  return row;
}

}  // namespace millrace
