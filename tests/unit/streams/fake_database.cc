#include "tests/unit/streams/fake_database.h"

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "engine/base/random.h"
#include "engine/keys.h"
#include "engine/log_entries.h"

namespace millrace {
namespace {

std::string LabelOf(int64_t micros) {
  const std::time_t seconds = static_cast<std::time_t>(micros / 1'000'000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  const size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + size, sizeof text - size, ".%03d", static_cast<int>(micros / 1000 % 1000));
  return text;
}

std::string ItemOf(const KeySchema& schema, const ItemKey& key, std::string_view value) {
  Value item(ItemView(KeysItem(schema, key)).value());
  item.SetInMap("v", Value::String(value));
  return EncodeItem(item);
}

}  // namespace

TableSpec SpecOf(std::string_view name, std::optional<StreamViewType> stream, bool with_sort_key) {
  TableSpec spec;
  spec.name = std::string(name);
  spec.schema.hash = {"pk", ValueType::kString};
  if (with_sort_key) spec.schema.range = KeyAttribute{"sk", ValueType::kString};
  spec.stream = stream;
  return spec;
}

ItemKey KeyInShard(const Table& table, uint32_t shard, int n) {
  for (int i = 0;; ++i) {
    std::string pk = "key-" + std::to_string(i);
    if (ShardOf(KeyHash(table, pk)).value() != shard) continue;
    if (n-- == 0) return {std::move(pk), table.spec.schema.range ? "0" : ""};
  }
}

Lsn FakeDatabase::Append(std::string_view entries, uint32_t count) {
  last_time_micros_ = std::max(last_time_micros_, clock_->WallMicros());
  const Status status = log_.Append({{last_time_micros_, count, entries}});
  MILLRACE_CHECK(status.ok());
  return log_.last_lsn();
}

Lsn FakeDatabase::CommitWrites(const std::vector<Write>& writes, const WriteOrigin& origin) {
  last_time_micros_ = std::max(last_time_micros_, clock_->WallMicros());
  std::string entries;
  uint32_t ordinal = 0;
  for (const Write& write : writes) AppendRecord(write, origin, ordinal++, &entries);
  return Append(entries, ordinal);
}

void FakeDatabase::AppendRecord(const Write& write, const WriteOrigin& origin, uint32_t ordinal,
                                std::string* entries) {
  const Table& table = tables_.at(write.table);
  const uint64_t key_hash = KeyHash(table, write.key.pk);
  const std::string storage_key = ItemStorageKey(table.id, key_hash, write.key);
  const auto live = items_.find(storage_key);
  const std::string keys = KeysItem(table.spec.schema, write.key);
  const std::string new_image =
      write.value ? ItemOf(table.spec.schema, write.key, *write.value) : std::string();

  RecordBody body;
  body.key_hash = key_hash;
  body.keys = keys;
  body.new_image = new_image;
  if (live != items_.end()) {
    body.previous_size = ItemView(live->second.bytes).aws_size();
    if (table.StoresOldImage()) body.old_image = live->second.bytes;
  }
  body.principal = origin.principal;
  body.request_id = origin.request_id;
  body.causation = origin.causation;
  body.hop_count = origin.hop_count;
  const std::string body_bytes = EncodeRecordBody(body);

  const uint64_t partition = PartitionOf(table.id, ShardOf(key_hash));
  RecordHeader header;
  header.position = {0, Lsn(log_.last_lsn().value() + 1), ordinal};
  header.item_previous = live != items_.end() ? live->second.position : removed_[storage_key];
  header.commit_time_micros = last_time_micros_;
  header.previous_hash = chain_heads_[partition];
  header.body_digest = Sha256(body_bytes);
  std::string record;
  AppendRecordHeader(header, &record);
  chain_heads_[partition] = ChainHash(record);
  record.append(body_bytes);
  AppendLogEntry(static_cast<uint8_t>(EntryKind::kRecord), partition, record, entries);

  if (write.value) {
    items_[storage_key] = {new_image, header.position};
  } else {
    items_.erase(storage_key);
    removed_[storage_key] = header.position;
  }
}

void FakeDatabase::Corrupt(TableRef table, const ItemKey& key,
                           std::optional<std::string_view> value) {
  const std::string storage_key = ItemStorageKey(table->id, KeyHash(*table, key.pk), key);
  items_.erase(storage_key);
  if (value) items_[storage_key] = {ItemOf(table->spec.schema, key, *value), {}};
}

TableRef FakeDatabase::Publish(const Table& table) {
  return published_[table.id] = std::make_shared<const Table>(table);
}

Result<Table*> FakeDatabase::Live(std::string_view name) {
  for (auto& [id, table] : tables_) {
    if (!table.deleted() && table.spec.name == name) return &table;
  }
  return Status(ErrorCode::kResourceNotFound, "fake: no such table");
}

Result<TableRef> FakeDatabase::CreateTable(const TableSpec& spec) {
  Table table;
  table.id = TableId(static_cast<uint32_t>(tables_.size() + 1));
  table.uuid = "uuid-" + std::to_string(table.id.value());
  table.spec = spec;
  table.hash_seed = Random(table.id.value()).Next();
  table.created_lsn = CommitNothing();
  table.created_micros = last_time_micros_;
  tables_[table.id] = table;
  Publish(table);
  return spec.stream ? EnableStream(spec.name, *spec.stream) : Publish(table);
}

// Its stream only.
Result<TableRef> FakeDatabase::UpdateTable(std::string_view name, const TableUpdate& update) {
  ASSIGN_OR_RETURN(Table* const table, Live(name));
  const Lsn lsn = CommitNothing();
  if (!update.stream->view) {
    table->streams.back().last = lsn;
    table->streams.back().closed_micros = last_time_micros_;
    return Publish(*table);
  }
  StreamWindow window;
  window.first = lsn;
  window.created_micros = last_time_micros_;
  window.label = LabelOf(last_time_micros_);
  window.view = *update.stream->view;
  table->streams.push_back(window);
  return Publish(*table);
}

Result<TableRef> FakeDatabase::DeleteTable(std::string_view name) {
  ASSIGN_OR_RETURN(Table* const table, Live(name));
  table->deleted_lsn = CommitNothing();
  table->deleted_micros = last_time_micros_;
  items_.erase(items_.lower_bound(HashPrefix(table->id, 0)),
               items_.lower_bound(HashPrefix(TableId(table->id.value() + 1), 0)));
  return Publish(*table);
}

TableRef FakeDatabase::FindTable(std::string_view name) const {
  for (const auto& [id, table] : published_) {
    if (!table->deleted() && table->spec.name == name) return table;
  }
  return nullptr;
}

TableRef FakeDatabase::FindTable(TableId id) const {
  const auto found = published_.find(id);
  return found == published_.end() ? nullptr : found->second;
}

std::vector<TableRef> FakeDatabase::Tables() const {
  std::vector<TableRef> tables = TablesWithDeleted();
  std::erase_if(tables, [](const TableRef& table) { return table->deleted(); });
  return tables;
}

std::vector<TableRef> FakeDatabase::TablesWithDeleted() const {
  std::vector<TableRef> tables;
  for (const auto& [id, table] : published_) tables.push_back(table);
  return tables;
}

Result<Page> FakeDatabase::ReadPage(const PageRequest& request) const {
  if (before_page) before_page();
  Page page;
  page.as_of = applied_lsn();
  const TableId id = request.table->id;
  auto next = items_.lower_bound(HashPrefix(id, 0));
  if (request.exclusive_start) {
    const uint64_t hash = KeyHash(*request.table, request.exclusive_start->pk);
    next = items_.upper_bound(ItemStorageKey(id, hash, *request.exclusive_start));
  }
  const auto end = items_.lower_bound(HashPrefix(TableId(id.value() + 1), 0));
  for (; next != end && page.items.size() < request.limit; ++next) {
    page.items.push_back(next->second.bytes);
    page.last_evaluated = ItemKeyOfStorageKey(next->first);
  }
  if (page.items.size() < request.limit) page.last_evaluated.reset();
  return page;
}

}  // namespace millrace
