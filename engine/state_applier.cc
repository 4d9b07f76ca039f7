#include "engine/state_applier.h"

#include <rocksdb/write_batch.h>

#include "engine/base/check.h"
#include "engine/base/coding.h"
#include "engine/expiry_index.h"
#include "engine/index_entries.h"
#include "engine/key_order.h"
#include "engine/keys.h"
#include "engine/log_entries.h"
#include "engine/meta_keys.h"
#include "engine/space_reclaim.h"
#include "engine/stored_item.h"
#include "engine/table_codec.h"

namespace millrace {
namespace {

Status Damaged(Lsn lsn, std::string_view what) {
  return Status(ErrorCode::kCorruption,
                "commit " + std::to_string(lsn.value()) + " of the log: " + std::string(what));
}

std::string EncodeStatistics(const TableStatistics& statistics) {
  std::string bytes;
  PutLittle(&bytes, statistics.item_count);
  PutLittle(&bytes, statistics.size);
  return bytes;
}

// A key attribute of a record as raw key bytes.
std::optional<std::string> RawKey(ItemView keys, const KeyAttribute& attribute) {
  const std::optional<ValueView> value = keys.Find(attribute.name);
  if (!value || value->type() != attribute.type) return std::nullopt;
  return std::string(value->payload());
}

std::optional<ItemKey> KeyOfRecord(const KeySchema& schema, ItemView keys) {
  ItemKey key;
  std::optional<std::string> pk = RawKey(keys, schema.hash);
  if (!pk) return std::nullopt;
  key.pk = std::move(*pk);
  if (schema.range) {
    std::optional<std::string> sk = RawKey(keys, *schema.range);
    if (!sk) return std::nullopt;
    key.sk = std::move(*sk);
  }
  return key;
}

}  // namespace

struct StateApplier::Batch {
  rocksdb::WriteBatch writes;
  KeyOrder order;
};

StateApplier::StateApplier(Store* store, Catalog* catalog)
    : store_(store),
      catalog_(catalog),
      batch_(std::make_unique<Batch>()),
      indexes_(store, &statistics_deltas_) {}
StateApplier::~StateApplier() = default;

template <typename Visit>
Status StateApplier::VisitMeta(char kind, const Visit& visit) {
  const std::string prefix(1, kind);
  const std::unique_ptr<rocksdb::Iterator> it(
      store_->db()->NewIterator(rocksdb::ReadOptions(), store_->meta()));
  for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next()) {
    if (!visit(ToView(it->key()).substr(1), ToView(it->value()))) {
      return Status(ErrorCode::kCorruption, "a row of the state's metadata is damaged");
    }
  }
  return FromRocksDb(it->status(), "reading the state's metadata");
}

Status StateApplier::Load() {
  RETURN_IF_ERROR(VisitMeta(kMetaChainHead, [this](std::string_view key, std::string_view value) {
    uint64_t partition = 0;
    Digest head;
    if (!TakeBig(&key, &partition) || value.size() != head.size()) return false;
    std::memcpy(head.data(), value.data(), head.size());
    chain_heads_[partition] = head;
    return true;
  }));
  RETURN_IF_ERROR(VisitMeta(kMetaStatistics, [this](std::string_view key, std::string_view value) {
    uint32_t id = 0;
    TableStatistics statistics;
    if (!TakeBig(&key, &id) || !TakeLittle(&value, &statistics.item_count) ||
        !TakeLittle(&value, &statistics.size)) {
      return false;
    }
    statistics_[id] = statistics;
    return true;
  }));
  RETURN_IF_ERROR(indexes_.Load());
  return VisitMeta(kMetaCell, [this](std::string_view key, std::string_view value) {
    if (key.substr(0, kTableCellPrefix.size()) != kTableCellPrefix) return true;
    uint64_t version = 0;
    if (!TakeLittle(&value, &version)) return false;
    std::optional<Table> table = DecodeTable(value, Lsn(version));
    if (!table) return false;
    catalog_->Publish(table->id, std::move(table));
    return true;
  });
}

Status StateApplier::Apply(const FrameView& frame) {
  std::string_view rest = frame.entries;
  LogEntry entry;
  while (TakeLogEntry(&rest, &entry)) {
    switch (static_cast<EntryKind>(entry.kind)) {
      case EntryKind::kRecord:
        RETURN_IF_ERROR(ApplyRecord(frame, entry));
        break;
      case EntryKind::kCell:
        RETURN_IF_ERROR(ApplyCell(frame, entry.bytes));
        break;
      default:
        return Damaged(frame.lsn, "an entry of an unknown kind");
    }
  }
  return Status::Ok();
}

