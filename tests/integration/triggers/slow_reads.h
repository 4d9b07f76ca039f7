#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>

#include "tests/support/forwarding_database.h"

namespace millrace {

// A database on whose disk one table takes as long as the test likes: nothing of it is cached, and
// its reads wait for Release. All else is another database's.
class SlowReads final : public ForwardingDatabase {
 public:
  SlowReads(Database* database, std::string_view slow_table)
      : ForwardingDatabase(database), slow_table_(slow_table) {}

  void Release() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    wake_.notify_all();
  }
  int waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_;
  }

  Result<bool> Get(const Table& table, const ItemKey& key, std::string* item,
                   bool cached_only) const override {
    if (table.spec.name == slow_table_) {
      if (cached_only) return Status(ErrorCode::kUnavailable, "not cached");
      std::unique_lock lock(mutex_);
      ++waiting_;
      wake_.wait(lock, [this] { return released_; });
      --waiting_;
    }
    return ForwardingDatabase::Get(table, key, item, cached_only);
  }

 private:
  const std::string slow_table_;
  mutable std::mutex mutex_;
  mutable std::condition_variable wake_;
  mutable int waiting_ = 0;
  bool released_ = false;
};

}  // namespace millrace
