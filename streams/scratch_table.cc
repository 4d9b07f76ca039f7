#include "streams/scratch_table.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <filesystem>
#include <system_error>
#include <utility>

namespace millrace {
namespace {

constexpr size_t kWriteBuffer = size_t{16} << 20;  // bytes, of each of two
constexpr size_t kBlockCache = size_t{16} << 20;
constexpr size_t kBatchBytes = size_t{256} << 10;

rocksdb::Slice SliceOf(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

Status FromRocksDb(const rocksdb::Status& status) {
  if (status.ok()) return Status::Ok();
  return Status(status.IsNoSpace() ? ErrorCode::kDiskFull : ErrorCode::kIo,
                "scratch store: " + status.ToString());
}

rocksdb::Options OptionsOfScratch() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.error_if_exists = true;
  options.write_buffer_size = kWriteBuffer;
  options.max_write_buffer_number = 2;
  options.max_open_files = 64;
  options.compression = rocksdb::kLZ4Compression;
  options.info_log_level = rocksdb::FATAL_LEVEL;
  options.keep_log_file_num = 1;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(kBlockCache);
  table.cache_index_and_filter_blocks = true;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

rocksdb::WriteOptions Unlogged() {
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  return options;
}

}  // namespace

struct ScratchTable::Impl {
  std::string directory;
  std::unique_ptr<rocksdb::DB> db;
  rocksdb::WriteBatch batch;
};

struct ScratchTable::Iterator::Impl {
  std::unique_ptr<rocksdb::Iterator> iterator;
};

Result<std::unique_ptr<ScratchTable>> ScratchTable::Create(const std::string& directory) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(directory, error);
  if (error) return Status(ErrorCode::kIo, directory + ": " + error.message());
  if (!made) return Status::Validation("The scratch directory " + directory + " exists already");
  auto impl = std::make_unique<Impl>();
  impl->directory = directory;
  rocksdb::DB* db = nullptr;
  Status opened = FromRocksDb(rocksdb::DB::Open(OptionsOfScratch(), directory, &db));
  impl->db.reset(db);
  std::unique_ptr<ScratchTable> table(new ScratchTable(std::move(impl)));  // removes the directory
  if (!opened.ok()) return opened;
  return table;
}

ScratchTable::ScratchTable(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

ScratchTable::~ScratchTable() {
  impl_->db.reset();
  std::error_code ignored;  // a leftover does no harm but for its space
  std::filesystem::remove_all(impl_->directory, ignored);
}

Status ScratchTable::Put(std::string_view key, std::string_view value) {
  RETURN_IF_ERROR(FromRocksDb(impl_->batch.Put(SliceOf(key), SliceOf(value))));
  return impl_->batch.GetDataSize() >= kBatchBytes ? FlushBatch() : Status::Ok();
}

Status ScratchTable::Delete(std::string_view key) {
  RETURN_IF_ERROR(FromRocksDb(impl_->batch.Delete(SliceOf(key))));
  return impl_->batch.GetDataSize() >= kBatchBytes ? FlushBatch() : Status::Ok();
}

Status ScratchTable::FlushBatch() {
  RETURN_IF_ERROR(FromRocksDb(impl_->db->Write(Unlogged(), &impl_->batch)));
  impl_->batch.Clear();
  return Status::Ok();
}

Result<std::unique_ptr<ScratchTable::Iterator>> ScratchTable::Seek(std::string_view from) {
  RETURN_IF_ERROR(FlushBatch());
  auto impl = std::make_unique<Iterator::Impl>();
  impl->iterator.reset(impl_->db->NewIterator(rocksdb::ReadOptions()));
  impl->iterator->Seek(SliceOf(from));
  return std::unique_ptr<Iterator>(new Iterator(std::move(impl)));
}

ScratchTable::Iterator::Iterator(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ScratchTable::Iterator::~Iterator() = default;

bool ScratchTable::Iterator::valid() const {
  return impl_->iterator->Valid();
}
std::string_view ScratchTable::Iterator::key() const {
  return impl_->iterator->key().ToStringView();
}
std::string_view ScratchTable::Iterator::value() const {
  return impl_->iterator->value().ToStringView();
}
void ScratchTable::Iterator::Next() {
  impl_->iterator->Next();
}
Status ScratchTable::Iterator::status() const {
  return FromRocksDb(impl_->iterator->status());
}

}  // namespace millrace
