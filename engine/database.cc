#include "engine/database.h"

#include <algorithm>
#include <atomic>

#include "engine/catalog.h"
#include "engine/commit_planner.h"
#include "engine/committer.h"
#include "engine/data_directory.h"
#include "engine/index_backfill.h"
#include "engine/item_expiry.h"
#include "engine/pending_collections.h"
#include "engine/pending_images.h"
#include "engine/planning_gate.h"
#include "engine/space_reclaim.h"
#include "engine/state_applier.h"
#include "engine/state_reader.h"
#include "engine/store.h"
#include "engine/table_changes.h"
#include "engine/waiting_queue.h"

namespace millrace {
namespace {

const Clock* SystemClockInstance() {
  static const SystemClock clock;
  return &clock;
}

class DatabaseImpl final : public Database {
 public:
  explicit DatabaseImpl(const DatabaseOptions& options)
      : options_(options),
        clock_(options.clock != nullptr ? options.clock : SystemClockInstance()) {}
  ~DatabaseImpl() override {
    if (reclaim_) reclaim_->Stop();
    if (expiry_) expiry_->Stop();
    if (committer_) committer_->Stop();
  }

  Status OpenAll();
  Status Close() override;

  Result<TableRef> CreateTable(const TableSpec& spec) override { return changes_->Create(spec); }
  Result<TableRef> DeleteTable(std::string_view name) override {
    Result<TableRef> table = changes_->Delete(name);
    if (table.ok()) reclaim_->Wake();
    return table;
  }
  Result<TableRef> UpdateTable(std::string_view name, const TableUpdate& update) override {
    Result<TableRef> table = changes_->Update(name, update);
    if (table.ok() && (update.create_index || update.ttl)) backfill_->Wake();
    if (table.ok() && (update.delete_index || update.ttl)) reclaim_->Wake();
    return table;
  }
  TableRef FindTable(std::string_view name) const override { return catalog_.Find(name); }
  TableRef FindTable(TableId id) const override { return catalog_.Find(id); }
  std::vector<TableRef> Tables() const override { return catalog_.All(false); }
  std::vector<TableRef> TablesWithDeleted() const override { return catalog_.All(true); }
  TableStatistics Statistics(TableId id) const override { return applier_->Statistics(id.value()); }
  TableStatistics IndexStatistics(IndexId id) const override {
    return applier_->Statistics(id.value());
  }
  Result<uint64_t> ItemCollectionSize(const Table& table, std::string_view pk) const override {
    return reader_->ItemCollectionSize(table, pk);
  }

  Result<bool> Get(const Table& table, const ItemKey& key, std::string* item,
                   bool cached_only) const override {
    return reader_->Get(table, key, item, cached_only);
  }
  Result<std::vector<std::string>> GetMany(const std::vector<ItemAddress>& items,
                                           size_t size_max) const override {
    return reader_->GetMany(items, size_max);
  }
  Result<Page> ReadPage(const PageRequest& request) const override {
    return reader_->ReadPage(request);
  }
  Result<std::optional<Cell>> ReadCell(std::string_view key) const override {
    return reader_->ReadCell(key);
  }
  Result<std::vector<std::pair<std::string, Cell>>> ListCells(std::string_view prefix,
                                                              std::string_view after,
                                                              size_t limit) const override {
    return reader_->ListCells(prefix, after, limit);
  }

  void Commit(CommitRequest request, CompletionQueue* home, CommitCallback callback) override {
    planner_->Commit(std::move(request), home, std::move(callback));
  }
  CommitResult CommitAndWait(CommitRequest request) override {
    WaitingQueue waiting;
    planner_->Commit(std::move(request), &waiting, waiting.Callback());
    return waiting.Wait();
  }

  CommitLog* log() override { return log_.get(); }
  Lsn applied_lsn() const override { return committer_->applied_lsn(); }
  void AddListener(CommitListener* listener) override { committer_->AddListener(listener); }
  void RemoveListener(CommitListener* listener) override { committer_->RemoveListener(listener); }

  Result<uint64_t> TrimLog(Lsn keep_from, int64_t older_than_micros) override;
  Status Flush() override { return store_->Flush(); }

 private:
  Status OpenState();
  Status Replay(Lsn applied);
  void StartWriting();

