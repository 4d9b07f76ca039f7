#pragma once

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

  struct Parts {  // not owned
    Catalog* catalog;
    Committer* committer;
    const StateReader* reader;
    PlanningGate* planning_gate;
    const Clock* clock;
    size_t tables_max;
  };
  explicit TableChanges(const Parts& parts) : parts_(parts) {}

  Result<TableRef> Create(const TableSpec& spec);
  Result<TableRef> Delete(std::string_view name);
  Result<TableRef> Update(std::string_view name, const TableUpdate& update);

  // Forgets deleted tables and closed streams that ended before `older_than_micros` and whose
  // records are all below `first_lsn`.
  Status ForgetEnded(Lsn first_lsn, int64_t older_than_micros);

 private:
  Result<TableRef> FindForChange(std::string_view name) const;
  Result<TableId> NextId() const;
  Result<TableRef> Change(const Table& next, std::vector<PlannedCell> more_cells = {});
  Status Forget(TableId id);
  Status CommitCells(std::vector<PlannedCell> cells, TableRef planning);
  Status ChangeStream(const TableUpdate::Stream& stream, Table* next) const;
  StreamWindow NewStream(const Table& table, StreamViewType view) const;

  const Parts parts_;
  std::mutex mutex_;
};

}  // namespace millrace
