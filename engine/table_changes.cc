#include "engine/table_changes.h"

#include <algorithm>
#include <ctime>
#include <shared_mutex>

#include "engine/account_quota.h"
#include "engine/base/coding.h"
#include "engine/base/random.h"
#include "engine/log_entries.h"
#include "engine/table_codec.h"
#include "engine/waiting_queue.h"

namespace millrace {
namespace {

Status NotFound(std::string_view name) {
  return Status(ErrorCode::kResourceNotFound,
                "Requested resource not found: Table: " + std::string(name) + " not found");
}

// 2026-11-21T03:30:00.123, as AWS labels streams.
std::string StreamLabel(int64_t micros) {
  const time_t seconds = static_cast<time_t>(micros / 1'000'000);
  const int millis = static_cast<int>(micros / 1000 % 1000);
  tm utc{};
  gmtime_r(&seconds, &utc);
  char text[64];
  const size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text + length, sizeof text - length, ".%03d", millis);
  return text;
}

PlannedCell CellOf(std::string key, std::optional<std::string> value) {
  CellEntry entry;
  entry.key = key;
  if (value) entry.value = *value;
  std::string bytes = EncodeCellEntry(entry);
  return {std::move(key), std::move(bytes)};
}

bool IsIndexBeingMade(const Table& table) {
  return std::any_of(table.indexes.begin(), table.indexes.end(),
                     [](const Index& index) { return index.status == IndexStatus::kCreating; });
}

Status OneIndexAtATime() {
  return Status(ErrorCode::kLimitExceeded,
                "Subscriber limit exceeded: Only 1 online index can be created or deleted "
                "simultaneously per table");
}

Status IndexNotFound(const Table& table, std::string_view index) {
  return Status(ErrorCode::kResourceNotFound, "Requested resource not found: Index " +
                                                  std::string(index) + " for table " +
                                                  table.spec.name);
}

// Null when there is none of that name, or a local one.
Index* FindGlobalIndex(Table* table, std::string_view name) {
  for (Index& index : table->indexes) {
    if (index.spec.kind == IndexKind::kGlobal && index.spec.name == name) return &index;
  }
  return nullptr;
}

// Ends the open stream with the commit that this table is written in.
void CloseStream(Table* table, int64_t now_micros) {
  if (table->OpenStream() == nullptr) return;
  table->streams.back().last = Lsn();
  table->streams.back().closed_micros = now_micros;
}

}  // namespace

Result<TableRef> TableChanges::FindForChange(std::string_view name) const {
  TableRef table = parts_.catalog->Find(name);
  if (table == nullptr) return NotFound(name);
  return table;
}

Result<uint32_t> TableChanges::NextId() const {
  ASSIGN_OR_RETURN(const std::optional<Cell> cell, parts_.reader->ReadCell(kNextTableIdCell));
  if (!cell) return uint32_t{1};
  if (cell->value.size() != sizeof(uint32_t))
    return Status(ErrorCode::kCorruption, "the next table id is damaged");
  return LoadLittle<uint32_t>(cell->value.data());
}

PlannedCell TableChanges::NextIdCell(uint32_t next) {
  std::string value;
  PutLittle(&value, next);
  return CellOf(std::string(kNextTableIdCell), value);
}

Index TableChanges::NewIndex(const IndexSpec& spec, uint32_t id, IndexStatus status) const {
  Index index;
  index.id = IndexId(id);
  index.spec = spec;
  index.status = status;
  index.created_micros = parts_.clock->WallMicros();
  return index;
}

StreamWindow TableChanges::NewStream(const Table& table, StreamViewType view) const {
  StreamWindow stream;
  stream.view = view;
  stream.created_micros = parts_.clock->WallMicros();
  // Labels are unique in a table even when the wall clock stands still or steps back.
  do {
    stream.label = StreamLabel(stream.created_micros);
    stream.created_micros += 1000;
  } while (table.FindStream(stream.label) != nullptr);
  stream.created_micros -= 1000;
  return stream;
}

