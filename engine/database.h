#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/file_system.h"
#include "engine/base/status.h"
#include "engine/expression/expression.h"
#include "engine/log/commit_log.h"
#include "engine/model/position.h"
#include "engine/table.h"

// The table engine of one group: tables, items and cells in RocksDB as the state of one commit log.
//
// Invariants: nothing changes state except by a frame of the log. At durability `sync`, what any
// reader sees is on disk. A callback runs only after everything its outcome depends on is applied.
// Whoever sees position N can read all below it. A commit is visible whole or not at all.
namespace millrace {

// The most that one commit may come to: bytes of its records (keys and images, old and new) and
// cells, with 128 for each. Far above what any operation of the API makes; a log segment holds many
// times as much.
constexpr size_t kCommitSizeMax = size_t{128} << 20;

// All items of one partition key and their entries in local indexes, of a table that has such.
// Source: "Item collection size limit" in the developer guide.
constexpr uint64_t kItemCollectionSizeMax = uint64_t{10} << 30;

// Units, of reading and of writing each, that all tables and global indexes may be provisioned
// with together. Source: "Throughput default quotas" in the developer guide.
constexpr int64_t kAccountUnitsMax = 80'000;

struct DatabaseOptions {
  std::string directory;
  bool sync = true;  // false: durability "os", no fdatasync on the commit path
  uint64_t log_segment_size = uint64_t{256} << 20;
  uint64_t log_disk_reserve = uint64_t{64} << 20;
  uint64_t block_cache_size = uint64_t{256} << 20;  // bytes
  uint64_t write_buffer_size = uint64_t{32}
                               << 20;  // bytes per memtable: bounds what a restart replays
  size_t queue_capacity = 8192;  // commits queued ahead of the committer; beyond it: kThrottling
  size_t commit_size_max = kCommitSizeMax;        // bytes; at most kCommitSizeMax
  FileSystem* file_system = FileSystem::Posix();  // of the log
  const Clock* clock = nullptr;                   // null: the system's
  uint16_t region = 0;
  uint64_t item_collection_size_max = kItemCollectionSizeMax;  // bytes
  size_t backfill_step_items = 256;  // items that one step of an index's back-fill looks at
  std::chrono::milliseconds expiry_interval{
      1000};                 // how often items whose time is over are looked for
  size_t tables_max = 2500;  // live ones. Source: "Quotas" in the developer guide
  int64_t account_units_max = kAccountUnitsMax;
};

// Who made a write, for its change record.
struct WriteOrigin {
  std::string principal;  // unverified access key id, or empty
  std::string request_id;
  Position causation;  // of a handler's write: the record that it handled; lsn 0 otherwise
  uint16_t hop_count = 0;
  bool by_service = false;  // principal is a service of the platform's own (TTL), not a user
};

// A condition check changes nothing; the commit holds its item as it holds those it writes.
enum class WriteKind : uint8_t { kPut, kUpdate, kDelete, kConditionCheck };

// One write of one item. Keys are checked and limits of the API's parameters enforced by whoever
// makes it; the item's size limit here.
struct WriteRequest {
  TableRef table;
  WriteKind kind = WriteKind::kPut;
  ItemKey key;
  std::string item;                        // kPut: item bytes
  std::optional<UpdateExpression> update;  // kUpdate; absent: creates the item when there is none
  std::optional<Condition> condition;
  bool return_images = false;  // fill WriteOutcome's images
  bool count_indexes = false;  // fill WriteOutcome's index_writes
};

// What a write did to one index of its table.
struct IndexWrite {
  std::string index;
  IndexKind kind = IndexKind::kGlobal;
  uint32_t units = 0;  // write capacity units; a changed key costs a removal and a new entry
};

struct WriteOutcome {
  // kConditionalCheckFailed, kValidation, kResourceNotFound; kTransactionConflict when another
  // transaction held the item for too long.
  Status status;
  bool existed = false;
  bool changed = false;   // false: nothing to change, no record was made
  std::string old_image;  // with return_images, or when the condition failed; empty: no item
  std::string new_image;  // with return_images
  uint32_t old_size = 0;  // AWS's bytes
  uint32_t new_size = 0;
  std::vector<IndexWrite> index_writes;  // with count_indexes: of each index that it changed
};

// A cell: a small named value with a version (the lsn that wrote it), changed by compare-and-set
// inside a commit.
struct Cell {
  std::string value;
  uint64_t version = 0;
};
struct CellChange {
  std::string key;
  std::optional<uint64_t> expected_version;  // 0: must not exist; absent: whatever it is
  std::optional<std::string> value;          // absent: removed
};

// All of it in one frame, or nothing.
struct CommitRequest {
  std::vector<WriteRequest> writes;  // of distinct keys
  std::vector<CellChange> cells;     // of distinct keys
  WriteOrigin origin;
  // The rules of TransactWriteItems: items that others hold are waited for only briefly
  // (kTransactionConflict), and what is put and updated stays within kTransactionSizeMax together.
  bool transaction = false;
};

struct CommitResult {
  // OK; kFenced when a cell's version differs, whatever the writes; with a single write that is no
  // transaction, that write's status; else kTransactionCanceled when a write failed; kValidation
  // when the commit is larger than commit_size_max or kTransactionSizeMax; kThrottling when the
  // queue is full; kIo or kUnavailable when the group has stopped; kDiskFull.
  Status status;
  std::vector<WriteOutcome> outcomes;  // as many as writes
  Lsn lsn;                             // 0 when nothing changed
};
using CommitCallback = std::function<void(CommitResult)>;

// Where callbacks run: one batch is posted per group commit.
class CompletionQueue {
 public:
  struct Completion {
    CommitCallback callback;
    CommitResult result;
  };
  virtual ~CompletionQueue() = default;
  // From the committer's thread, or from the thread that called Commit. Must not block.
  virtual void Post(std::vector<Completion> completions) = 0;
};

// Told of each group of commits, on the committer's thread; must not block.
class CommitListener {
 public:
  virtual ~CommitListener() = default;
  // It is on disk and OnApplied follows in some tens of microseconds, unless the state fails: a
  // thread that sleeps may use them to wake up. The log has it already, the state does not.
  virtual void OnDurable() {}
  // Readers of the log may read up to `applied`.
  virtual void OnApplied(Lsn applied) = 0;
};

struct ItemAddress {
  TableRef table;
  ItemKey key;
};

// One page of a Query or Scan of a table or of one of its indexes, in one snapshot. With
// `key_condition` the items of one partition key in sort-key order; otherwise items in hash order,
// of segment `segment` of `total_segments` equal ranges of the hash. The items of an index are what
// it projects, and those with the same index key come in the order of the table's keys.
struct PageRequest {
  TableRef table;
  const Index* index = nullptr;  // of the table; null: the table itself
  // Of a local index: return and filter the table's items rather than what the index projects.
  bool whole_items = false;
  const KeyCondition* key_condition = nullptr;
  uint32_t segment = 0;
  uint32_t total_segments = 1;
  bool forward = true;
  std::optional<ItemKey> exclusive_start;
  IndexKey exclusive_start_index;  // with `index` and `exclusive_start`
  size_t limit = SIZE_MAX;         // items evaluated, before the filter
  const Condition* filter = nullptr;
  bool count_only = false;  // items are counted, not returned
};
struct Page {
  std::vector<std::string> items;  // item bytes
  size_t count = 0;                // after the filter
  size_t scanned_count = 0;
  size_t evaluated_size = 0;    // AWS's bytes of what was evaluated
  uint64_t fetched_blocks = 0;  // 4 KB begun of each item that whole_items read from the table
  std::optional<ItemKey> last_evaluated;  // there may be more after this key
  IndexKey last_evaluated_index;          // with `last_evaluated` of an index
  Lsn as_of;  // the snapshot's: the page shows the state after exactly this commit
};

// What UpdateTable changes; what is absent stays as it is.
struct TableUpdate {
  struct Stream {
    std::optional<StreamViewType> view;  // absent: off
  };
  std::optional<Stream> stream;
  std::optional<bool> deletion_protection;
  // One index is made or removed at a time.
  std::optional<IndexSpec> create_index;
  std::optional<std::string> delete_index;
  // As `settings`, of global indexes by their names: all but name, key and projection.
  std::vector<std::pair<std::string, std::function<Status(Index*)>>> index_settings;
  struct Ttl {
    bool enabled = false;
    std::string attribute;
  };
  std::optional<Ttl> ttl;
  // Whatever else it is set to (all but name and key): called once, alone, with the newest state,
  // in one step with the rest. Its error is UpdateTable's.
  std::function<Status(TableSpec*)> settings;
};

struct TableStatistics {
  int64_t item_count = 0;
  int64_t size = 0;  // AWS's bytes
};

// Thread-safe. Destroyed by its owner after all its users.
class Database {
 public:
  virtual ~Database() = default;

