#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "engine/base/status.h"
#include "engine/database.h"
#include "engine/model/item.h"
#include "engine/table.h"

namespace rocksdb {
class WriteBatch;
}

namespace millrace {

class Store;

// Keeps the secondary indexes of the state, as a part of StateApplier: what a frame means for them
// goes into the same write as its items.
//
// Invariant: an index that is being back-filled has the entries of exactly those items whose
// storage key is at most its cursor. A step of the back-fill takes the next items, in the order of
// their storage keys, and moves the cursor in the same write; a record behind the cursor changes
// its entries, one ahead of it leaves them to the back-fill. So there is neither a stale entry nor
// one that is counted twice, and a restart goes on where the state on disk is.
//
// One thread.
class IndexApplier {
 public:
  using Statistics = std::unordered_map<uint32_t, TableStatistics>;  // by id

  // `deltas` gathers what the batch changes.
  IndexApplier(const Store* store, Statistics* deltas) : store_(store), deltas_(deltas) {}

  // The cursors of the stored state.
  Status Load();

  // A record of a table.
  Status ApplyRecord(const Table& table, const ItemKey& key, std::string_view storage_key,
                     ItemView old_item, ItemView new_item, rocksdb::WriteBatch* writes);
  // A table changes; `before` is null when it is new.
  Status ApplyTable(const Table* before, const Table& after, rocksdb::WriteBatch* writes);
  // What the batch makes of the sizes of item collections; before it is written.
  Status FinishBatch(rocksdb::WriteBatch* writes);

  bool IsBackfilling(IndexId index) const { return cursors_.count(index) != 0; }

  // The next step of a back-fill, which looks at `items_max` items at most. Nothing takes effect
  // until the batch is written: then StepWritten.
  struct Step {
    std::string cursor;  // behind what it looked at
    bool done = false;   // no items are left
  };
  Result<Step> Backfill(const Table& table, const Index& index, size_t items_max,
                        rocksdb::WriteBatch* writes);
  void StepWritten(IndexId index, const Step& step);

 private:
  Status Change(const Table& table, const Index& index, const ItemKey& key, ItemView old_item,
                ItemView new_item, rocksdb::WriteBatch* writes, int64_t* size_delta);
  bool HasReached(IndexId index, std::string_view storage_key) const;
  Status Begin(const Table& table, const Index& index, rocksdb::WriteBatch* writes);
  Status Drop(const Index& index, rocksdb::WriteBatch* writes);
  Status DropCollections(TableId table, rocksdb::WriteBatch* writes);
  Status GrowCollection(const Table& table, std::string_view pk, int64_t delta);

  const Store* store_;
  Statistics* deltas_;
  std::unordered_map<IndexId, std::string> cursors_;  // of what is being back-filled
  std::map<std::string, uint64_t> collections_;       // changed by the batch, by row
};

}  // namespace millrace
