#include "engine/index_applier.h"

#include <rocksdb/write_batch.h>

#include "engine/base/coding.h"
#include "engine/expiry_index.h"
#include "engine/index_entries.h"
#include "engine/keys.h"
#include "engine/meta_keys.h"
#include "engine/space_reclaim.h"
#include "engine/store.h"
#include "engine/stored_item.h"

namespace millrace {
namespace {

// Of items that one step of a back-fill reads: the committer waits for it.
constexpr size_t kStepBytesMax = size_t{1} << 20;

int64_t SizeOf(ItemView item) {
  return item.empty() ? 0 : int64_t{item.aws_size()};
}

}  // namespace

Status IndexApplier::Load() {
  const std::string prefix(1, kMetaBackfill);
  const std::unique_ptr<rocksdb::Iterator> it(
      store_->db()->NewIterator(rocksdb::ReadOptions(), store_->meta()));
  for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next()) {
    std::string_view row = ToView(it->key()).substr(1);
    uint32_t id = 0;
    if (!TakeBig(&row, &id)) return Status(ErrorCode::kCorruption, "a back-fill's row is damaged");
    cursors_[IndexId(id)] = it->value().ToString();
  }
  return FromRocksDb(it->status(), "reading the state of back-fills");
}

Status IndexApplier::Change(const Table& table, const Index& index, const ItemKey& key,
                            ItemView old_item, ItemView new_item, rocksdb::WriteBatch* writes,
                            int64_t* size_delta) {
  const IndexChange change = IndexChangeOf(table, index, key, old_item, new_item);
  if (change.removed) {
    RETURN_IF_ERROR(FromRocksDb(writes->Delete(store_->indexes(), *change.removed),
                                "removing an index's entry"));
  }
  if (change.put) {
    RETURN_IF_ERROR(FromRocksDb(writes->Put(store_->indexes(), change.put->key, change.put->value),
                                "writing an index's entry"));
  }
  if (change.count_delta == 0 && change.size_delta == 0) return Status::Ok();
  TableStatistics& delta = (*deltas_)[index.id.value()];
  delta.item_count += change.count_delta;
  delta.size += change.size_delta;
  *size_delta += change.size_delta;
  return Status::Ok();
}

// Is the item's entry there already, or, of a back-fill that hasn't come to it, left to that?
bool IndexApplier::HasReached(IndexId index, std::string_view storage_key) const {
  const auto cursor = cursors_.find(index);
  return cursor == cursors_.end() || storage_key <= cursor->second;
}

Status IndexApplier::ApplyRecord(const Table& table, const ItemKey& key,
                                 std::string_view storage_key, ItemView old_item, ItemView new_item,
                                 rocksdb::WriteBatch* writes) {
  if (const std::optional<Index> expiry = ExpiryIndexOf(table)) {
    int64_t ignored = 0;
    if (HasReached(expiry->id, storage_key))
      RETURN_IF_ERROR(Change(table, *expiry, key, old_item, new_item, writes, &ignored));
  }
  int64_t collection_delta = SizeOf(new_item) - SizeOf(old_item);
  bool has_local = false;
  for (const Index& index : table.indexes) {
    if (!HasReached(index.id, storage_key)) continue;
    int64_t size_delta = 0;
    RETURN_IF_ERROR(Change(table, index, key, old_item, new_item, writes, &size_delta));
    if (index.spec.kind != IndexKind::kLocal) continue;
    has_local = true;
    collection_delta += size_delta;
  }
  return has_local ? GrowCollection(table, key.pk, collection_delta) : Status::Ok();
}

Status IndexApplier::GrowCollection(const Table& table, std::string_view pk, int64_t delta) {
  if (delta == 0) return Status::Ok();
  const auto [it, added] = collections_.try_emplace(CollectionRow(table.id, pk), 0);
  if (added) {
    std::string value;
    const rocksdb::Status status =
        store_->db()->Get(rocksdb::ReadOptions(), store_->meta(), it->first, &value);
    if (!status.IsNotFound()) {
      RETURN_IF_ERROR(FromRocksDb(status, "reading the size of an item collection"));
      if (value.size() != sizeof(uint64_t)) {
        return Status(ErrorCode::kCorruption, "the size of an item collection is damaged");
      }
      it->second = LoadLittle<uint64_t>(value.data());
    }
  }
  it->second += static_cast<uint64_t>(delta);
  return Status::Ok();
}

