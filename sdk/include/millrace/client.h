#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <millrace/item_builder.h>
#include <millrace/record.h>
#include "engine/base/status.h"

// A client of a Millrace server over its native protocol: the operations of DynamoDB on items,
// without JSON and HTTP.
//
//   auto client = millrace::Client::Connect({.endpoint = "ipc:///srv/millrace/native.sock"});
//   if (!client.ok()) ...
//   millrace::Client& db = **client;
//   auto put = db.Put({.table = "people", .item = ItemBuilder().Set("pk", "1").Set("n", "Ada")});
//   auto ada = db.Get({.table = "people", .key = ItemBuilder().Set("pk", "1")});
//   if (ada.ok() && !ada->empty()) printf("%s\n", std::string(*ada->GetString("n")).c_str());
//
// Expressions are DynamoDB's, as strings with placeholders (item_builder.h). Errors have the names
// and texts of the HTTP API: status().ToString() is "ValidationException: ...".
//
// Each operation comes in three forms: one that waits, one that returns a future, and one that
// calls back. Any number of threads may use one client at once, and one connection carries all
// that is under way. Callbacks run one after the other on a thread of the client's; they must not
// wait for the client, but may start further requests. Only what is refused before it is sent (a
// malformed request, no place in time) calls back at once, on the thread that asked.
//
// A client is no use to a child made by fork, which has its socket but not its thread: the child
// must not touch it, nor destroy it, and connects anew.
//
// What happens to a request when something goes wrong:
//   - It has `timeout` in all, a day at most, retries and waiting for a place included; 0 or less
//     is over at once. Then it ends with
//     kUnavailable: it is a read, or nothing was done. A write that was sent by then ends with
//     kInternal, as 5xx errors of DynamoDB do: it may have been done (OutcomeUnknown).
//   - A lost connection is made anew, with growing pauses, for as long as requests wait for it.
//     What was not sent yet is sent then. Reads are sent again. A write that was sent and not
//     answered is never sent again: it ends with kInternal, since it may have been done.
//   - ThrottlingException and ProvisionedThroughputExceededException mean that nothing was done:
//     reads and writes are sent again, up to `attempts_max` times with growing pauses. So are those
//     keys of a BatchGet that were throttled or didn't fit into the answer. Reads are also sent
//     again after InternalServerError and ServiceUnavailable. All other errors are final.
//   - A write that must not be done twice and whose outcome is unknown: give it a condition that
//     fails the second time, or read before you write again.
namespace millrace {

struct ClientOptions {
  // As the server prints it: ipc://PATH or tcp://HOST:PORT. Empty: from MILLRACE_NATIVE.
  std::string endpoint{};
  std::chrono::milliseconds timeout{5000};  // of a request that doesn't say
  // Requests under way, over all threads. One more waits for a place; from within a callback, where
  // waiting is forbidden, it ends with kThrottling.
  size_t in_flight_max = 1024;
  int attempts_max = 5;
  std::chrono::milliseconds backoff_min{5};  // of retries and of connecting; doubled each time
  std::chrono::milliseconds backoff_max{500};
  // A name for the change log, as the access key id of an HTTP request is: claimed, not checked.
  std::string principal{};
};

// What every request can say.
using Timeout = std::optional<std::chrono::milliseconds>;

// Read capacity units, as the HTTP API's ConsumedCapacity has them.
struct ReadCapacity {
  double table = 0;
  double index = 0;
  double total() const { return table + index; }
};

// Write capacity units of one table, as the HTTP API's ConsumedCapacity has them with INDEXES: one
// for every KB begun of the item, the larger of before and after the write, and the same of the
// entries of each index that the write changed, where a changed key costs a removal and a new
// entry. Source: "Capacity unit consumption for write operations" and "Provisioned throughput
// considerations for global secondary indexes" in DynamoDB's developer guide.
struct WriteCapacity {
  struct Index {
    std::string name;
    bool local = false;
    double units = 0;
  };
  std::string table_name{};
  double table = 0;              // its own
  std::vector<Index> indexes{};  // those that the write changed
  double total() const {
    double sum = table;
    for (const Index& index : indexes) sum += index.units;
    return sum;
  }
};

struct GetItem {
  std::string table{};
  ItemBuilder key{};
  Expression projection{};  // empty: all attributes
  bool consistent = false;
  Timeout timeout{};
};

struct GotItem {
  Item item{};  // empty(): there is none
  ReadCapacity capacity{};
};

enum class Return : uint8_t {
  kNone = 0,
  kAllOld = 1,
  kUpdatedOld = 2,
  kAllNew = 3,
  kUpdatedNew = 4
};

struct PutItem {
  std::string table{};
  ItemBuilder item{};
  Expression condition{};
  Return returns = Return::kNone;  // kNone or kAllOld
  Timeout timeout{};
  // Where the item goes that made the condition fail, empty() when there was none; untouched by any
  // other end. ReturnValuesOnConditionCheckFailure of the HTTP API. Must live until the request
  // ends.
  Item* item_on_failure = nullptr;
};

struct UpdateItem {
  std::string table{};
  ItemBuilder key{};
  Expression update{};  // may share placeholders with the condition
  Expression condition{};
  Return returns = Return::kNone;
  Timeout timeout{};
  Item* item_on_failure = nullptr;  // as of PutItem
};

struct DeleteItem {
  std::string table{};
  ItemBuilder key{};
  Expression condition{};
  Return returns = Return::kNone;  // kNone or kAllOld
  Timeout timeout{};
  Item* item_on_failure = nullptr;  // as of PutItem
};

struct WrittenItem {
  Item attributes{};  // those that `returns` asks for; empty(): none
  std::optional<WriteCapacity> capacity{};
};

// Of a table or of one of its indexes. Of an index come the attributes that it holds: a global one
// knows no others (its reads are eventually consistent, and consistent ones are refused); of a
// local one `all_attributes`, or a projection or filter that names more, fetches them from the
// table.
struct QueryItems {
  std::string table{};
  std::string index{};  // its name; empty: the table
  Expression key_condition{};
  Expression filter{};
  Expression projection{};
  Item start_key{};  // a page's last_key; empty: from the start
  size_t limit = 0;  // items looked at, before the filter; 0: a page of 1 MB
  bool forward = true;
  bool count_only = false;
  bool all_attributes = false;  // of an index
  bool consistent = false;
  bool return_capacity = false;
  Timeout timeout{};
};

// All items of a table or an index, in no order that means anything. With `total_segments` parts of
// it, each of which one worker may read: segment 0, 1, ... of as many.
struct ScanItems {
  std::string table{};
  std::string index{};  // its name; empty: the table
  Expression filter{};
  Expression projection{};
  Item start_key{};  // a page's last_key, of the same segment; empty: from the start
  size_t limit = 0;  // items looked at, before the filter; 0: a page of 1 MB
  uint32_t segment = 0;
  uint32_t total_segments = 0;  // at most 1,000,000; 0: all of it
  bool count_only = false;
  bool all_attributes = false;  // of an index
  bool consistent = false;
  bool return_capacity = false;
  Timeout timeout{};
};

struct QueryPage {
  std::vector<Item> items{};
  size_t count = 0;
  size_t scanned_count = 0;
  Item last_key{};  // empty(): there is no more; otherwise the next page starts after it
  std::optional<ReadCapacity> capacity{};  // with return_capacity
};

struct BatchGetKey {
  std::string table{};
  ItemBuilder key{};
};

// At most 100 keys, none twice.
struct BatchGetItems {
  std::vector<BatchGetKey> keys{};
  bool consistent = false;
  bool return_capacity = false;
  Timeout timeout{};
};

struct BatchGot {
  std::vector<Item> items{};  // one for each key, in its order; empty(): none, or not read
  // Indexes of keys that were still throttled, or didn't fit into 16 MB, at the last attempt.
  std::vector<size_t> unprocessed{};
  // With return_capacity: of all tables, and of each time that keys were asked for again.
  std::optional<ReadCapacity> capacity{};
};

// At most 25 puts and deletes, no item twice. Each is done or not done by itself.
struct BatchWriteItems {
  struct Write {
    std::string table;
    ItemBuilder item;  // or the key, to delete
    bool remove = false;
  };
  std::vector<Write> writes{};
  Timeout timeout{};

