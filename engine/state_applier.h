#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/base/checksum.h"
#include "engine/catalog.h"
#include "engine/database.h"
#include "engine/index_applier.h"
#include "engine/log/commit_log.h"
#include "engine/model/change_record.h"
#include "engine/store.h"

namespace millrace {

// Turns frames of the log into state: the same code after a commit and in recovery, so that the
// state is a function of the log. Frames are gathered by Apply and take effect together, in one
// RocksDB write, at Publish. One thread applies; Statistics is thread-safe.
class StateApplier {
 public:
  StateApplier(Store* store, Catalog* catalog);
  ~StateApplier();

  // Reads the chain heads, statistics and tables of the stored state.
  Status Load();

  // Errors: kCorruption when the frame is not one that the engine writes.
  Status Apply(const FrameView& frame);
  Status Publish(Lsn applied);

  // One step of an index's back-fill, which looks at `items_max` items at most; true when none are
  // left, or the index is gone. Between Publish and the next Apply: it reads the applied state.
  Result<bool> Backfill(TableId table, IndexId index, size_t items_max);

  // Hash that the next record of a partition carries; counts what Apply has seen.
  Digest ChainHead(uint64_t partition) const;
  // Of a table or an index, by its id.
  TableStatistics Statistics(uint32_t id) const;

 private:
  struct Batch;
  Status ApplyRecord(const FrameView& frame, const LogEntry& entry);
  Status ApplyCell(const FrameView& frame, std::string_view bytes);
  Status ApplyTable(const FrameView& frame, std::optional<std::string_view> value, TableId id);
  Status DropLost(const TableRef& before, const Table& after);
  // Removes what is kept for a table beside its items and its cell.
  Status ForgetTable(TableId id);
  // Adds the rows that the deltas of the batch change, and makes them the statistics.
  Status FinishStatistics(rocksdb::WriteBatch* writes);
  Status ForgetStatistics(uint32_t id);
  void CountRecord(TableId table, const RecordView& record);
  TableRef TableOf(TableId id) const;
  template <typename Visit>
  Status VisitMeta(char kind, const Visit& visit);

  Store* store_;
  Catalog* catalog_;
  std::unique_ptr<Batch> batch_;
  // Catalog changes of the batch, published after the state shows them.
  std::vector<std::pair<TableId, std::optional<Table>>> catalog_changes_;
  std::unordered_map<TableId, TableRef> changed_tables_;
  std::unordered_map<uint64_t, Digest> chain_heads_;
  std::vector<uint64_t> changed_heads_;
  mutable std::mutex statistics_mutex_;
  std::unordered_map<uint32_t, TableStatistics> statistics_;  // by id of the table or index
  std::unordered_map<uint32_t, TableStatistics> statistics_deltas_;
  IndexApplier indexes_;
};

}  // namespace millrace