Status IndexApplier::FinishBatch(rocksdb::WriteBatch* writes) {
  for (const auto& [row, size] : collections_) {
    std::string value;
    PutLittle(&value, size);
    RETURN_IF_ERROR(FromRocksDb(
        size == 0 ? writes->Delete(store_->meta(), row) : writes->Put(store_->meta(), row, value),
        "the size of an item collection"));
  }
  collections_.clear();
  return Status::Ok();
}

Status IndexApplier::ApplyTable(const Table* before, const Table& after,
                                rocksdb::WriteBatch* writes) {
  if (before == nullptr) return Status::Ok();  // a new table has nothing to fill its indexes with
  if (after.deleted()) {
    if (before->deleted()) return Status::Ok();
    for (const Index& index : AllIndexes(*before)) RETURN_IF_ERROR(Drop(index, writes));
    return DropCollections(after.id, writes);
  }
  for (const Index& index : AllIndexes(*before)) {
    if (!FindIndex(after, index.id)) RETURN_IF_ERROR(Drop(index, writes));
  }
  for (const Index& index : AllIndexes(after)) {
    if (!FindIndex(*before, index.id)) RETURN_IF_ERROR(Begin(after, index, writes));
  }
  return Status::Ok();
}

Status IndexApplier::Begin(const Table& table, const Index& index, rocksdb::WriteBatch* writes) {
  std::string& cursor = cursors_[index.id];
  cursor = HashPrefix(table.id, 0);  // before all items
  return FromRocksDb(writes->Put(store_->meta(), BackfillRow(index.id), cursor),
                     "beginning a back-fill");
}

Status IndexApplier::Drop(const Index& index, rocksdb::WriteBatch* writes) {
  const std::string begin = IndexHashPrefix(index.id, 0);
  const std::string end = IndexHashPrefix(IndexId(index.id.value() + 1), 0);
  RETURN_IF_ERROR(FromRocksDb(writes->DeleteRange(store_->indexes(), begin, end),
                              "dropping an index's entries"));
  RETURN_IF_ERROR(FromRocksDb(
      SpaceReclaim::Note(SpaceReclaim::Of::kIndexEntries, index.id.value(), *store_, writes),
      "noting a dropped index"));
  cursors_.erase(index.id);
  return FromRocksDb(writes->Delete(store_->meta(), BackfillRow(index.id)), "ending a back-fill");
}

Status IndexApplier::DropCollections(TableId table, rocksdb::WriteBatch* writes) {
  const std::string begin = CollectionPrefix(table);
  const std::string end = CollectionPrefix(TableId(table.value() + 1));
  collections_.erase(collections_.lower_bound(begin), collections_.lower_bound(end));
  return FromRocksDb(writes->DeleteRange(store_->meta(), begin, end),
                     "dropping the sizes of item collections");
}

Result<IndexApplier::Step> IndexApplier::Backfill(const Table& table, const Index& index,
                                                  size_t items_max, rocksdb::WriteBatch* writes) {
  Step step;
  step.cursor = cursors_.at(index.id);
  const std::string end = HashPrefix(TableId(table.id.value() + 1), 0);
  const rocksdb::Slice upper = end;
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> it(store_->db()->NewIterator(options, store_->items()));
  // The smallest key above the cursor.
  it->Seek(step.cursor + '\0');
  size_t bytes = 0;
  for (size_t items = 0; items < items_max && bytes < kStepBytesMax && it->Valid(); ++items) {
    const StoredItemView stored(ToView(it->value()));
    if (!stored.valid()) return Status(ErrorCode::kCorruption, "a stored item is damaged");
    bytes += it->value().size();
    int64_t size_delta = 0;
    RETURN_IF_ERROR(Change(table, index, ItemKeyOfStorageKey(ToView(it->key())), ItemView(),
                           stored.item(), writes, &size_delta));
    step.cursor = it->key().ToString();
    it->Next();
  }
  step.done = !it->Valid();
  RETURN_IF_ERROR(FromRocksDb(it->status(), "reading items to back-fill an index"));
  RETURN_IF_ERROR(FromRocksDb(step.done
                                  ? writes->Delete(store_->meta(), BackfillRow(index.id))
                                  : writes->Put(store_->meta(), BackfillRow(index.id), step.cursor),
                              "the state of a back-fill"));
  return step;
}

void IndexApplier::StepWritten(IndexId index, const Step& step) {
  if (step.done) {
    cursors_.erase(index);
  } else {
    cursors_[index] = step.cursor;
  }
}

}  // namespace millrace
