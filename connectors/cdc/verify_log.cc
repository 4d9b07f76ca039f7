#include "connectors/cdc/verify_log.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/json/attribute_value.h"
#include "engine/keys.h"

namespace millrace {

CdcLogCheck::CdcLogCheck(Database* database, const PipelineDefinition& definition,
                         std::string_view region)
    : database_(database),
      definition_(definition),
      envelope_(region, definition.spec.table, definition.table, definition.view),
      table_(database->FindTable(definition.table)) {}

Status CdcLogCheck::Begin(const ManifestHeader& header, CdcVerifyReport* report) {
  report_ = report;
  snapshot_running_ = header.snapshot;
  if (table_ == nullptr) return Status::Ok();
  Restart(Lsn(header.through.value() + 1));
  return Status::Ok();
}

void CdcLogCheck::Restart(Lsn from) {
  from_ = std::max(from, database_->log()->first_lsn());
  report_->log_from = from_;
  peeked_.reset();
  feed_.emplace(database_->log(), definition_.table, from_);
}

// Is there a record that was not compared yet, up to `limit`? Then it is peeked_.
Result<bool> CdcLogCheck::Peek(Lsn limit) {
  limit = std::min(limit, database_->applied_lsn());
  if (peeked_.has_value()) return peeked_->lsn <= limit;
  for (;;) {
    auto next = feed_->Next(limit);
    if (next.ok()) {
      peeked_ = *next;
      return peeked_.has_value();
    }
    const Lsn first = database_->log()->first_lsn();
    if (!next.status().Is(ErrorCode::kTrimmedDataAccess) || first <= from_) return next.status();
    Restart(first);
  }
}

// While the snapshot runs: is the peeked record's item one that was not written yet?
bool CdcLogCheck::IsBehindFrontier() const {
  if (!snapshot_running_) return false;
  if (frontier_.empty()) return true;
  const RecordView record = peeked_->record;
  const Result<ItemKey> key = KeyOfItem(table_->spec.schema, record.keys());
  MILLRACE_CHECK(key.ok(), "a record without its table's key");
  return ItemStorageKey(definition_.table, record.key_hash(), *key) > frontier_;
}

void CdcLogCheck::Missing() {
  report_->problems.Add("Record " + SequenceNumberOf(peeked_->record.position()) +
                        " of the log (shard " + std::to_string(peeked_->shard.value()) +
                        ") is in no file.");
}

// Nothing up to there may be left but what the snapshot shows.
Status CdcLogCheck::SkipThrough(Lsn through) {
  if (table_ == nullptr) return Status::Ok();
  for (;;) {
    ASSIGN_OR_RETURN(const bool there, Peek(through));
    if (!there) return Status::Ok();
    if (!IsBehindFrontier()) Missing();
    peeked_.reset();
  }
}

Status CdcLogCheck::OnLine(const CdcLine& line) {
  if (table_ == nullptr) return Status::Ok();
  return line.snapshot ? TakeSnapshotLine(line) : TakeStreamLine(line);
}

Status CdcLogCheck::TakeStreamLine(const CdcLine& line) {
  for (;;) {
    ASSIGN_OR_RETURN(const bool there, Peek(line.position.lsn));
    if (line.position.lsn < from_) return Status::Ok();  // trimmed meanwhile
    if (!there || peeked_->record.position() > line.position) {
      report_->problems.Add("File " + line.file->name + " has a record " +
                            SequenceNumberOf(line.position) + " that the log does not have.");
      return Status::Ok();
    }
    if (peeked_->record.position() == line.position) break;
    if (!IsBehindFrontier()) Missing();
    peeked_.reset();
  }
  rendered_.clear();
  envelope_.AppendRecord(peeked_->record, peeked_->shard, &rendered_);
  rendered_.pop_back();
  ++report_->log_records;
  if (rendered_ != line.text) {
    report_->problems.Add("File " + line.file->name + ": record " +
                          SequenceNumberOf(line.position) + " differs from the log's.");
  } else if (IsBehindFrontier()) {
    report_->problems.Add("File " + line.file->name + ": record " +
                          SequenceNumberOf(line.position) +
                          " stands before the snapshot of its item, which shows it already.");
  }
  peeked_.reset();
  return Status::Ok();
}

Status CdcLogCheck::TakeSnapshotLine(const CdcLine& line) {
  RETURN_IF_ERROR(SkipThrough(line.position.lsn));
  const auto keys = line.json.Find("dynamodb")->Find("Keys");
  const Result<Value> map =
      keys ? DecodeAttributeMap(*keys) : Status(ErrorCode::kCorruption, "no keys");
  const Result<ItemKey> key = map.ok() ? KeyOfKeyMap(table_->spec.schema, ValueView(map->Encode()))
                                       : Result<ItemKey>(map.status());
  if (!key.ok()) {
    report_->problems.Add("File " + line.file->name + " has a snapshot of no item.");
    return Status::Ok();
  }
  std::string storage_key = ItemStorageKey(definition_.table, KeyHash(*table_, key->pk), *key);
  if (!snapshot_running_ || storage_key <= frontier_) {
    report_->problems.Add("File " + line.file->name +
                          " has a snapshot of an item that was there before.");
  }
  frontier_ = std::max(std::move(storage_key), frontier_);
  return Status::Ok();
}

Status CdcLogCheck::OnFileEnd(const ManifestFile& file) {
  return SkipThrough(file.through);
}

Status CdcLogCheck::OnNote(const ManifestNote& note) {
  if (table_ == nullptr) return Status::Ok();
  if (note.kind == ManifestNote::Kind::kGap) {
    Restart(Lsn(note.through.value() + 1));
    return Status::Ok();
  }
  RETURN_IF_ERROR(SkipThrough(note.through));
  if (note.kind != ManifestNote::Kind::kEnd) snapshot_running_ = false;
  return Status::Ok();
}

}  // namespace millrace
