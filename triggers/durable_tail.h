#pragma once

#include <memory>

#include "engine/database.h"

namespace millrace {

// How far the log may be delivered: up to the last commit on disk, some tens of microseconds before
// the state shows it. A change of a table and what follows it wait for the state, since a stream's
// end is only known from there. One thread.
//
// Invariants: never below the applied lsn. No table is changed between that and what is returned,
// so the catalog that the caller reads afterwards is, for those commits, the right one.
class DurableTail {
 public:
  explicit DurableTail(Database* database) : database_(database) {}

  // Looks at each commit that is ahead of the state once.
  Lsn Readable();
  // The change of a table that isn't applied yet, as Readable has last met it; Lsn(UINT64_MAX):
  // none. Once it is applied Readable goes on.
  Lsn blocked_at() const { return blocked_at_; }
  // Nobody reads for the moment: lets go of the log.
  void Rest();

 private:
  static bool ChangesTable(const FrameView& frame);

  Database* const database_;
  std::unique_ptr<LogCursor> cursor_;
  Lsn blocked_at_{UINT64_MAX};
};

}  // namespace millrace