Result<TableRef> TableChanges::Create(const TableSpec& spec) {
  const std::lock_guard lock(mutex_);
  if (parts_.catalog->Find(spec.name) != nullptr) {
    return Status(ErrorCode::kResourceInUse, "Table already exists: " + spec.name);
  }
  const std::vector<TableRef> tables = parts_.catalog->All(false);
  if (tables.size() >= parts_.tables_max) {
    return Status(ErrorCode::kLimitExceeded, "Subscriber limit exceeded: There is a limit of " +
                                                 std::to_string(parts_.tables_max) +
                                                 " tables per subscriber");
  }
  ASSIGN_OR_RETURN(uint32_t next_id, NextId());
  Table table;
  table.id = TableId(next_id++);
  table.uuid = NewUuid();
  table.spec = spec;
  table.hash_seed = SystemRandom();
  table.created_micros = parts_.clock->WallMicros();
  if (spec.billing_mode == BillingMode::kPayPerRequest) {
    table.spec.settings.on_demand_since_micros = table.created_micros;
  }
  if (spec.stream) table.streams.push_back(NewStream(table, *spec.stream));
  for (const IndexSpec& index : spec.indexes) {
    table.indexes.push_back(NewIndex(index, next_id++, IndexStatus::kActive));
  }
  table.spec.indexes.clear();
  RETURN_IF_ERROR(CheckAccountUnits(tables, table, parts_.account_units_max));
  std::vector<PlannedCell> more;
  more.push_back(NextIdCell(next_id));
  return Change(table, std::move(more));
}

Result<TableRef> TableChanges::Delete(std::string_view name) {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const TableRef current, FindForChange(name));
  if (current->spec.deletion_protection) {
    return Status::Validation(
        "Resource cannot be deleted as it is currently protected against deletion. Disable "
        "deletion protection first.");
  }
  if (IsIndexBeingMade(*current)) {
    return Status(ErrorCode::kResourceInUse,
                  "Attempt to change a resource which is still in use: Cannot delete table while "
                  "indexes are being created, updated, or deleted.");
  }
  Table next = *current;
  next.deleted_lsn = Lsn();
  next.deleted_micros = parts_.clock->WallMicros();
  CloseStream(&next, next.deleted_micros);
  return Change(next);
}

Status TableChanges::ChangeStream(const TableUpdate::Stream& stream, Table* next) const {
  const bool open = next->OpenStream() != nullptr;
  if (!stream.view) {
    if (!open) {
      return Status::Validation("Table has no stream to disable: TableName: " + next->spec.name);
    }
    CloseStream(next, parts_.clock->WallMicros());
    return Status::Ok();
  }
  if (open) {
    return Status::Validation("Table already has an enabled stream: TableName: " + next->spec.name);
  }
  if (next->streams.size() >= kStreamsMax) {
    return Status(ErrorCode::kLimitExceeded, "Too many streams of this table are still readable");
  }
  next->streams.push_back(NewStream(*next, *stream.view));
  return Status::Ok();
}

Status TableChanges::CreateIndex(const IndexSpec& spec, Table* next,
                                 std::vector<PlannedCell>* cells) const {
  if (next->FindIndex(spec.name) != nullptr) {
    return Status::Validation("Attempting to create an index which already exists");
  }
  if (IsIndexBeingMade(*next)) return OneIndexAtATime();
  const ptrdiff_t count =
      std::count_if(next->indexes.begin(), next->indexes.end(),
                    [](const Index& index) { return index.spec.kind == IndexKind::kGlobal; });
  if (count >= kGlobalIndexesMax) {
    return Status(ErrorCode::kLimitExceeded,
                  "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table "
                  "limit of " +
                      std::to_string(kGlobalIndexesMax));
  }
  ASSIGN_OR_RETURN(const uint32_t id, NextId());
  next->indexes.push_back(NewIndex(spec, id, IndexStatus::kCreating));
  cells->push_back(NextIdCell(id + 1));
  return Status::Ok();
}

Status TableChanges::ChangeIndexes(const TableUpdate& update, Table* next,
                                   std::vector<PlannedCell>* cells) const {
  for (const auto& [name, settings] : update.index_settings) {
    Index* const index = FindGlobalIndex(next, name);
    if (index == nullptr) return IndexNotFound(*next, name);
    RETURN_IF_ERROR(settings(index));
  }
  if (update.delete_index) {
    const Index* const index = FindGlobalIndex(next, *update.delete_index);
    if (index == nullptr) return IndexNotFound(*next, *update.delete_index);
    next->indexes.erase(next->indexes.begin() + (index - next->indexes.data()));
    if (update.create_index || IsIndexBeingMade(*next)) return OneIndexAtATime();
  }
  return update.create_index ? CreateIndex(*update.create_index, next, cells) : Status::Ok();
}

