#include "engine/state_reader.h"

#include <rocksdb/snapshot.h>

#include <algorithm>

#include "engine/base/coding.h"
#include "engine/base/limits.h"
#include "engine/index_entries.h"
#include "engine/keys.h"
#include "engine/meta_keys.h"
#include "engine/store.h"
#include "engine/stored_item.h"

namespace millrace {
namespace {

Status DamagedItem() {
  return Status(ErrorCode::kCorruption, "a stored item is damaged");
}

std::optional<Cell> DecodeCell(std::string_view value) {
  Cell cell;
  if (!TakeLittle(&value, &cell.version)) return std::nullopt;
  cell.value.assign(value);
  return cell;
}

// The storage keys that a page may show: [begin, end).
struct KeyRange {
  std::string begin;
  std::string end;
};

// `id` of the table or the index: their keys begin alike.
KeyRange ScanRange(uint32_t id, uint32_t segment, uint32_t total_segments) {
  __extension__ using Wide = unsigned __int128;
  const auto bound = [&](uint64_t number) {
    if (number >= total_segments) return HashPrefix(TableId(id + 1), 0);
    // Rounded up, so that the segment of a hash is (hash * total_segments) >> 64.
    const Wide numerator = (Wide{number} << 64) + total_segments - 1;
    return HashPrefix(TableId(id), static_cast<uint64_t>(numerator / total_segments));
  };
  return {bound(segment), bound(uint64_t{segment} + 1)};
}

KeyRange QueryRange(const Table& table, const KeyCondition& condition) {
  const std::string prefix = PartitionPrefix(table.id, KeyHash(table, condition.pk), condition.pk);
  KeyRange range{prefix, PrefixEnd(prefix)};
  // The smallest key above another is that key and a zero byte.
  if (condition.lower) {
    range.begin = prefix + *condition.lower;
    if (condition.lower_exclusive) range.begin.push_back('\0');
  }
  if (condition.upper) {
    range.end = prefix + *condition.upper;
    if (condition.upper_inclusive) range.end.push_back('\0');
  }
  return range;
}

KeyRange IndexQueryRange(const Table& table, const Index& index, const KeyCondition& condition) {
  std::vector<std::string> hash = {condition.pk};
  hash.insert(hash.end(), condition.more_pk.begin(), condition.more_pk.end());
  std::string prefix = IndexPartitionPrefix(table, index, hash);
  for (const std::string& raw : condition.sk_equal) AppendKeyElement(raw, &prefix);
  KeyRange range{prefix, PrefixEnd(prefix)};
  // An element is followed by others: what equals a bound is all that begins with its element.
  if (condition.lower) {
    range.begin = prefix;
    AppendKeyElement(*condition.lower, &range.begin);
    if (condition.lower_exclusive) range.begin = PrefixEnd(range.begin);
  }
  if (condition.upper) {
    range.end = prefix;
    AppendKeyElement(*condition.upper, &range.end);
    if (condition.upper_inclusive) range.end = PrefixEnd(range.end);
  }
  return range;
}

KeyRange RangeOf(const PageRequest& request) {
  const Table& table = *request.table;
  if (request.index == nullptr) {
    return request.key_condition != nullptr
               ? QueryRange(table, *request.key_condition)
               : ScanRange(table.id.value(), request.segment, request.total_segments);
  }
  return request.key_condition != nullptr
             ? IndexQueryRange(table, *request.index, *request.key_condition)
             : ScanRange(request.index->id.value(), request.segment, request.total_segments);
}

void StartAfter(const PageRequest& request, KeyRange* range) {
  const Table& table = *request.table;
  const ItemKey& key = *request.exclusive_start;
  std::string start =
      request.index == nullptr
          ? ItemStorageKey(table.id, KeyHash(table, key.pk), key)
          : IndexStorageKey(table, *request.index, request.exclusive_start_index, key);
  if (request.forward) {
    start.push_back('\0');
    range->begin = std::max(range->begin, start);
  } else {
    range->end = std::min(range->end, start);
  }
}

// Reads the rows of a page: a table's items, an index's entries, or the items of its entries.
class RowReader {
 public:
  RowReader(const Store* store, const PageRequest& request, const rocksdb::ReadOptions& options)
      : store_(store), request_(request), options_(options) {
    options_.iterate_lower_bound = nullptr;
    options_.iterate_upper_bound = nullptr;
  }

  // The item that the row shows, valid until the iterator moves or Read is called again.
  Result<ItemView> Read(const rocksdb::Iterator& it) {
    if (request_.index == nullptr) {
      const StoredItemView stored(ToView(it.value()));
      if (!stored.valid()) return DamagedItem();
      return stored.item();
    }
    const ItemView entry = ItemOfIndexEntry(ToView(it.value()));
    if (entry.empty()) return Status(ErrorCode::kCorruption, "an index's entry is damaged");
    return request_.whole_items ? Fetch(ToView(it.key())) : entry;
  }

