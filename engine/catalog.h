#pragma once

#include <map>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/table.h"

namespace millrace {

// The tables in memory, as of the applied lsn; the durable form is their cells (table_codec.h).
// Thread-safe.
//
// A change of the catalog that is queued but not applied yet must already rule what is planned
// after it in the queue: that is its *planning* state.
class Catalog {
 public:
  TableRef Find(std::string_view name) const;          // live ones; null when there is none
  TableRef Find(TableId id) const;                     // deleted ones too
  std::vector<TableRef> All(bool with_deleted) const;  // sorted by name, then id

  // What a write has to be planned by; `pending` tells whether that is a queued change, so that
  // what rests on it has to wait for it.
  TableRef ForPlanning(TableId id, bool* pending) const;
  void SetPlanning(TableRef table);
  void DropPlanning();

  // The applied state of a table; absent: forgotten.
  void Publish(TableId id, std::optional<Table> table);

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<TableId, TableRef> by_id_;
  std::map<std::string, TableRef, std::less<>> by_name_;
  std::unordered_map<TableId, TableRef> planning_;
};

}  // namespace millrace