// Texts and their order as public measurements of the service show them.
Status TableChanges::ChangeTtl(const TableUpdate::Ttl& ttl, Table* next,
                               std::vector<PlannedCell>* cells) const {
  const bool on = next->ttl && next->ttl->enabled;
  if (on && next->ttl->attribute != ttl.attribute) {
    return Status::Validation(
        "TimeToLive is active on a different AttributeName: current AttributeName is " +
        next->ttl->attribute);
  }
  if (on == ttl.enabled) {
    return Status::Validation(on ? "TimeToLive is already enabled"
                                 : "TimeToLive is already disabled");
  }
  const int64_t now = parts_.clock->WallMicros();
  if (next->ttl && now - next->ttl->changed_micros < kTtlChangeIntervalMicros) {
    return Status::Validation(
        "Time to live has been modified multiple times within a fixed interval");
  }
  TimeToLive changed;
  changed.attribute = ttl.attribute;
  changed.enabled = ttl.enabled;
  changed.changed_micros = now;
  if (ttl.enabled) {
    ASSIGN_OR_RETURN(const uint32_t id, NextId());
    changed.index = IndexId(id);
    cells->push_back(NextIdCell(id + 1));
  }
  next->ttl = std::move(changed);
  return Status::Ok();
}

Result<TableRef> TableChanges::Update(std::string_view name, const TableUpdate& update) {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const TableRef current, FindForChange(name));
  Table next = *current;
  if (update.stream) RETURN_IF_ERROR(ChangeStream(*update.stream, &next));
  if (update.settings) RETURN_IF_ERROR(update.settings(&next.spec));
  if (update.deletion_protection) next.spec.deletion_protection = *update.deletion_protection;
  std::vector<PlannedCell> cells;
  RETURN_IF_ERROR(ChangeIndexes(update, &next, &cells));
  if (update.ttl) RETURN_IF_ERROR(ChangeTtl(*update.ttl, &next, &cells));
  RETURN_IF_ERROR(CheckAccountUnits(parts_.catalog->All(false), next, parts_.account_units_max));
  return Change(next, std::move(cells));
}

Status TableChanges::Activate(TableId table, IndexId index_id) {
  const std::lock_guard lock(mutex_);
  const TableRef current = parts_.catalog->Find(table);
  if (current == nullptr || current->deleted()) return Status::Ok();
  Table next = *current;
  if (next.ttl && next.ttl->enabled && next.ttl->index == index_id) {
    next.ttl->filled = true;
    return Change(next).status();
  }
  const auto index = std::find_if(next.indexes.begin(), next.indexes.end(),
                                  [&](const Index& own) { return own.id == index_id; });
  if (index == next.indexes.end()) return Status::Ok();
  index->status = IndexStatus::kActive;
  return Change(next).status();
}

Result<TableRef> TableChanges::Change(const Table& next, std::vector<PlannedCell> more_cells) {
  more_cells.push_back(CellOf(TableCellKey(next.id), EncodeTable(next)));
  RETURN_IF_ERROR(CommitCells(std::move(more_cells), std::make_shared<const Table>(next)));
  return parts_.catalog->Find(next.id);
}

Status TableChanges::Forget(TableId id) {
  std::vector<PlannedCell> cells;
  cells.push_back(CellOf(TableCellKey(id), std::nullopt));
  return CommitCells(std::move(cells), nullptr);
}

Status TableChanges::CommitCells(std::vector<PlannedCell> cells, TableRef planning) {
  WaitingQueue waiting;
  auto op = std::make_unique<CommitOp>();
  op->cells = std::move(cells);
  op->home = &waiting;
  op->callback = waiting.Callback();
  {
    // What is planned from here on comes after this commit in the queue and obeys it.
    const std::unique_lock gate(*parts_.planning_gate);
    op->ticket = parts_.committer->NextTicket();
    if (planning != nullptr) parts_.catalog->SetPlanning(std::move(planning));
    if (Status status = parts_.committer->Enqueue(op); !status.ok()) {
      parts_.catalog->DropPlanning();  // changes are made one at a time: it is this one's
      return status;
    }
  }
  return waiting.Wait().status;
}

Status TableChanges::ForgetEnded(Lsn first_lsn, int64_t older_than_micros) {
  const std::lock_guard lock(mutex_);
  for (const TableRef& table : parts_.catalog->All(true)) {
    if (table->deleted()) {
      if (*table->deleted_lsn < first_lsn && table->deleted_micros < older_than_micros) {
        RETURN_IF_ERROR(Forget(table->id));
      }
      continue;
    }
    Table next = *table;
    std::erase_if(next.streams, [&](const StreamWindow& stream) {
      if (!stream.last || *stream.last >= first_lsn || stream.closed_micros >= older_than_micros)
        return false;
      next.spec.settings.policies.erase("stream/" + stream.label);
      return true;
    });
    if (next.streams.size() != table->streams.size()) RETURN_IF_ERROR(Change(next).status());
  }
  return Status::Ok();
}

}  // namespace millrace