 private:
  Result<ItemView> Fetch(std::string_view entry_key) {
    IndexKey index_key;
    ItemKey key;
    SplitIndexStorageKey(request_.index->spec.schema, entry_key, &index_key, &key);
    const Table& table = *request_.table;
    const std::string storage_key = ItemStorageKey(table.id, KeyHash(table, key.pk), key);
    const rocksdb::Status status =
        store_->db()->Get(options_, store_->items(), storage_key, &fetched_);
    RETURN_IF_ERROR(FromRocksDb(status, "reading the item of an index's entry"));
    const StoredItemView stored(fetched_);
    if (!stored.valid()) return DamagedItem();
    return stored.item();
  }

  const Store* store_;
  const PageRequest& request_;
  rocksdb::ReadOptions options_;  // the page's snapshot
  std::string fetched_;
};

// Adds items to a page until it is full: at its limit of items, or with the item that crosses 1 MB,
// which still belongs to the page. (The reference leaves that open; so the service answered where
// architect/dynalite recorded pages just over the limit.)
class PageFiller {
 public:
  PageFiller(const PageRequest& request, Page* page) : request_(request), page_(page) {}

  bool full() const { return page_->scanned_count >= request_.limit || size_ > kPageSizeMax; }

  // `evaluated`: AWS's bytes of the row itself. Not to be called when full.
  Status Add(std::string_view storage_key, ItemView item, size_t evaluated) {
    last_key_.assign(storage_key);
    ++page_->scanned_count;
    size_ += std::max<size_t>(item.aws_size(), evaluated);
    page_->evaluated_size += evaluated;
    if (request_.whole_items) page_->fetched_blocks += (item.aws_size() + kBlock - 1) / kBlock;
    if (request_.filter != nullptr) {
      ASSIGN_OR_RETURN(const bool passes, request_.filter->Evaluate(item));
      if (!passes) return Status::Ok();
    }
    ++page_->count;
    if (!request_.count_only) page_->items.emplace_back(item.bytes());
    return Status::Ok();
  }

  // A page that is full has a LastEvaluatedKey even when nothing follows.
  void Finish() {
    if (page_->scanned_count > 0 && full()) SetLast();
  }

 private:
  static constexpr size_t kBlock = 4096;  // bytes of a read capacity unit

  void SetLast() {
    if (request_.index == nullptr) {
      page_->last_evaluated = ItemKeyOfStorageKey(last_key_);
      return;
    }
    SplitIndexStorageKey(request_.index->spec.schema, last_key_, &page_->last_evaluated_index,
                         &page_->last_evaluated.emplace());
  }

  const PageRequest& request_;
  Page* page_;
  size_t size_ = 0;  // AWS's bytes of what was read
  std::string last_key_;
};

Status FillPage(const PageRequest& request, rocksdb::Iterator* it, RowReader* rows, Page* page) {
  PageFiller filler(request, page);
  request.forward ? it->SeekToFirst() : it->SeekToLast();
  while (it->Valid()) {
    ASSIGN_OR_RETURN(const ItemView item, rows->Read(*it));
    const size_t evaluated = request.index == nullptr
                                 ? item.aws_size()
                                 : ItemOfIndexEntry(ToView(it->value())).aws_size();
    RETURN_IF_ERROR(filler.Add(ToView(it->key()), item, evaluated));
    if (filler.full()) break;
    request.forward ? it->Next() : it->Prev();
  }
  RETURN_IF_ERROR(FromRocksDb(it->status(), "reading items"));
  filler.Finish();
  return Status::Ok();
}

}  // namespace

Result<bool> StateReader::GetStored(const std::string& storage_key, std::string* stored) const {
  const rocksdb::Status status =
      store_->db()->Get(rocksdb::ReadOptions(), store_->items(), storage_key, stored);
  if (status.IsNotFound()) return false;
  RETURN_IF_ERROR(FromRocksDb(status, "reading an item"));
  if (!StoredItemView(*stored).valid()) return DamagedItem();
  return true;
}

Result<bool> StateReader::Get(const Table& table, const ItemKey& key, std::string* item,
                              bool cached_only) const {
  const std::string storage_key = ItemStorageKey(table.id, KeyHash(table, key.pk), key);
  rocksdb::ReadOptions options;
  if (cached_only) options.read_tier = rocksdb::kBlockCacheTier;
  rocksdb::PinnableSlice value;
  const rocksdb::Status status = store_->db()->Get(options, store_->items(), storage_key, &value);
  if (status.IsNotFound()) return false;
  if (status.IsIncomplete()) return Status(ErrorCode::kUnavailable, "not in the cache");
  RETURN_IF_ERROR(FromRocksDb(status, "reading an item"));
  const StoredItemView stored(ToView(value));
  if (!stored.valid()) return DamagedItem();
  item->assign(stored.item().bytes());
  return true;
}

Result<std::vector<std::string>> StateReader::GetMany(const std::vector<ItemAddress>& items,
                                                      size_t size_max) const {
  rocksdb::ManagedSnapshot snapshot(store_->db());
  rocksdb::ReadOptions options;
  options.snapshot = snapshot.snapshot();
  std::vector<std::string> found(items.size());
  size_t size = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    const Table& table = *items[i].table;
    const ItemKey& key = items[i].key;
    rocksdb::PinnableSlice value;
    const rocksdb::Status status = store_->db()->Get(
        options, store_->items(), ItemStorageKey(table.id, KeyHash(table, key.pk), key), &value);
    if (status.IsNotFound()) continue;
    RETURN_IF_ERROR(FromRocksDb(status, "reading an item"));
    const StoredItemView stored(ToView(value));
    if (!stored.valid()) return DamagedItem();
    size += stored.item().aws_size();
    if (size > size_max) {
      return Status(ErrorCode::kLimitExceeded,
                    "the items exceed " + std::to_string(size_max) + " bytes");
    }
    found[i].assign(stored.item().bytes());
  }
  return found;
}

