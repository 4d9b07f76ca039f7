#include "streams/table_copy.h"

#include <charconv>
#include <map>
#include <utility>

#include "engine/base/coding.h"
#include "streams/shard_scan.h"
#include "streams/table_feed.h"
#include "streams/table_incarnations.h"

namespace millrace {
namespace {

constexpr uint8_t kCellVersion = 3;
constexpr std::string_view kCellPrefix = "rebuild/";
// A step is one commit: small, since the locks of all its items are held while it is planned.
constexpr size_t kStepItemsMax = 64;
constexpr size_t kStepRecordsMax = 4096;
constexpr size_t kStepBytesMax = size_t{1} << 20;

std::string CellKey(TableId target) {
  return std::string(kCellPrefix) + std::to_string(target.value());
}

std::optional<TableId> TargetOfCell(std::string_view key) {
  key.remove_prefix(kCellPrefix.size());
  uint32_t id = 0;
  const auto parsed = std::from_chars(key.data(), key.data() + key.size(), id);
  if (parsed.ec != std::errc() || parsed.ptr != key.data() + key.size()) return std::nullopt;
  return TableId(id);
}

Status NotFound(const std::string& text) {
  return Status(ErrorCode::kResourceNotFound, "Requested resource not found: " + text);
}

Status InUse(const std::string& text) {
  return Status(ErrorCode::kResourceInUse, text);
}

Status Trimmed(const Table& source, Lsn oldest) {
  return Status(
      ErrorCode::kTrimmedDataAccess,
      "Table " + source.spec.name + " can't be made again from its log: it began with commit " +
          std::to_string(source.created_lsn.value()) + ", and the log now begins with commit " +
          std::to_string(oldest.value()) +
          "; records are kept for 24 hours. No earlier or later point of time helps. Copy the "
          "items "
          "that the table holds now with Scan, and for the next time keep the records in files: "
          "millrace cdc create NAME --table " +
          source.spec.name + " --to DIR");
}

// The table that had the name then; without a time the live one, or else the last one deleted.
Result<std::pair<TableRef, Lsn>> FindSource(Database* database, const TableCopyRequest& request) {
  const Lsn applied = database->applied_lsn();
  if (request.as_of) {
    const Lsn as_of = std::min(*request.as_of, applied);
    if (TableRef table = TableNamedAt(*database, request.source_name, as_of)) {
      return std::make_pair(std::move(table), as_of);
    }
    return NotFound("Table: " + request.source_name + " was not there then");
  }
  const std::vector<TableRef> tables = TablesNamed(*database, request.source_name);
  if (tables.empty()) return NotFound("Table: " + request.source_name + " not found");
  const TableRef& last = tables.back();
  return std::make_pair(last, last->deleted() ? Lsn(last->deleted_lsn->value() - 1) : applied);
}

Result<std::optional<TableCopy>> FindUnfinished(Database* database, const Table& target) {
  ASSIGN_OR_RETURN(const auto cell, database->ReadCell(CellKey(target.id)));
  if (!cell) return std::optional<TableCopy>();
  std::optional<TableCopy> copy = DecodeTableCopy(cell->value, target.id);
  if (!copy) return Status(ErrorCode::kCorruption, "the cell of a rebuild is malformed");
  return copy;
}

Status CheckSameCopy(Database* database, const TableCopyRequest& request, const TableCopy& copy) {
  const TableRef source = database->FindTable(copy.source);
  if (source == nullptr) return NotFound("the table that " + request.target_name + " was made of");
  if (source->spec.name != request.source_name) {
    return InUse(request.target_name + " is an unfinished rebuild of " + source->spec.name +
                 "; delete it first, or name another table");
  }
  const bool same_text = !request.as_of_text.empty() && request.as_of_text == copy.as_of_text;
  if (request.as_of && *request.as_of != copy.as_of && !same_text) {
    return InUse(request.target_name + " is an unfinished rebuild of " + request.source_name +
                 " as of another time; say no time to go on with it, or delete it first");
  }
  return Status::Ok();
}

Status CheckEmpty(Database* database, const TableRef& target, const Table& source) {
  if (!(target->spec.schema == source.spec.schema)) {
    return InUse(target->spec.name + " exists, and its key is another than that of " +
                 source.spec.name);
  }
  PageRequest request;
  request.table = target;
  request.limit = 1;
  ASSIGN_OR_RETURN(const Page page, database->ReadPage(request));
  if (page.scanned_count == 0) return Status::Ok();
  return InUse(target->spec.name +
               " exists and has items; name a table that is empty or doesn't exist");
}

// Only with the indexes that were there from the start: every image in the log fits their keys.
Result<TableRef> MakeTarget(Database* database, const std::string& name, const Table& source) {
  TableSpec spec = SpecOfCopy(source, name);
  spec.indexes.clear();
  for (const Index& index : source.indexes) {
    if (index.created_lsn == source.created_lsn) spec.indexes.push_back(index.spec);
  }
  return database->CreateTable(spec);
}

// The next of the source's indexes that the target has not got; one is made at a time, and the one
// that is being made has to be complete first. True: it has them all.
Result<bool> AddNextIndex(Database* database, const Table& source, const Table& target) {
  for (const Index& index : target.indexes) {
    if (index.status == IndexStatus::kCreating) return false;
  }
  for (const Index& index : source.indexes) {
    if (target.FindIndex(index.spec.name) != nullptr) continue;
    TableUpdate update;
    update.create_index = index.spec;
    RETURN_IF_ERROR(database->UpdateTable(target.spec.name, update).status());
    return false;
  }
  return true;
}

Status CommitCell(Database* database, const WriteOrigin& origin, CellChange change) {
  CommitRequest commit;
  commit.origin = origin;
  commit.cells.push_back(std::move(change));
  return database->CommitAndWait(std::move(commit)).status;
}

// What one commit takes over.
class Step {
 public:
  bool full() const {
    return items_.size() >= kStepItemsMax || records_ >= kStepRecordsMax || bytes_ >= kStepBytesMax;
  }
  size_t records() const { return records_; }
  size_t writes() const { return items_.size(); }