TableRef StateApplier::TableOf(TableId id) const {
  const auto it = changed_tables_.find(id);
  return it == changed_tables_.end() ? catalog_->Find(id) : it->second;
}

Status StateApplier::ApplyRecord(const FrameView& frame, const LogEntry& entry) {
  if (entry.bytes.size() <= kRecordHeaderSize) return Damaged(frame.lsn, "a record is too short");
  const RecordView record(entry.bytes);
  const TableId id = TableOfPartition(entry.partition);
  const TableRef table = TableOf(id);
  if (table == nullptr) return Damaged(frame.lsn, "a record of an unknown table");
  const std::optional<ItemKey> key = KeyOfRecord(table->spec.schema, record.keys());
  if (!key) return Damaged(frame.lsn, "a record without its key");

  const std::string storage_key = ItemStorageKey(id, record.key_hash(), *key);
  const ItemView image = record.new_image();
  rocksdb::WriteBatch& writes = batch_->writes;
  if (image.empty()) {
    RETURN_IF_ERROR(FromRocksDb(writes.Delete(store_->items(), storage_key), "applying a removal"));
  } else {
    const std::string header = EncodeStoredItemHeader(record.commit_time_micros(),
                                                      record.origin_region(), record.position());
    const rocksdb::Slice key_slice(storage_key);
    const rocksdb::Slice value_slices[2] = {header, ToSlice(image.bytes())};
    RETURN_IF_ERROR(FromRocksDb(writes.Put(store_->items(), rocksdb::SliceParts(&key_slice, 1),
                                           rocksdb::SliceParts(value_slices, 2)),
                                "applying an item"));
  }
  if (!table->indexes.empty() || (table->ttl && table->ttl->enabled)) {
    if (record.existed() && record.old_image().empty())
      return Damaged(frame.lsn, "a record of a table with indexes lacks the old image");
    RETURN_IF_ERROR(indexes_.ApplyRecord(*table, *key, storage_key, record.old_image(), image,
                                         &batch_->writes));
  }
  chain_heads_[entry.partition] = ChainHash(record.header_bytes());
  changed_heads_.push_back(entry.partition);
  CountRecord(id, record);
  return Status::Ok();
}

void StateApplier::CountRecord(TableId table, const RecordView& record) {
  TableStatistics& delta = statistics_deltas_[table.value()];
  const ItemView image = record.new_image();
  delta.item_count += (image.empty() ? 0 : 1) - (record.existed() ? 1 : 0);
  delta.size += (image.empty() ? 0 : int64_t{image.aws_size()}) - int64_t{record.previous_size()};
}

Status StateApplier::ApplyCell(const FrameView& frame, std::string_view bytes) {
  const std::optional<CellEntry> cell = DecodeCellEntry(bytes);
  if (!cell) return Damaged(frame.lsn, "a cell change is damaged");
  const std::string row = CellRow(cell->key);
  rocksdb::WriteBatch& writes = batch_->writes;
  if (cell->value) {
    std::string value;
    PutLittle(&value, frame.lsn.value());
    value.append(*cell->value);
    RETURN_IF_ERROR(FromRocksDb(writes.Put(store_->meta(), row, value), "applying a cell"));
  } else {
    RETURN_IF_ERROR(FromRocksDb(writes.Delete(store_->meta(), row), "removing a cell"));
  }
  if (cell->key.substr(0, kTableCellPrefix.size()) != kTableCellPrefix) return Status::Ok();
  const std::optional<TableId> id = TableIdOfCellKey(cell->key);
  if (!id) return Damaged(frame.lsn, "a table's cell has a damaged key");
  return ApplyTable(frame, cell->value, *id);
}

Status StateApplier::ApplyTable(const FrameView& frame, std::optional<std::string_view> value,
                                TableId id) {
  const TableRef before = TableOf(id);
  std::optional<Table> table;
  if (value) {
    table = DecodeTable(*value, frame.lsn);
    if (!table) return Damaged(frame.lsn, "a table's description is damaged");
    changed_tables_[id] = std::make_shared<const Table>(*table);
    RETURN_IF_ERROR(DropLost(before, *table));
    RETURN_IF_ERROR(indexes_.ApplyTable(before.get(), *table, &batch_->writes));
  } else {
    RETURN_IF_ERROR(ForgetTable(id));
  }
  catalog_changes_.emplace_back(id, std::move(table));
  return Status::Ok();
}

