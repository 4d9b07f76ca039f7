#include "streams/table_incarnations.h"

#include <algorithm>

namespace millrace {

std::vector<TableRef> TablesNamed(const Database& database, std::string_view name) {
  std::vector<TableRef> tables;
  for (const TableRef& table : database.TablesWithDeleted()) {
    if (table->spec.name == name) tables.push_back(table);
  }
  std::sort(tables.begin(), tables.end(),
            [](const TableRef& a, const TableRef& b) { return a->created_lsn < b->created_lsn; });
  return tables;
}

TableRef TableNamedAt(const Database& database, std::string_view name, Lsn lsn) {
  for (const TableRef& table : TablesNamed(database, name)) {
    if (table->created_lsn > lsn) continue;
    if (!table->deleted() || *table->deleted_lsn > lsn) return table;
  }
  return nullptr;
}

}  // namespace millrace
