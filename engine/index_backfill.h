#pragma once

#include <cstddef>
#include <thread>

#include "engine/catalog.h"
#include "engine/committer.h"
#include "engine/state_applier.h"
#include "engine/store.h"
#include "engine/table_changes.h"
#include "engine/wake_signal.h"

namespace millrace {

// Fills the indexes that are kCreating with the items from before them, one after the other: a
// thread that lets the committer take one step after another between its groups (index_applier.h),
// so that writes go on meanwhile, and makes the index kActive at the end.
//
// Invariant: when the log says that an index is active, its entries are in the state on disk, which
// the steps, other than commits, could not be replayed into.
//
// An error ends it until the database is opened again: then the store has stopped as well.
class IndexBackfill {
 public:
  struct Parts {  // not owned; outlive it
    const Catalog* catalog;
    Committer* committer;
    StateApplier* applier;
    TableChanges* changes;
    Store* store;
    size_t step_items;
  };
  // Begins with what an earlier run of the database has left.
  explicit IndexBackfill(const Parts& parts);
  ~IndexBackfill() { Stop(); }

  // An index was made. Thread-safe.
  void Wake() { signal_.Wake(); }
  // Leaves the rest to the next run. Idempotent.
  void Stop();

  // What recovery has to do before anybody reads: active indexes that are not filled, when a whole
  // state is made anew from the log.
  static Status FillActive(const Catalog& catalog, StateApplier* applier, size_t step_items);

 private:
  void Run();
  Status FillAll();
  Status Fill(TableId table, IndexId index);

  const Parts parts_;
  WakeSignal signal_;
  std::thread thread_;  // last
};

}  // namespace millrace
