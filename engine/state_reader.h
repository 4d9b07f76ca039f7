#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/database.h"

namespace millrace {

class Store;

// Reads of the applied state: items by key, pages of Query and Scan, cells. Never sees pending
// images. Thread-safe.
class StateReader {
 public:
  explicit StateReader(const Store* store) : store_(store) {}

  // The stored row (stored_item.h). False: no such item.
  Result<bool> GetStored(const std::string& storage_key, std::string* stored) const;
  // As Database::Get.
  Result<bool> Get(const Table& table, const ItemKey& key, std::string* item,
                   bool cached_only) const;
  // As Database::GetMany.
  Result<std::vector<std::string>> GetMany(const std::vector<ItemAddress>& items,
                                           size_t size_max) const;
  // As Database::ReadPage.
  Result<Page> ReadPage(const PageRequest& request) const;
  // As Database::ItemCollectionSize.
  Result<uint64_t> ItemCollectionSize(const Table& table, std::string_view pk) const;
  Result<std::optional<Cell>> ReadCell(std::string_view key) const;
  Result<std::vector<std::pair<std::string, Cell>>> ListCells(std::string_view prefix,
                                                              std::string_view after,
                                                              size_t limit) const;

 private:
  const Store* store_;
};

}  // namespace millrace
