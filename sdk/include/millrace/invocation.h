#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <millrace/item_builder.h>
#include <millrace/record.h>
#include "engine/base/clock.h"
#include "engine/base/status.h"
#include "sdk/frames.h"

namespace millrace {

// Where Invocation::Get reads: the server, or a map in a test of a handler.
class ItemReader {
 public:
  virtual ~ItemReader() = default;
  // `key` is item bytes of the key attributes. An empty Item: there is none. Gives up at
  // `deadline`.
  virtual Result<Item> Get(uint64_t invocation_id, std::string_view table, std::string_view key,
                           std::chrono::steady_clock::time_point deadline) = 0;
};

// One delivery of one batch: what a handler knows of it and what it may do. Used on the thread that
// called the handler, until it returns.
//
// Exactly once: the writes collected here are committed together with the mapping's checkpoint, in
// one commit, whole or not at all. When the handler fails, when a condition fails, when the process
// or the server dies, none of them happens and the same records are delivered again. So a handler
// whose effects are these writes alone never counts a record twice. Reads see what is committed,
// not the writes collected here.
class Invocation {
 public:
  // `reader` must outlive it, and so must `clock`: the system's when null.
  Invocation(InvokeFrame frame, ItemReader* reader, const Clock* clock = nullptr);

  // Of this attempt: for messages. idempotency_key() is the same for every attempt at the same
  // records: for effects outside Millrace.
  uint64_t id() const { return frame_.invocation_id; }
  uint32_t attempt() const { return frame_.attempt; }  // 1 for the first
  const std::string& idempotency_key() const { return frame_.idempotency_key; }
  const std::string& function_name() const { return frame_.function_name; }
  const std::string& event_source_arn() const { return frame_.event_source_arn; }
  const std::string& table_name() const { return frame_.table_name; }  // whose records these are
  const std::string& shard_id() const { return frame_.shard_id; }

  // A handler that hasn't returned by then is killed, and the batch retried.
  std::chrono::steady_clock::time_point deadline() const;
  std::chrono::milliseconds remaining() const;  // 0 when it has passed

  // The item as it is now (a strongly consistent read); empty() when there is none. One round trip
  // to the server. Errors: kResourceNotFound (no such table), kValidation (not the table's key),
  // kUnavailable (the deadline has passed, the server is going away).
  Result<Item> Get(std::string_view table, const ItemBuilder& key);

  // Collect a write. At most 100, of distinct items, 4 MB in all. What is wrong with one (a bad
  // number, a bad expression, a failed condition) fails the invocation when the handler has
  // returned.
  void Put(std::string_view table, const ItemBuilder& item, const Expression& condition = {});
  // Creates the item when there is none, as UpdateItem does. A placeholder that stands in both
  // expressions must mean the same.
  void Update(std::string_view table, const ItemBuilder& key, const Expression& update,
              const Expression& condition = {});
  void Delete(std::string_view table, const ItemBuilder& key, const Expression& condition = {});

  // Reports a record as failed, when the mapping has FunctionResponseTypes
  // ReportBatchItemFailures (else the whole batch fails). What comes before the first failed record
  // of the batch is done, and committed with the writes collected; that record and all after it are
  // delivered again, whether or not they were reported. So: go through the batch in order, stop at
  // the first record that fails, and collect no writes for it or for any after it.
  //
  //   for (const Record record : batch) {
  //     if (!Apply(record, invocation)) {
  //       invocation.Fail(record);
  //       break;
  //     }
  //   }
  //   return Status::Ok();
  void Fail(const Record& record);
  const std::vector<uint32_t>& failed_records() const { return failed_records_; }  // ascending

  // What was collected, for tests and for the runtime; and the first error of a write.
  const std::vector<TableWrite>& writes() const { return writes_; }
  std::vector<TableWrite> TakeWrites() { return std::move(writes_); }
  const Status& status() const { return first_error_; }

 private:
  void Collect(TableWriteKind kind, std::string_view table, const ItemBuilder& item,
               const Expression& update, const Expression& condition);
  void Merge(const Expression& expression, TableWrite* write);
  void Keep(const Status& status);

  InvokeFrame frame_;
  ItemReader* reader_;
  const Clock* clock_;
  std::vector<TableWrite> writes_;
  std::vector<uint32_t> failed_records_;
  Status first_error_;
};

}  // namespace millrace
