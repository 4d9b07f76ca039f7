#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/strong_id.h"
#include "engine/database.h"
#include "engine/model/position.h"
#include "engine/table.h"
#include "streams/retention.h"

// A new table out of the images of another one's records: what that table was after a commit, now
// or at any time that the log reaches, and even if it has been deleted since.
//
// The records are written in their order through the normal write path, of several changes of an
// item within a step only the last. How far it is stands in a cell of the same commits, so that it
// goes on exactly there after whatever ended it; memory is bounded by a step's records.
namespace millrace {

struct TableCopy {
  TableId source;
  TableId target;
  Lsn as_of;               // the state after this commit
  std::string as_of_text;  // as it was asked for, where that may come to mean another commit: "-2h"
  Position next;           // records below it are in the target
  uint64_t records = 0;
  uint64_t writes = 0;
  bool done() const { return next.lsn > as_of; }
};

struct TableCopyRequest {
  std::string source_name;
  std::string target_name;
  std::optional<Lsn> as_of;  // absent: now, or right before the source was deleted
  std::string as_of_text;    // not empty: who says the same goes on with what was begun by it
  WriteOrigin origin;
};

// Begins a copy, or finds the unfinished one into that table. The target is made like the source
// when there is none; an empty table with the same key will do too. Errors: kResourceNotFound (no
// such table at that time), kTrimmedDataAccess (the log no longer reaches back to the source's
// beginning; the text says what would help), kResourceInUse (the target has items that are no
// unfinished copy of this source).
Result<TableCopy> BeginTableCopy(Database* database, const TableCopyRequest& request);

// Writes some more: until `enough` says so, asked between commits, or it is done; the cell goes
// with the last commit. Errors: kResourceNotFound when the target is gone, kTrimmedDataAccess,
// kFenced (somebody else copies into that table too), kThrottling, of the commits.
Status ContinueTableCopy(Database* database, const WriteOrigin& origin,
                         const std::function<bool()>& enough, TableCopy* copy);

// Keeps the log for unfinished copies whose target is there: also of those that nobody goes on
// with, as long as pins are held at all.
class TableCopyPins final : public LogPinSource {
 public:
  explicit TableCopyPins(const Database* database) : database_(database) {}
  std::vector<LogPin> Pins() override;
  // The copy meets the end of the log and says so.
  Status OnOverrun(const LogPin&, Lsn) override { return Status::Ok(); }

 private:
  const Database* database_;
};

// `version u8 = 2 | source table id u32 | as-of lsn u64 | next position 14 | records u64 | writes
// u64 | as-of text, varint length and bytes`, little-endian, under `rebuild/TARGET TABLE ID`.
// Version 1 ends before the text.
std::string EncodeTableCopy(const TableCopy& copy);
std::optional<TableCopy> DecodeTableCopy(std::string_view value, TableId target);

}  // namespace millrace