  // Opens or creates `directory`: replays the log after the state's applied lsn. Errors:
  // kDirectoryInUse, kUnsupportedFormat (made by a newer version), kCorruption (lost or damaged
  // bytes), kIo.
  static Result<std::unique_ptr<Database>> Open(const DatabaseOptions& options);
  // Stops the committer, flushes and closes. Later calls fail with kUnavailable.
  virtual Status Close() = 0;

  // The catalog. The mutating calls wait for their commit: not for request threads.
  // kResourceInUse; kLimitExceeded: tables_max, account_units_max.
  virtual Result<TableRef> CreateTable(const TableSpec& spec) = 0;
  virtual Result<TableRef> DeleteTable(std::string_view name) = 0;  // kResourceNotFound
  // All of it in one commit, or nothing. kResourceNotFound; kValidation: the stream is on (off)
  // already; kLimitExceeded: too many streams, account_units_max.
  virtual Result<TableRef> UpdateTable(std::string_view name, const TableUpdate& update) = 0;
  Result<TableRef> EnableStream(std::string_view name, StreamViewType view);
  Result<TableRef> DisableStream(std::string_view name);
  virtual TableRef FindTable(std::string_view name) const = 0;  // null when there is none
  virtual TableRef FindTable(TableId id) const = 0;             // deleted ones too, while kept
  virtual std::vector<TableRef> Tables() const = 0;             // sorted by name, live ones
  virtual std::vector<TableRef> TablesWithDeleted() const = 0;
  virtual TableStatistics Statistics(TableId id) const = 0;
  virtual TableStatistics IndexStatistics(IndexId id) const = 0;
  // Of a partition key of a table with a local index: AWS's bytes of its items and entries.
  virtual Result<uint64_t> ItemCollectionSize(const Table& table, std::string_view pk) const = 0;

