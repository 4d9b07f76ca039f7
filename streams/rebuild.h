#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "engine/base/status.h"
#include "engine/base/strong_id.h"
#include "engine/database.h"
#include "engine/table.h"

// Rebuilds a table from the log alone and compares it with the live one: the proof that the log is
// the truth and the table the state that it produces.
//
// The table's records are folded, in log order, into a scratch store on disk, so memory stays
// bounded whatever the table's size. The live table is then read page by page; each page is a
// snapshot as of a known commit (Page::as_of). The fold is brought up to exactly that commit and
// the page's key range compared, in both directions, byte by byte. So writers need not stop: what
// is proved is that each range of the table equals the log's state at the commit at which it was
// read.
namespace millrace {

struct RebuildOptions {
  std::string scratch_directory;    // must not exist; made, and removed at the end
  size_t page_items = 1000;         // live items compared at a time
  std::function<bool()> cancelled;  // asked now and then; true ends the work with kUnavailable
};

struct TableDifference {
  enum class Kind : uint8_t { kMissingInTable, kMissingInLog, kDifferentItem };
  Kind kind = Kind::kDifferentItem;
  ItemKey key;
  std::string live_item;     // item bytes; empty: none
  std::string rebuilt_item;  // item bytes; empty: none
  Lsn as_of;                 // of the page in which it was found
};
std::string_view WireName(TableDifference::Kind kind);

struct RebuildReport {
  bool equal = false;
  uint64_t records = 0;        // of the table, read from the log
  uint64_t rebuilt_items = 0;  // compared, on the log's side
  uint64_t live_items = 0;     // compared, on the table's side
  uint64_t differences = 0;
  std::optional<TableDifference> first_difference;
  Lsn first_as_of;  // commits at which the first and the last page were read
  Lsn last_as_of;
};

// On the calling thread, for as long as it takes. Errors: kTrimmedDataAccess when records of the
// table have been trimmed (the text says from where the log begins), kResourceNotFound when the
// table is deleted, before or meanwhile, kIo of the scratch store, kCorruption.
Result<RebuildReport> RebuildAndCompare(Database* database, TableId table,
                                        const RebuildOptions& options);

}  // namespace millrace
