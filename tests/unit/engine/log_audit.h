#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/database.h"

namespace millrace::testing {

/// What must hold of a database at any time, whatever happened to it, checked from its log alone.

struct AuditedRecord {
  Position position;
  TableId table;
  ItemKey key;
  std::string request_id;
  std::string old_image;  // as folded from the log, whether or not the record carries it
  std::string new_image;
};
struct AuditedCell {
  Lsn lsn;
  std::string key;
  std::string value;  // empty: removed
};
struct AuditedLog {
  std::vector<AuditedRecord> records;  // in the log's order
  std::vector<AuditedCell> cells;      // in the log's order, without the catalog's
};

/// Folds the whole log, which must not have been trimmed, and reports as test failures:
/// - of the log: gaps in lsns, commit times that step back, broken hash chains, wrong digests,
///   records that change nothing, that misstate the item before them, that carry an old image where
///   neither a stream nor an index asks for one or lack it where one does, records of a deleted
///   table;
/// - of the state: tables, items, statistics, cells or their versions that are not the log's;
///   indexes that are not their table's (index_audit.h).
/// Nobody may be writing.
AuditedLog AuditDatabase(Database* database);

/// The text of an item's attribute "v"; empty when there is none.
std::string_view TextOf(std::string_view item);

}  // namespace millrace::testing