// The items of a table that is deleted, and what is counted of its indexes and of those it loses.
Status StateApplier::DropLost(const TableRef& before, const Table& after) {
  if (before == nullptr || before->deleted()) return Status::Ok();
  for (const Index& index : AllIndexes(*before)) {
    const bool kept = !after.deleted() && FindIndex(after, index.id).has_value();
    if (!kept) RETURN_IF_ERROR(ForgetStatistics(index.id.value()));
  }
  if (!after.deleted()) return Status::Ok();
  const std::string begin = HashPrefix(after.id, 0);
  const std::string end = HashPrefix(TableId(after.id.value() + 1), 0);
  RETURN_IF_ERROR(FromRocksDb(batch_->writes.DeleteRange(store_->items(), begin, end),
                              "dropping a table's items"));
  RETURN_IF_ERROR(FromRocksDb(
      SpaceReclaim::Note(SpaceReclaim::Of::kItems, after.id.value(), *store_, &batch_->writes),
      "noting a dropped table"));
  const std::lock_guard lock(statistics_mutex_);
  const auto counted = statistics_.find(after.id.value());
  statistics_deltas_[after.id.value()] =
      counted == statistics_.end()
          ? TableStatistics{}
          : TableStatistics{-counted->second.item_count, -counted->second.size};
  return Status::Ok();
}

Status StateApplier::ForgetTable(TableId id) {
  rocksdb::WriteBatch& writes = batch_->writes;
  for (uint32_t shard = 0; shard < kShardCount; ++shard) {
    const uint64_t partition = PartitionOf(id, ShardIndex(shard));
    chain_heads_.erase(partition);
    std::erase(changed_heads_, partition);
    RETURN_IF_ERROR(FromRocksDb(writes.Delete(store_->meta(), ChainHeadRow(partition)),
                                "forgetting a chain head"));
  }
  return ForgetStatistics(id.value());
}

Status StateApplier::ForgetStatistics(uint32_t id) {
  statistics_deltas_.erase(id);
  {
    const std::lock_guard lock(statistics_mutex_);
    statistics_.erase(id);
  }
  return FromRocksDb(batch_->writes.Delete(store_->meta(), StatisticsRow(id)),
                     "forgetting statistics");
}

Status StateApplier::FinishStatistics(rocksdb::WriteBatch* writes) {
  const std::lock_guard lock(statistics_mutex_);
  for (const auto& [id, delta] : statistics_deltas_) {
    TableStatistics& statistics = statistics_[id];
    statistics.item_count += delta.item_count;
    statistics.size += delta.size;
    RETURN_IF_ERROR(
        FromRocksDb(writes->Put(store_->meta(), StatisticsRow(id), EncodeStatistics(statistics)),
                    "statistics"));
  }
  statistics_deltas_.clear();
  return Status::Ok();
}

Result<bool> StateApplier::Backfill(TableId table_id, IndexId index_id, size_t items_max) {
  const TableRef table = catalog_->Find(table_id);
  const std::optional<Index> index = table == nullptr ? std::nullopt : FindIndex(*table, index_id);
  if (!index || !indexes_.IsBackfilling(index_id)) return true;
  rocksdb::WriteBatch writes;
  const Result<IndexApplier::Step> step = indexes_.Backfill(*table, *index, items_max, &writes);
  if (!step.ok()) {
    statistics_deltas_.clear();
    return step.status();
  }
  RETURN_IF_ERROR(FinishStatistics(&writes));
  RETURN_IF_ERROR(store_->Write(&writes));
  indexes_.StepWritten(index_id, *step);
  return step->done;
}

Status StateApplier::Publish(Lsn applied) {
  rocksdb::WriteBatch& writes = batch_->writes;
  std::string value;
  PutLittle(&value, applied.value());
  RETURN_IF_ERROR(
      FromRocksDb(writes.Put(store_->meta(), kAppliedLsnRow, value), "the applied lsn"));
  for (const uint64_t partition : changed_heads_) {
    RETURN_IF_ERROR(FromRocksDb(writes.Put(store_->meta(), ChainHeadRow(partition),
                                           ToSlice(BytesOf(chain_heads_[partition]))),
                                "a chain head"));
  }
  RETURN_IF_ERROR(FinishStatistics(&writes));
  RETURN_IF_ERROR(indexes_.FinishBatch(&writes));
  RETURN_IF_ERROR(store_->Write(batch_->order.Sort(&writes, store_->families())));
  for (auto& [id, table] : catalog_changes_) catalog_->Publish(id, std::move(table));
  writes.Clear();
  catalog_changes_.clear();
  changed_tables_.clear();
  changed_heads_.clear();
  return Status::Ok();
}

Digest StateApplier::ChainHead(uint64_t partition) const {
  const auto it = chain_heads_.find(partition);
  return it == chain_heads_.end() ? Digest{} : it->second;
}

TableStatistics StateApplier::Statistics(uint32_t id) const {
  const std::lock_guard lock(statistics_mutex_);
  const auto it = statistics_.find(id);
  return it == statistics_.end() ? TableStatistics{} : it->second;
}

}  // namespace millrace
