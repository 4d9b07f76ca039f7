#pragma once

#include <cstdint>
#include <optional>

#include "engine/base/strong_id.h"
#include "engine/table.h"

// Window arithmetic: which lsns a stream covers, and until when it can be read. Pure.
namespace millrace {

// The first lsn that a record of the stream may have.
Lsn BeginOf(const StreamWindow& window);
// The first lsn that no record of the stream has; absent while it is open. Deleting a table closes
// its stream.
std::optional<Lsn> EndOf(const Table& table, const StreamWindow& window);
// Open, or closed less than 24 h ago: at exactly 24 h it is gone.
bool ReadableAt(const Table& table, const StreamWindow& window, int64_t now_micros);

}  // namespace millrace