  Status Add(const KeySchema& schema, RecordView record) {
    ASSIGN_OR_RETURN(ItemKey key, KeyOfItem(schema, record.keys()));
    items_[std::move(key)] = std::string(record.new_image().bytes());
    bytes_ += record.bytes().size();
    ++records_;
    return Status::Ok();
  }

  std::vector<WriteRequest> TakeWrites(const TableRef& target) {
    std::vector<WriteRequest> writes;
    for (auto& [key, image] : items_) {
      WriteRequest write;
      write.table = target;
      write.kind = image.empty() ? WriteKind::kDelete : WriteKind::kPut;
      write.key = key;
      write.item = std::move(image);
      writes.push_back(std::move(write));
    }
    return writes;
  }

 private:
  std::map<ItemKey, std::string> items_;  // an empty image: removed
  size_t records_ = 0;
  size_t bytes_ = 0;
};

// Up to the step's size, and moves `next` behind what it took.
Status FillStep(TableFeed* feed, const KeySchema& schema, Lsn as_of, Position* next, Step* step) {
  while (!step->full()) {
    ASSIGN_OR_RETURN(const auto record, feed->Next(as_of));
    if (!record) {
      *next = {0, Lsn(as_of.value() + 1), 0};
      return Status::Ok();
    }
    if (record->record.position() < *next) continue;  // of a commit begun by a step before
    RETURN_IF_ERROR(step->Add(schema, record->record));
    *next = PositionAfter(record->record.position());
  }
  return Status::Ok();
}

}  // namespace

TableSpec SpecOfCopy(const Table& source, std::string name) {
  TableSpec spec = source.spec;
  spec.name = std::move(name);
  spec.stream = std::nullopt;
  spec.deletion_protection = false;
  spec.settings.policies.clear();
  spec.settings.throughput_changes = {};
  spec.settings.class_changed_micros = 0;
  spec.settings.class_changed_before_micros = 0;
  for (const Index& index : source.indexes) spec.indexes.push_back(index.spec);
  return spec;
}

std::string EncodeTableCopy(const TableCopy& copy) {
  std::string value;
  PutLittle(&value, kCellVersion);
  PutLittle(&value, copy.source.value());
  PutLittle(&value, copy.as_of.value());
  AppendPosition(copy.next, &value);
  PutLittle(&value, copy.records);
  PutLittle(&value, copy.writes);
  PutPrefixed(&value, copy.as_of_text);
  PutLittle(&value, static_cast<uint8_t>(copy.made ? 1 : 0));
  return value;
}

std::optional<TableCopy> DecodeTableCopy(std::string_view value, TableId target) {
  uint8_t version = 0;
  uint32_t source = 0;
  uint64_t as_of = 0;
  std::string_view next;
  std::string_view text;
  uint8_t made = 0;
  TableCopy copy;
  if (!TakeLittle(&value, &version) || version == 0 || version > kCellVersion ||
      !TakeLittle(&value, &source) || !TakeLittle(&value, &as_of) ||
      !TakeBytes(&value, kPositionSize, &next) || !TakeLittle(&value, &copy.records) ||
      !TakeLittle(&value, &copy.writes) || (version > 1 && !TakePrefixed(&value, &text)) ||
      (version > 2 && (!TakeLittle(&value, &made) || made > 1)) || !value.empty()) {
    return std::nullopt;
  }
  copy.as_of_text = text;
  copy.made = made == 1;
  copy.source = TableId(source);
  copy.target = target;
  copy.as_of = Lsn(as_of);
  copy.next = LoadPosition(next.data());
  return copy;
}

Result<TableCopy> BeginTableCopy(Database* database, const TableCopyRequest& request) {
  TableRef target = database->FindTable(request.target_name);
  if (target != nullptr) {
    ASSIGN_OR_RETURN(const auto unfinished, FindUnfinished(database, *target));
    if (unfinished) {
      RETURN_IF_ERROR(CheckSameCopy(database, request, *unfinished));
      return *unfinished;
    }
  }
  ASSIGN_OR_RETURN(const auto found, FindSource(database, request));
  const TableRef& source = found.first;
  const Lsn oldest = database->log()->first_lsn();
  if (source->created_lsn < oldest) return Trimmed(*source, oldest);
  TableCopy copy;
  copy.made = target == nullptr;
  if (copy.made) {
    ASSIGN_OR_RETURN(target, MakeTarget(database, request.target_name, *source));
  } else {
    RETURN_IF_ERROR(CheckEmpty(database, target, *source));
  }
  copy.source = source->id;
  copy.target = target->id;
  copy.as_of = found.second;
  copy.as_of_text = request.as_of_text;
  copy.next = {0, source->created_lsn, 0};
  CommitRequest commit;
  commit.origin = request.origin;
  commit.cells.push_back({CellKey(target->id), uint64_t{0}, EncodeTableCopy(copy)});
  const CommitResult result = database->CommitAndWait(std::move(commit));
  if (!result.status.ok()) return result.status;
  return copy;
}

Status ContinueTableCopy(Database* database, const WriteOrigin& origin,
                         const std::function<bool()>& enough, TableCopy* copy) {
  const TableRef source = database->FindTable(copy->source);
  const TableRef target = database->FindTable(copy->target);
  if (target == nullptr || target->deleted()) return NotFound("the table to be made was deleted");
  if (source == nullptr) return NotFound("the log of the table is gone");
  const std::string cell_key = CellKey(target->id);
  ASSIGN_OR_RETURN(const auto cell, database->ReadCell(cell_key));
  if (!cell || cell->value != EncodeTableCopy(*copy)) {
    return Status(ErrorCode::kFenced, "somebody else rebuilds into " + target->spec.name + " too");
  }
  uint64_t version = cell->version;
  TableFeed feed(database->log(), source->id, copy->next.lsn);
  while (!copy->copied()) {
    Step step;
    TableCopy after = *copy;
    const Status filled = FillStep(&feed, source->spec.schema, copy->as_of, &after.next, &step);
    if (filled.Is(ErrorCode::kTrimmedDataAccess)) {
      return Trimmed(*source, database->log()->first_lsn());
    }
    RETURN_IF_ERROR(filled);
    after.records += step.records();
    after.writes += step.writes();
    CommitRequest commit;
    commit.origin = origin;
    commit.writes = step.TakeWrites(target);
    std::optional<std::string> value;
    if (!after.copied() || after.made) value = EncodeTableCopy(after);
    commit.cells.push_back({cell_key, version, std::move(value)});
    const CommitResult result = database->CommitAndWait(std::move(commit));
    if (!result.status.ok()) return result.status;
    version = result.lsn.value();
    *copy = after;
    if (enough()) break;
  }
  if (!copy->copied() || !copy->made) return Status::Ok();
  ASSIGN_OR_RETURN(copy->indexed, AddNextIndex(database, *source, *target));
  if (!copy->indexed) return Status::Ok();
  return CommitCell(database, origin, {cell_key, version, std::nullopt});
}

std::vector<LogPin> TableCopyPins::Pins() {
  const auto cells = database_->ListCells(kCellPrefix);
  if (!cells.ok()) return {{"rebuilds", Lsn(1)}};  // rather all of it than too little
  std::vector<LogPin> pins;
  for (const auto& [key, cell] : *cells) {
    const std::optional<TableId> id = TargetOfCell(key);
    const TableRef target = id ? database_->FindTable(*id) : nullptr;
    if (target == nullptr || target->deleted()) continue;
    const std::optional<TableCopy> copy = DecodeTableCopy(cell.value, *id);
    if (copy) pins.push_back({"the rebuild into " + target->spec.name, copy->next.lsn});
  }
  return pins;
}

}  // namespace millrace
