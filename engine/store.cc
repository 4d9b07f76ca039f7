#include "engine/store.h"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/table.h>

#include <atomic>
#include <mutex>

#include "engine/base/check.h"
#include "engine/base/coding.h"
#include "engine/meta_keys.h"

namespace millrace {

Status FromRocksDb(const rocksdb::Status& status, std::string_view what) {
  if (status.ok()) return Status::Ok();
  ErrorCode code = ErrorCode::kIo;
  if (status.IsNoSpace()) code = ErrorCode::kDiskFull;
  if (status.IsCorruption()) code = ErrorCode::kCorruption;
  return Status(code, std::string(what) + ": " + status.ToString());
}

// The state must never be ahead of the log on disk.
class Store::FlushListener : public rocksdb::EventListener {
 public:
  explicit FlushListener(std::function<Status()> before_flush)
      : before_flush_(std::move(before_flush)) {}
  void OnFlushBegin(rocksdb::DB*, const rocksdb::FlushJobInfo&) override {
    static_cast<void>(MakeLogDurable());
  }
  // A state that could not be written out stays stopped until it is opened again. RocksDB would go
  // on by itself when a full disk has room again, and its Flush may then say that it is done before
  // it is (seen of 7.8.3): the log would be trimmed of commits that only memory holds.
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status error,
                            bool* auto_recovery) override {
    if (error.severity() >= rocksdb::Status::Severity::kHardError) *auto_recovery = false;
  }
  // The first failure is that of every later call.
  Status MakeLogDurable() {
    RETURN_IF_ERROR(failure());
    if (!before_flush_) return Status::Ok();
    const Status status = before_flush_();
    if (!status.ok()) Fail(status);
    return status;
  }
  Status failure() const {
    if (!failed_.load(std::memory_order_acquire)) return Status::Ok();
    const std::lock_guard lock(mutex_);
    return failure_;
  }

 private:
  void Fail(const Status& status) {
    const std::lock_guard lock(mutex_);
    failure_ =
        Status(ErrorCode::kIo, "the log is not on disk as far as the state: " + status.message());
    failed_.store(true, std::memory_order_release);
  }

  const std::function<Status()> before_flush_;
  std::atomic<bool> failed_{false};
  mutable std::mutex mutex_;
  Status failure_;
};

namespace {

rocksdb::ColumnFamilyOptions FamilyOptions(const StoreOptions& options,
                                           const std::shared_ptr<rocksdb::Cache>& cache) {
  // One in 1,000 keys that are not in a file is taken to be. Each costs a block: with one in 100
  // (10 bits), every second batch of 25 new items had to wait for one.
  constexpr int kBloomBitsPerKey = 15;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.block_size = 8 * 1024;  // bytes
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));
  table.cache_index_and_filter_blocks =
      true;  // so that memory is the cache's size, whatever the store's
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.format_version = 5;

  rocksdb::ColumnFamilyOptions family;
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  family.write_buffer_size = options.write_buffer_size;
  family.max_write_buffer_number = 4;
  // Most writes read their item first, and most items are not in a memtable, or are new: a filter
  // answers that without a search. Of the memtable's size: 40 bits an item of 1 KB.
  family.memtable_whole_key_filtering = true;
  family.memtable_prefix_bloom_size_ratio = 0.005;
  family.compression = rocksdb::kLZ4Compression;
  family.bottommost_compression = rocksdb::kZSTD;
  family.level_compaction_dynamic_level_bytes = true;
  return family;
}

}  // namespace

Result<std::unique_ptr<Store>> Store::Open(StoreOptions options) {
  std::unique_ptr<Store> store(new Store(std::move(options)));
  RETURN_IF_ERROR(store->OpenDb());
  return store;
}

Status Store::OpenDb() {
  listener_ = std::make_shared<FlushListener>(options_.before_flush);
  rocksdb::DBOptions db_options;
  if (options_.env != nullptr) db_options.env = options_.env;
  db_options.create_if_missing = true;
  db_options.create_missing_column_families = true;
  db_options.atomic_flush = true;
  db_options.avoid_flush_during_shutdown = true;  // Close flushes; a crash test must not
  db_options.max_background_jobs = 2;
  db_options.bytes_per_sync = 1 << 20;
  db_options.max_open_files = 512;
  db_options.max_file_opening_threads = 2;         // 16 by default, started anew at each open
  db_options.skip_stats_update_on_db_open = true;  // a start must not read every table file
  db_options.listeners.push_back(listener_);
  db_options.info_log_level = rocksdb::WARN_LEVEL;
  db_options.keep_log_file_num = 4;

  const auto cache = rocksdb::NewLRUCache(options_.block_cache_size);
  const rocksdb::ColumnFamilyOptions family = FamilyOptions(options_, cache);
  const std::vector<rocksdb::ColumnFamilyDescriptor> families = {
      {rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions()},
      {"meta", family},
      {"items", family},
      {"indexes", family}};
  rocksdb::DB* db = nullptr;
  RETURN_IF_ERROR(
      FromRocksDb(rocksdb::DB::Open(db_options, options_.directory, families, &handles_, &db),
                  "opening the state"));
  db_.reset(db);
  for (size_t i = 0; i < handles_.size(); ++i) {
    MILLRACE_CHECK(handles_[i]->GetID() == i, "the state's column families are not in their order");
  }
  return Status::Ok();
}

Store::~Store() {
  if (db_ == nullptr) return;
  for (rocksdb::ColumnFamilyHandle* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
  (void)db_->Close();
}

Result<Lsn> Store::ReadAppliedLsn(const rocksdb::Snapshot* snapshot) const {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  std::string value;
  const rocksdb::Status status = db_->Get(options, meta(), kAppliedLsnRow, &value);
  if (status.IsNotFound()) return Lsn(0);
  RETURN_IF_ERROR(FromRocksDb(status, "reading the applied lsn"));
  if (value.size() != sizeof(uint64_t))
    return Status(ErrorCode::kCorruption, "the applied lsn is damaged");
  return Lsn(LoadLittle<uint64_t>(value.data()));
}

Status Store::Write(rocksdb::WriteBatch* batch) {
  RETURN_IF_ERROR(listener_->failure());
  rocksdb::WriteOptions write;
  write.disableWAL = true;
  const rocksdb::Status status = db()->Write(write, batch);
  writes_.fetch_add(1, std::memory_order_release);
  return FromRocksDb(status, "applying commits");
}

Status Store::Flush() {
  // Before RocksDB begins, while a failure can still keep the state from getting ahead.
  RETURN_IF_ERROR(listener_->MakeLogDurable());
  rocksdb::FlushOptions flush;
  flush.wait = true;
  RETURN_IF_ERROR(
      FromRocksDb(db_->Flush(flush, {meta(), items(), indexes()}), "flushing the state"));
  return listener_->failure();
}

}  // namespace millrace
