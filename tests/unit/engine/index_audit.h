#pragma once

#include <string>
#include <vector>

#include "engine/database.h"

namespace millrace::testing {

/// All pages of a Scan (or, with a key condition, a Query) of a table or an index, `limit` items a
/// page: the items' bytes in their order.
std::vector<std::string> ReadAll(const Database& database, PageRequest request,
                                 size_t limit = SIZE_MAX);

/// What an index must show of the items of its table, in any order: worked out value by value,
/// without the engine's own derivation.
std::vector<std::string> ExpectedEntries(const Table& table, const Index& index,
                                         const std::vector<std::string>& items);

/// Reports as a test failure each active index of a live table that is not the projection of the
/// table, or whose statistics aren't those of its entries. Nobody may be writing.
void AuditIndexes(const Database& database);

}  // namespace millrace::testing
