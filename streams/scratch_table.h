#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/status.h"

// A sorted map of bytes on disk for work that may be larger than memory: made for one job in a
// directory of its own, nothing durable, removed with its last byte. Memory is bounded by its
// buffers (about 48 MB). Single-threaded.
namespace millrace {

class ScratchTable {
 public:
  // `directory` must not exist. Errors: kValidation (it exists), kIo, kDiskFull.
  static Result<std::unique_ptr<ScratchTable>> Create(const std::string& directory);
  ~ScratchTable();
  ScratchTable(const ScratchTable&) = delete;
  ScratchTable& operator=(const ScratchTable&) = delete;

  Status Put(std::string_view key, std::string_view value);
  Status Delete(std::string_view key);

  // Walks the keys in memcmp order, as they are at its making. Views hold until the next Next. The
  // table outlives it.
  class Iterator {
   public:
    ~Iterator();
    bool valid() const;
    std::string_view key() const;
    std::string_view value() const;
    void Next();
    Status status() const;

   private:
    friend class ScratchTable;
    struct Impl;
    explicit Iterator(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
  };
  // At the first key >= `from`.
  Result<std::unique_ptr<Iterator>> Seek(std::string_view from);

 private:
  struct Impl;
  explicit ScratchTable(std::unique_ptr<Impl> impl);
  Status FlushBatch();
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace
