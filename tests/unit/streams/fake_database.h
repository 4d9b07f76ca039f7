#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/checksum.h"
#include "engine/base/clock.h"
#include "engine/database.h"
#include "tests/unit/streams/fake_log.h"

namespace millrace {

// A Database whose log is in memory and whose writes say exactly what goes into it: what readers of
// the log stand on, and no more. The calls that they don't make answer kUnavailable.
// Single-threaded.
class FakeDatabase final : public Database {
 public:
  explicit FakeDatabase(ManualClock* clock, size_t frames_per_segment = 4)
      : clock_(clock), log_(frames_per_segment) {}

  // One write of an item: its key, and an attribute `v` of that value (nullopt: the item is
  // removed).
  struct Write {
    TableId table;
    ItemKey key;
    std::optional<std::string> value;
  };
  // One commit of all of them; returns its lsn. Items that don't exist are not removed, and equal
  // ones written anyway.
  Lsn CommitWrites(const std::vector<Write>& writes, const WriteOrigin& origin = {});
  Lsn Put(TableRef table, const ItemKey& key, std::string_view value,
          const WriteOrigin& origin = {}) {
    return CommitWrites({{table->id, key, std::string(value)}}, origin);
  }
  Lsn Remove(TableRef table, const ItemKey& key) {
    return CommitWrites({{table->id, key, std::nullopt}});
  }
  // A commit without any record.
  Lsn CommitNothing() { return Append({}, 0); }

  // Changes the live table behind the log's back; nullopt removes.
  void Corrupt(TableRef table, const ItemKey& key, std::optional<std::string_view> value);
  // Called before each page is read.
  std::function<void()> before_page;
  // Commits from now on are in the log, but not yet applied: nullopt ends it.
  std::optional<Lsn> applied_held;
  FakeLog* fake_log() { return &log_; }

  Status Close() override { return Status::Ok(); }
  Result<TableRef> CreateTable(const TableSpec& spec) override;
  Result<TableRef> DeleteTable(std::string_view name) override;
  Result<TableRef> UpdateTable(std::string_view name, const TableUpdate& update) override;
  TableRef FindTable(std::string_view name) const override;
  TableRef FindTable(TableId id) const override;
  std::vector<TableRef> Tables() const override;
  std::vector<TableRef> TablesWithDeleted() const override;
  TableStatistics Statistics(TableId) const override { return {}; }
  TableStatistics IndexStatistics(IndexId) const override { return {}; }
  Result<uint64_t> ItemCollectionSize(const Table&, std::string_view) const override {
    return Unsupported();
  }
  Result<bool> Get(const Table&, const ItemKey&, std::string*, bool) const override {
    return Unsupported();
  }
  Result<Page> ReadPage(const PageRequest& request) const override;
  Result<std::optional<Cell>> ReadCell(std::string_view) const override { return Unsupported(); }
  Result<std::vector<std::string>> GetMany(const std::vector<ItemAddress>&, size_t) const override {
    return Unsupported();
  }
  Result<std::vector<std::pair<std::string, Cell>>> ListCells(std::string_view, std::string_view,
                                                              size_t) const override {
    return Unsupported();
  }
  void Commit(CommitRequest, CompletionQueue*, CommitCallback) override {}
  CommitResult CommitAndWait(CommitRequest) override { return {Unsupported(), {}, Lsn()}; }
  CommitLog* log() override { return &log_; }
  Lsn applied_lsn() const override { return applied_held.value_or(log_.last_lsn()); }
  void AddListener(CommitListener*) override {}
  void RemoveListener(CommitListener*) override {}
  Result<uint64_t> TrimLog(Lsn keep_from, int64_t older_than_micros) override {
    return log_.Trim(keep_from, older_than_micros);
  }
  Status Flush() override { return Status::Ok(); }

 private:
  static Status Unsupported() { return Status(ErrorCode::kUnavailable, "not in the fake"); }
  Lsn Append(std::string_view entries, uint32_t count);
  void AppendRecord(const Write& write, const WriteOrigin& origin, uint32_t ordinal,
                    std::string* entries);
  Result<Table*> Live(std::string_view name);
  TableRef Publish(const Table& table);

  struct LiveItem {
    std::string bytes;
    Position position;
  };
  ManualClock* clock_;
  int64_t last_time_micros_ = 0;
  FakeLog log_;
  std::map<TableId, Table> tables_;
  std::map<TableId, TableRef> published_;
  std::map<std::string, LiveItem> items_;    // by storage key
  std::map<std::string, Position> removed_;  // last records of items that are gone
  std::map<uint64_t, Digest> chain_heads_;   // by partition
};

// A table `name` with the string keys pk and, if wanted, sk.
TableSpec SpecOf(std::string_view name, std::optional<StreamViewType> stream = std::nullopt,
                 bool with_sort_key = false);
// The n-th partition key, counted from 0, that falls into a shard.
ItemKey KeyInShard(const Table& table, uint32_t shard, int n = 0);

}  // namespace millrace
