#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/strong_id.h"
#include "engine/table.h"

// The catalog's cells (grammar in FORMAT.md): one a table, and the next table id.
namespace millrace {

constexpr std::string_view kTableCellPrefix = "catalog/table/";
constexpr std::string_view kNextTableIdCell = "catalog/next_table_id";
std::string TableCellKey(TableId id);
std::optional<TableId> TableIdOfCellKey(std::string_view key);

// An lsn of 0 in the table means "of the commit that carries this value", which the encoder cannot
// know yet; the decoder puts `version`, the lsn of the cell's commit, in its place.
std::string EncodeTable(const Table& table);
// Nullopt when the bytes are not a table of a known version.
std::optional<Table> DecodeTable(std::string_view bytes, Lsn version);

}  // namespace millrace
