#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/file_system.h"
#include "engine/base/status.h"
#include "engine/base/strong_id.h"

namespace millrace::log_internal {

// `durable.page`: the highest lsn known to be on disk, kept outside the log so that a log that lost
// its end is recognised.
//
// Storing is a plain store into a mapped page: nothing on the commit path, exact after a killed
// process. After a power cut it may be older than the truth, never newer, since it is stored after
// fdatasync. Two slots with checksums, in different sectors, are written in turn: whatever tears
// one leaves the other. Not thread-safe.
class DurablePage {
 public:
  struct Value {
    uint64_t log_id = 0;
    Lsn lsn;
  };

  // Opens or creates.
  static Result<DurablePage> Open(FileSystem* file_system, const std::string& path);

  // nullopt when nothing was ever stored, or all is damaged.
  std::optional<Value> Load() const;
  // `value.lsn` never goes down.
  void Store(const Value& value);

 private:
  explicit DurablePage(std::unique_ptr<SharedPage> page) : page_(std::move(page)) {}
  std::optional<Value> LoadSlot(size_t slot) const;

  std::unique_ptr<SharedPage> page_;
  size_t next_slot_ = 0;
};

}  // namespace millrace::log_internal
