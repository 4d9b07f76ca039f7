#include "log_audit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "engine/log_entries.h"
#include "engine/model/change_record.h"
#include "engine/table_codec.h"
#include "index_audit.h"

namespace millrace::testing {
namespace {

struct FoldedItem {
  std::string image;
  Position position;
};
using Items = std::map<ItemKey, FoldedItem>;

// The state that the log says there is.
class Fold {
 public:
  void Run(Database* database);
  void Compare(Database* database) const;
  AuditedLog log;

 private:
  void AddFrame(const FrameView& frame);
  void AddRecord(const FrameView& frame, uint32_t ordinal, const LogEntry& entry);
  void CheckHeader(const FrameView& frame, uint32_t ordinal, const LogEntry& entry);
  void CheckBefore(const RecordView& record, const Table& table, const FoldedItem* before);
  void AddCell(const FrameView& frame, const LogEntry& entry);
  void CompareItems(Database* database, const Table& table) const;
  void CompareCells(Database* database) const;

  Lsn last_;
  int64_t last_time_ = 0;
  std::map<TableId, Table> tables_;
  std::map<TableId, Items> items_;
  std::map<std::string, Cell> cells_;
  std::map<uint64_t, Digest> heads_;
};

void Fold::Run(Database* database) {
  const Lsn applied = database->applied_lsn();
  const std::unique_ptr<LogCursor> cursor = database->log()->NewCursor(Lsn(1));
  while (last_ < applied) {
    const Result<std::optional<FrameView>> frame = cursor->Next(applied);
    ASSERT_TRUE(frame.ok()) << frame.status().ToString();
    ASSERT_TRUE(frame->has_value()) << "the log ends at " << last_.value();
    AddFrame(**frame);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

void Fold::AddFrame(const FrameView& frame) {
  ASSERT_EQ(frame.lsn.value(), last_.value() + 1);
  EXPECT_GE(frame.commit_time_micros, last_time_) << "lsn " << frame.lsn.value();
  last_ = frame.lsn;
  last_time_ = frame.commit_time_micros;
  std::string_view rest = frame.entries;
  LogEntry entry;
  uint32_t entries = 0;
  for (; TakeLogEntry(&rest, &entry); ++entries) {
    if (entry.kind == static_cast<uint8_t>(EntryKind::kRecord)) {
      AddRecord(frame, entries, entry);
    } else {
      AddCell(frame, entry);
    }
  }
  EXPECT_EQ(entries, frame.entry_count);
  EXPECT_GT(entries, 0u) << "an empty commit";
}

void Fold::CheckHeader(const FrameView& frame, uint32_t ordinal, const LogEntry& entry) {
  ASSERT_TRUE(ValidateRecord(entry.bytes).ok());
  const RecordView record(entry.bytes);
  EXPECT_TRUE(VerifyRecordDigest(record));
  EXPECT_EQ(record.position(), (Position{0, frame.lsn, ordinal}));
  EXPECT_EQ(record.commit_time_micros(), frame.commit_time_micros);
  EXPECT_EQ(record.header().previous_hash, heads_[entry.partition]);
  heads_[entry.partition] = ChainHash(record.header_bytes());
}

void Fold::CheckBefore(const RecordView& record, const Table& table, const FoldedItem* before) {
  const std::string_view old_image = before == nullptr ? "" : std::string_view(before->image);
  EXPECT_EQ(record.previous_size(), before == nullptr ? 0 : ItemView(old_image).aws_size());
  EXPECT_EQ(record.item_previous(), before == nullptr ? Position{} : before->position);
  EXPECT_NE(record.new_image().bytes(), old_image) << "a record that changes nothing";
  EXPECT_EQ(record.old_image().bytes(), table.StoresOldImage() ? old_image : "")
      << "table " << table.spec.name;
}

void Fold::AddRecord(const FrameView& frame, uint32_t ordinal, const LogEntry& entry) {
  SCOPED_TRACE("record " + std::to_string(frame.lsn.value()) + "/" + std::to_string(ordinal));
  ASSERT_NO_FATAL_FAILURE(CheckHeader(frame, ordinal, entry));
  const RecordView record(entry.bytes);
  const TableId id = TableOfPartition(entry.partition);
  const auto table = tables_.find(id);
  ASSERT_NE(table, tables_.end()) << "a record of an unknown table";
  ASSERT_FALSE(table->second.deleted()) << "a record of a deleted table";
  const Result<ItemKey> key = KeyOfKeyMap(table->second.spec.schema, record.keys().value());
  ASSERT_TRUE(key.ok()) << key.status().ToString();
  EXPECT_EQ(record.key_hash(), KeyHash(table->second, key->pk));
  EXPECT_EQ(entry.partition, PartitionOf(id, ShardOf(record.key_hash())));

  Items& items = items_[id];
  const auto before = items.find(*key);
  CheckBefore(record, table->second, before == items.end() ? nullptr : &before->second);
  log.records.push_back({record.position(), id, *key, std::string(record.request_id()),
                         before == items.end() ? "" : before->second.image,
                         std::string(record.new_image().bytes())});
  if (record.new_image().empty()) {
    items.erase(*key);
  } else {
    items[*key] = {log.records.back().new_image, record.position()};
  }
}

void Fold::AddCell(const FrameView& frame, const LogEntry& entry) {
  const std::optional<CellEntry> cell = DecodeCellEntry(entry.bytes);
  ASSERT_TRUE(cell.has_value()) << "lsn " << frame.lsn.value();
  const std::string key(cell->key);
  if (cell->value) {
    cells_[key] = {std::string(*cell->value), frame.lsn.value()};
  } else {
    cells_.erase(key);
  }
  if (key.compare(0, 8, "catalog/") != 0) {
    log.cells.push_back({frame.lsn, key, std::string(cell->value.value_or(""))});
  }
  const std::optional<TableId> id = TableIdOfCellKey(key);
  if (!id) return;
  if (!cell->value) {
    tables_.erase(*id);
    return;
  }
  std::optional<Table> table = DecodeTable(*cell->value, frame.lsn);
  ASSERT_TRUE(table.has_value()) << "lsn " << frame.lsn.value();
  if (table->deleted()) items_.erase(*id);
  tables_[*id] = std::move(*table);
}

void Fold::CompareItems(Database* database, const Table& table) const {
  SCOPED_TRACE("table " + table.spec.name);
  PageRequest request;
  request.table = database->FindTable(table.id);
  ASSERT_NE(request.table, nullptr);
  EXPECT_EQ(request.table->deleted(), table.deleted());
  EXPECT_EQ(request.table->streams.size(), table.streams.size());
  std::map<ItemKey, std::string> stored;
  TableStatistics counted;
  do {
    Result<Page> page = database->ReadPage(request);
    ASSERT_TRUE(page.ok()) << page.status().ToString();
    for (std::string& item : page->items) {
      const Result<ItemKey> key = KeyOfItem(table.spec.schema, ItemView(item));
      ASSERT_TRUE(key.ok());
      counted.size += ItemView(item).aws_size();
      ++counted.item_count;
      EXPECT_TRUE(stored.emplace(*key, std::move(item)).second);
    }
    request.exclusive_start = page->last_evaluated;
  } while (request.exclusive_start);

  std::map<ItemKey, std::string> folded;
  if (const auto items = items_.find(table.id); items != items_.end()) {
    for (const auto& [key, item] : items->second) folded.emplace(key, item.image);
  }
  EXPECT_TRUE(stored == folded) << stored.size() << " items stored, " << folded.size()
                                << " by the log";
  EXPECT_EQ(database->Statistics(table.id).item_count, counted.item_count);
  EXPECT_EQ(database->Statistics(table.id).size, counted.size);
}

void Fold::CompareCells(Database* database) const {
  const Result<std::vector<std::pair<std::string, Cell>>> stored = database->ListCells("");
  ASSERT_TRUE(stored.ok()) << stored.status().ToString();
  ASSERT_EQ(stored->size(), cells_.size());
  auto folded = cells_.begin();
  for (const auto& [key, cell] : *stored) {
    EXPECT_EQ(key, folded->first);
    EXPECT_EQ(cell.value, folded->second.value) << key;
    EXPECT_EQ(cell.version, folded->second.version) << key;
    ++folded;
  }
}

void Fold::Compare(Database* database) const {
  EXPECT_EQ(database->TablesWithDeleted().size(), tables_.size());
  for (const auto& [id, table] : tables_) CompareItems(database, table);
  CompareCells(database);
}

}  // namespace

AuditedLog AuditDatabase(Database* database) {
  Fold fold;
  fold.Run(database);
  if (!::testing::Test::HasFatalFailure()) fold.Compare(database);
  AuditIndexes(*database);
  return std::move(fold.log);
}

std::string_view TextOf(std::string_view item) {
  if (item.empty()) return {};
  const std::optional<ValueView> value = ItemView(item).Find("v");
  return value ? value->text() : std::string_view();
}

}  // namespace millrace::testing
