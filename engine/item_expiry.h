#pragma once

#include <chrono>
#include <cstddef>
#include <thread>

#include "engine/base/clock.h"
#include "engine/catalog.h"
#include "engine/commit_planner.h"
#include "engine/store.h"
#include "engine/wake_signal.h"

namespace millrace {

// Deletes the items whose time is over, of all tables with time to live: a thread that looks once
// in an interval. A deletion is a write like every other, with its change record, made by the
// service dynamodb.amazonaws.com, and on the condition that the time-to-live attribute still has
// the value that made it due. Until then the item is there for everybody.
//
// Ignored, as AWS does: what is no number, and what was over more than five years ago.
//
// A deletion that fails (a full queue, a transaction on the item) is tried again at the next look.
class ItemExpiry {
 public:
  struct Parts {  // not owned; outlive it
    const Catalog* catalog;
    CommitPlanner* planner;
    const Store* store;
    const Clock* clock;
    std::chrono::milliseconds interval;
  };
  explicit ItemExpiry(const Parts& parts);
  ~ItemExpiry() { Stop(); }
  // Idempotent.
  void Stop();

 private:
  void Run();
  void DeleteDue(const TableRef& table);

  const Parts parts_;
  WakeSignal signal_;
  std::thread thread_;  // last
};

}  // namespace millrace
