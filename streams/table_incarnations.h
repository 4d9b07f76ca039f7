#pragma once

#include <string_view>
#include <vector>

#include "engine/base/strong_id.h"
#include "engine/database.h"
#include "engine/table.h"

namespace millrace {

// All tables that had a name, in the order of their making; the last may be live. Deleted ones are
// known as long as the log has records from their time.
std::vector<TableRef> TablesNamed(const Database& database, std::string_view name);

// The one that had its name right after commit `lsn`; null when there was none.
TableRef TableNamedAt(const Database& database, std::string_view name, Lsn lsn);

}  // namespace millrace