  BatchWriteItems& Put(std::string table, ItemBuilder item) {
    writes.push_back({std::move(table), std::move(item), false});
    return *this;
  }
  BatchWriteItems& Delete(std::string table, ItemBuilder key) {
    writes.push_back({std::move(table), std::move(key), true});
    return *this;
  }
};

// Indexes of writes that were throttled: they were not done, and may be asked for again.
using Unprocessed = std::vector<size_t>;

struct BatchWritten {
  Unprocessed unprocessed{};
  // Of each table of the request, by name; what is unprocessed cost nothing.
  std::vector<WriteCapacity> capacity{};
};

// Of a write's error: it may have been done. False: it was not done.
inline bool OutcomeUnknown(const Status& error) {
  return error.Is(ErrorCode::kInternal);
}

template <typename T>
using Callback = std::function<void(Result<T>)>;

class Client {
 public:
  // Connects and agrees on the protocol, within options.timeout. Errors: kInvalidParameterValue
  // (the endpoint), kUnavailable (nobody is there), kValidation (a server of another version, or
  // something else than the native protocol).
  static Result<std::unique_ptr<Client>> Connect(ClientOptions options);
  // Everything under way ends, as if its time were over. What callbacks start from then on is
  // dropped: it is not sent and does not call back, its future is kUnavailable. Not from a
  // callback.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // An empty item: there is none.
  Result<Item> Get(const GetItem& request);
  std::future<Result<Item>> GetAsync(const GetItem& request);
  void GetAsync(const GetItem& request, Callback<Item> callback);