  const DatabaseOptions options_;
  const Clock* clock_;
  std::unique_ptr<DataDirectory> directory_;
  // Built in this order, and destroyed in the opposite one. The store flushes only what the log
  // holds durably, so it must know the log while that lives.
  std::atomic<CommitLog*> flushed_log_{nullptr};
  std::unique_ptr<CommitLog> log_;
  std::unique_ptr<Store> store_;
  Catalog catalog_;
  PendingImages pending_;
  PendingCollections collections_;
  PlanningGate planning_gate_;
  std::unique_ptr<StateApplier> applier_;
  std::unique_ptr<StateReader> reader_;
  std::unique_ptr<Committer> committer_;
  std::unique_ptr<CommitPlanner> planner_;
  std::unique_ptr<TableChanges> changes_;
  std::unique_ptr<IndexBackfill> backfill_;
  std::unique_ptr<ItemExpiry> expiry_;
  std::unique_ptr<SpaceReclaim> reclaim_;
};

Status DatabaseImpl::OpenAll() {
  ASSIGN_OR_RETURN(directory_, DataDirectory::Open(options_.file_system, options_.directory));
  RETURN_IF_ERROR(OpenState());
  ASSIGN_OR_RETURN(const Lsn applied, store_->ReadAppliedLsn());
  LogOptions log_options;
  log_options.directory = directory_->log_path();
  log_options.segment_size = options_.log_segment_size;
  log_options.sync = options_.sync;
  log_options.disk_reserve = options_.log_disk_reserve;
  ASSIGN_OR_RETURN(log_, CommitLog::Open(options_.file_system, log_options, applied));
  // What recovery found may still be in the page cache alone; it becomes visible only once it is on
  // disk.
  RETURN_IF_ERROR(log_->SyncNow());
  flushed_log_ = log_.get();
  RETURN_IF_ERROR(Replay(applied));
  RETURN_IF_ERROR(
      IndexBackfill::FillActive(catalog_, applier_.get(), options_.backfill_step_items));
  RETURN_IF_ERROR(SpaceReclaim::HideDropped(store_.get()));
  StartWriting();
  return Status::Ok();
}

Status DatabaseImpl::OpenState() {
  StoreOptions store_options;
  store_options.directory = directory_->state_path();
  store_options.block_cache_size = options_.block_cache_size;
  store_options.write_buffer_size = options_.write_buffer_size;
  // At `sync` the state never holds what the log has not synced; at `os` the log has to catch up
  // first.
  if (!options_.sync) {
    store_options.before_flush = [this] {
      CommitLog* log = flushed_log_.load();
      return log == nullptr ? Status::Ok() : log->SyncNow();
    };
  }
  ASSIGN_OR_RETURN(store_, Store::Open(std::move(store_options)));
  applier_ = std::make_unique<StateApplier>(store_.get(), &catalog_);
  return applier_->Load();
}

Status DatabaseImpl::Replay(Lsn applied) {
  constexpr size_t kBytesPerWrite = size_t{4} << 20;
  const Lsn last = log_->last_lsn();
  if (applied >= last) return Status::Ok();
  const std::unique_ptr<LogCursor> cursor = log_->NewCursor(Lsn(applied.value() + 1));
  Lsn reached = applied;
  size_t bytes = 0;
  while (reached < last) {
    ASSIGN_OR_RETURN(const std::optional<FrameView> frame, cursor->Next(last));
    if (!frame) return Status(ErrorCode::kCorruption, "the log ends before its last commit");
    RETURN_IF_ERROR(applier_->Apply(*frame));
    reached = frame->lsn;
    bytes += frame->entries.size();
    if (bytes < kBytesPerWrite && reached < last) continue;
    RETURN_IF_ERROR(applier_->Publish(reached));
    bytes = 0;
  }
  return Status::Ok();
}

void DatabaseImpl::StartWriting() {
  int64_t last_time = 0;
  for (const SegmentInfo& segment : log_->Segments())
    last_time = std::max(last_time, segment.last_time_micros);
  reader_ = std::make_unique<StateReader>(store_.get());
  committer_ = std::make_unique<Committer>(
      Committer::Parts{log_.get(), applier_.get(), &pending_, &collections_, &catalog_, clock_,
                       &planning_gate_},
      options_.queue_capacity, last_time);
  planner_ = std::make_unique<CommitPlanner>(CommitPlanner::Parts{
      reader_.get(), &catalog_, &pending_, &collections_, committer_.get(), &planning_gate_,
      options_.region, std::min(options_.commit_size_max, kCommitSizeMax),
      options_.item_collection_size_max});
  changes_ = std::make_unique<TableChanges>(
      TableChanges::Parts{&catalog_, committer_.get(), reader_.get(), &planning_gate_, clock_,
                          options_.tables_max, options_.account_units_max});
  backfill_ = std::make_unique<IndexBackfill>(
      IndexBackfill::Parts{&catalog_, committer_.get(), applier_.get(), changes_.get(),
                           store_.get(), options_.backfill_step_items});
  expiry_ = std::make_unique<ItemExpiry>(
      ItemExpiry::Parts{&catalog_, planner_.get(), store_.get(), clock_, options_.expiry_interval});
  reclaim_ = std::make_unique<SpaceReclaim>(store_.get());
}

Status DatabaseImpl::Close() {
  reclaim_->Stop();
  expiry_->Stop();
  backfill_->Stop();
  committer_->Stop();
  RETURN_IF_ERROR(store_->Flush());
  return log_->Close();
}

Result<uint64_t> DatabaseImpl::TrimLog(Lsn keep_from, int64_t older_than_micros) {
  const std::vector<SegmentInfo> segments = log_->Segments();
  uint64_t freed = 0;
  if (!segments.empty() && segments.front().sealed && segments.front().last < keep_from &&
      segments.front().last_time_micros < older_than_micros) {
    // The state on disk must not need what goes.
    const Lsn applied = applied_lsn();
    RETURN_IF_ERROR(store_->Flush());
    const Lsn bound(std::min(keep_from.value(), applied.value() + 1));
    ASSIGN_OR_RETURN(freed, log_->Trim(bound, older_than_micros));
  }
  RETURN_IF_ERROR(changes_->ForgetEnded(log_->first_lsn(), older_than_micros));
  return freed;
}

}  // namespace

Result<TableRef> Database::EnableStream(std::string_view name, StreamViewType view) {
  TableUpdate update;
  update.stream = TableUpdate::Stream{view};
  return UpdateTable(name, update);
}

Result<TableRef> Database::DisableStream(std::string_view name) {
  TableUpdate update;
  update.stream = TableUpdate::Stream{};
  return UpdateTable(name, update);
}

Result<std::unique_ptr<Database>> Database::Open(const DatabaseOptions& options) {
  auto database = std::make_unique<DatabaseImpl>(options);
  RETURN_IF_ERROR(database->OpenAll());
  return std::unique_ptr<Database>(std::move(database));
}

}  // namespace millrace