Result<Page> StateReader::ReadPage(const PageRequest& request) const {
  KeyRange range = RangeOf(request);
  if (request.exclusive_start) StartAfter(request, &range);
  rocksdb::ManagedSnapshot snapshot(store_->db());
  Page page;
  ASSIGN_OR_RETURN(page.as_of, store_->ReadAppliedLsn(snapshot.snapshot()));
  if (range.begin >= range.end) return page;
  const rocksdb::Slice begin = range.begin;
  const rocksdb::Slice end = range.end;
  rocksdb::ReadOptions options;
  options.snapshot = snapshot.snapshot();
  options.iterate_lower_bound = &begin;
  options.iterate_upper_bound = &end;
  rocksdb::ColumnFamilyHandle* const family =
      request.index == nullptr ? store_->items() : store_->indexes();
  const std::unique_ptr<rocksdb::Iterator> it(store_->db()->NewIterator(options, family));
  RowReader rows(store_, request, options);
  RETURN_IF_ERROR(FillPage(request, it.get(), &rows, &page));
  return page;
}

Result<uint64_t> StateReader::ItemCollectionSize(const Table& table, std::string_view pk) const {
  std::string value;
  const rocksdb::Status status = store_->db()->Get(rocksdb::ReadOptions(), store_->meta(),
                                                   CollectionRow(table.id, pk), &value);
  if (status.IsNotFound()) return uint64_t{0};
  RETURN_IF_ERROR(FromRocksDb(status, "reading the size of an item collection"));
  if (value.size() != sizeof(uint64_t)) {
    return Status(ErrorCode::kCorruption, "the size of an item collection is damaged");
  }
  return LoadLittle<uint64_t>(value.data());
}

Result<std::optional<Cell>> StateReader::ReadCell(std::string_view key) const {
  std::string value;
  const rocksdb::Status status =
      store_->db()->Get(rocksdb::ReadOptions(), store_->meta(), CellRow(key), &value);
  if (status.IsNotFound()) return std::optional<Cell>();
  RETURN_IF_ERROR(FromRocksDb(status, "reading a cell"));
  std::optional<Cell> cell = DecodeCell(value);
  if (!cell) return Status(ErrorCode::kCorruption, "a cell is damaged");
  return cell;
}

Result<std::vector<std::pair<std::string, Cell>>> StateReader::ListCells(std::string_view prefix,
                                                                         std::string_view after,
                                                                         size_t limit) const {
  const std::string rows = CellRow(prefix);
  std::string begin = rows;
  if (!after.empty()) begin = std::max(begin, CellRow(after) + '\0');
  std::vector<std::pair<std::string, Cell>> cells;
  const std::unique_ptr<rocksdb::Iterator> it(
      store_->db()->NewIterator(rocksdb::ReadOptions(), store_->meta()));
  for (it->Seek(begin); it->Valid() && it->key().starts_with(rows); it->Next()) {
    if (cells.size() >= limit) break;
    std::optional<Cell> cell = DecodeCell(ToView(it->value()));
    if (!cell) return Status(ErrorCode::kCorruption, "a cell is damaged");
    cells.emplace_back(ToView(it->key()).substr(1), std::move(*cell));
  }
  RETURN_IF_ERROR(FromRocksDb(it->status(), "reading cells"));
  return cells;
}

}  // namespace millrace
