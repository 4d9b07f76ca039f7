#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/catalog.h"
#include "engine/committer.h"
#include "engine/database.h"
#include "engine/planning_gate.h"
#include "engine/state_reader.h"

namespace millrace {

// The changes of the catalog: each is one commit of table cells, waited for. They are made one at a
// time. Thread-safe.
class TableChanges {
 public:
  // A table cannot have more streams than this within the retention: kLimitExceeded.
  static constexpr size_t kStreamsMax = 100;
  // Time to live is turned on or off once in so long. The developer guide speaks of up to an hour;
  // the service was seen to take the next change after half of one.
  static constexpr int64_t kTtlChangeIntervalMicros = int64_t{30} * 60 * 1'000'000;
  // Source: "Secondary indexes" in the quotas of the developer guide.
  static constexpr ptrdiff_t kGlobalIndexesMax = 20;

  struct Parts {  // not owned
    Catalog* catalog;
    Committer* committer;
    const StateReader* reader;
    PlanningGate* planning_gate;
    const Clock* clock;
    size_t tables_max;
    int64_t account_units_max;
  };
  explicit TableChanges(const Parts& parts) : parts_(parts) {}

  Result<TableRef> Create(const TableSpec& spec);
  Result<TableRef> Delete(std::string_view name);
  Result<TableRef> Update(std::string_view name, const TableUpdate& update);

  // An index that was being back-filled has all its entries. Nothing when it is gone.
  Status Activate(TableId table, IndexId index);

  // Forgets deleted tables and closed streams that ended before `older_than_micros` and whose
  // records are all below `first_lsn`.
  Status ForgetEnded(Lsn first_lsn, int64_t older_than_micros);

 private:
  Result<TableRef> FindForChange(std::string_view name) const;
  // Ids of tables and indexes are one sequence: the next one, and the cell of the one after
  // `count`.
  Result<uint32_t> NextId() const;
  static PlannedCell NextIdCell(uint32_t next);
  Index NewIndex(const IndexSpec& spec, uint32_t id, IndexStatus status) const;
  Status CreateIndex(const IndexSpec& spec, Table* next, std::vector<PlannedCell>* cells) const;
  Status ChangeIndexes(const TableUpdate& update, Table* next,
                       std::vector<PlannedCell>* cells) const;
  Result<TableRef> Change(const Table& next, std::vector<PlannedCell> more_cells = {});
  Status Forget(TableId id);
  Status CommitCells(std::vector<PlannedCell> cells, TableRef planning);
  Status ChangeStream(const TableUpdate::Stream& stream, Table* next) const;
  Status ChangeTtl(const TableUpdate::Ttl& ttl, Table* next, std::vector<PlannedCell>* cells) const;
  StreamWindow NewStream(const Table& table, StreamViewType view) const;

  const Parts parts_;
  std::mutex mutex_;
};

}  // namespace millrace
