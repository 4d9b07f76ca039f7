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
constexpr const char* kAppliedLsnRow = "A";

inline std::string CellRow(std::string_view key) {
  return std::string(1, kMetaCell).append(key);
}

inline std::string ChainHeadRow(uint64_t partition) {
  std::string row(1, kMetaChainHead);
  PutBig(&row, partition);
  return row;
}

inline std::string StatisticsRow(TableId table) {
  std::string row(1, kMetaStatistics);
  PutBig(&row, table.value());
  return row;
}

}  // namespace millrace