  // Reads of the applied state. True and the item's bytes in `item`; false: no such item.
  // `cached_only`: kUnavailable rather than wait for the disk.
  virtual Result<bool> Get(const Table& table, const ItemKey& key, std::string* item,
                           bool cached_only = false) const = 0;
  // Several items in one snapshot, in their order; an empty string: no such item. kLimitExceeded:
  // together they are larger than `size_max` of AWS's bytes.
  virtual Result<std::vector<std::string>> GetMany(const std::vector<ItemAddress>& items,
                                                   size_t size_max) const = 0;
  virtual Result<Page> ReadPage(const PageRequest& request) const = 0;
  virtual Result<std::optional<Cell>> ReadCell(std::string_view key) const = 0;
  // By key, those after the key `after`, at most `limit`.
  virtual Result<std::vector<std::pair<std::string, Cell>>> ListCells(
      std::string_view prefix, std::string_view after = {}, size_t limit = SIZE_MAX) const = 0;

  // Plans at once, on the calling thread, and queues; the callback runs through `home` once the
  // outcome's ground is applied.
  virtual void Commit(CommitRequest request, CompletionQueue* home, CommitCallback callback) = 0;
  // The same, waiting. Not from a committer's callback.
  virtual CommitResult CommitAndWait(CommitRequest request) = 0;

  // The change log, to be read up to applied_lsn(); by who asks no state, to its durable_lsn().
  virtual CommitLog* log() = 0;
  virtual Lsn applied_lsn() const = 0;
  virtual void AddListener(CommitListener* listener) = 0;
  // After it returns the listener is not called any more.
  virtual void RemoveListener(CommitListener* listener) = 0;

  // Frees the log below `keep_from` as far as it is older than the retention, state on disk no
  // longer needs it, and forgets deleted tables and closed streams that have no records left.
  // Returns the bytes freed.
  virtual Result<uint64_t> TrimLog(Lsn keep_from, int64_t older_than_micros) = 0;
  // Writes the state out so that a restart replays nothing.
  virtual Status Flush() = 0;
};

}  // namespace millrace
