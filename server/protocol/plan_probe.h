#pragma once

#include <cstddef>
#include <string>

#include "engine/database.h"

namespace millrace {

// What planning the writes of one request would do to the thread that plans them: it reads their
// old items, and runs their conditions on them. For one request, on one thread.
class PlanProbe {
 public:
  // `scratch`, of the thread, is for items. A thread that may wait brings them into the cache, so
  // that the plan doesn't hold its locks for as long as the disk takes.
  PlanProbe(const Database& database, bool may_wait, std::string* scratch)
      : database_(database), may_wait_(may_wait), scratch_(scratch) {}

  // The next write. True: with it, the thread would wait for the disk, or be busy for milliseconds,
  // and it is one whose other connections wait for it. Then the request goes on on the pool.
  bool HoldsUp(const WriteRequest& write);

 private:
  const Database& database_;
  const bool may_wait_;
  std::string* const scratch_;
  size_t searched_ = 0;  // bytes, by the conditions of the writes so far
};

}  // namespace millrace