  // The same, and what it cost. Error: kInternal of a server of an earlier version, which does not
  // say so.
  Result<GotItem> GetWithCapacity(const GetItem& request);
  std::future<Result<GotItem>> GetWithCapacityAsync(const GetItem& request);
  void GetWithCapacityAsync(const GetItem& request, Callback<GotItem> callback);

  // The attributes that `returns` asks for; empty: none. A failed condition is
  // kConditionalCheckFailed; it consumes what a write of the item that is there would, and, as in
  // the HTTP API, its error doesn't say so.
  Result<Item> Put(const PutItem& request);
  std::future<Result<Item>> PutAsync(const PutItem& request);
  void PutAsync(const PutItem& request, Callback<Item> callback);

  Result<Item> Update(const UpdateItem& request);
  std::future<Result<Item>> UpdateAsync(const UpdateItem& request);
  void UpdateAsync(const UpdateItem& request, Callback<Item> callback);

  Result<Item> Delete(const DeleteItem& request);
  std::future<Result<Item>> DeleteAsync(const DeleteItem& request);
  void DeleteAsync(const DeleteItem& request, Callback<Item> callback);

  // The same, and what it cost. A server of an earlier version writes and does not say so: there is
  // no capacity then.
  Result<WrittenItem> PutWithCapacity(const PutItem& request);
  std::future<Result<WrittenItem>> PutWithCapacityAsync(const PutItem& request);
  void PutWithCapacityAsync(const PutItem& request, Callback<WrittenItem> callback);

  Result<WrittenItem> UpdateWithCapacity(const UpdateItem& request);
  std::future<Result<WrittenItem>> UpdateWithCapacityAsync(const UpdateItem& request);
  void UpdateWithCapacityAsync(const UpdateItem& request, Callback<WrittenItem> callback);

  Result<WrittenItem> DeleteWithCapacity(const DeleteItem& request);
  std::future<Result<WrittenItem>> DeleteWithCapacityAsync(const DeleteItem& request);
  void DeleteWithCapacityAsync(const DeleteItem& request, Callback<WrittenItem> callback);

  // One page.
  Result<QueryPage> Query(const QueryItems& request);
  std::future<Result<QueryPage>> QueryAsync(const QueryItems& request);
  void QueryAsync(const QueryItems& request, Callback<QueryPage> callback);

  Result<QueryPage> Scan(const ScanItems& request);
  std::future<Result<QueryPage>> ScanAsync(const ScanItems& request);
  void ScanAsync(const ScanItems& request, Callback<QueryPage> callback);

  Result<BatchGot> BatchGet(const BatchGetItems& request);
  std::future<Result<BatchGot>> BatchGetAsync(const BatchGetItems& request);
  void BatchGetAsync(const BatchGetItems& request, Callback<BatchGot> callback);

  Result<Unprocessed> BatchWrite(const BatchWriteItems& request);
  std::future<Result<Unprocessed>> BatchWriteAsync(const BatchWriteItems& request);
  void BatchWriteAsync(const BatchWriteItems& request, Callback<Unprocessed> callback);

  // Without capacity of a server of an earlier version.
  Result<BatchWritten> BatchWriteWithCapacity(const BatchWriteItems& request);
  std::future<Result<BatchWritten>> BatchWriteWithCapacityAsync(const BatchWriteItems& request);
  void BatchWriteWithCapacityAsync(const BatchWriteItems& request, Callback<BatchWritten> callback);

 private:
  class Io;
  class BatchGetting;
  explicit Client(std::unique_ptr<Io> io);

  template <typename T, typename Request>
  Result<T> Wait(const Request& request);
  template <typename T, typename Request>
  std::future<Result<T>> Promise(const Request& request);
  template <typename T, typename Request>
  void Start(const Request& request, Callback<T> callback);

  std::unique_ptr<Io> io_;
};

}  // namespace millrace
