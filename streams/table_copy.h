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

// What a table made like another one starts with: its key and indexes, billing mode, units and
// bounds, warm throughput, class and tags. Not:
// - the stream: the writes that fill the copy would call the functions of nobody's mappings, and
//   what it shows is in the source's stream already;
// - deletion protection: a copy is made to be looked at and deleted, and protects nothing;
// - time to live: what was over would end while it is looked at, or before it was written;
// - resource policies: they name the source.
// AWS leaves these off a table that it restores, too (and the tags, which it says to set again by
// hand).
TableSpec SpecOfCopy(const Table& source, std::string name);

struct TableCopy {
  TableId source;
  TableId target;
  Lsn as_of;               // the state after this commit
  std::string as_of_text;  // as it was asked for, where that may come to mean another commit: "-2h"
  Position next;           // records below it are in the target
  uint64_t records = 0;
  uint64_t writes = 0;
  bool made = false;     // the target, by BeginTableCopy: it gets the source's indexes
  bool indexed = false;  // made, and it has all of these
  bool copied() const { return next.lsn > as_of; }
  bool done() const { return copied() && (!made || indexed); }
};

struct TableCopyRequest {
  std::string source_name;
  std::string target_name;
  std::optional<Lsn> as_of;  // absent: now, or right before the source was deleted
  std::string as_of_text;    // not empty: who says the same goes on with what was begun by it
  WriteOrigin origin;
};

// Begins a copy, or finds the unfinished one into that table. The target is made like the source
// when there is none (SpecOfCopy); an empty table with the same key will do too, and is left
// as it is. An index that the source got later than its first items comes last, online, as old
// images need not fit its key. Errors: kResourceNotFound (no
// such table at that time), kTrimmedDataAccess (the log no longer reaches back to the source's
// beginning; the text says what would help), kResourceInUse (the target has items that are no
// unfinished copy of this source).
Result<TableCopy> BeginTableCopy(Database* database, const TableCopyRequest& request);

// Writes some more: until `enough` says so, asked between commits, or it is done, or indexes are
// being made (copied(), not done()): call again in a while. The cell goes with the last commit.
// Errors: kResourceNotFound when the target is gone, kTrimmedDataAccess,
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

// `version u8 = 3 | source table id u32 | as-of lsn u64 | next position 14 | records u64 | writes
// u64 | as-of text, varint length and bytes | made u8`, little-endian, under `rebuild/TARGET TABLE
// ID`. Version 1 ends before the text, version 2 before `made` (0).
std::string EncodeTableCopy(const TableCopy& copy);
std::optional<TableCopy> DecodeTableCopy(std::string_view value, TableId target);

}  // namespace millrace
