#include "streams/stream_window.h"

#include "engine/base/limits.h"

namespace millrace {

Lsn BeginOf(const StreamWindow& window) {
  return Lsn(window.first.value() + 1);
}

std::optional<Lsn> EndOf(const Table& table, const StreamWindow& window) {
  return window.last.has_value() ? window.last : table.deleted_lsn;
}

bool ReadableAt(const Table& table, const StreamWindow& window, int64_t now_micros) {
  if (!EndOf(table, window).has_value()) return true;
  const int64_t closed_micros =
      window.last.has_value() ? window.closed_micros : table.deleted_micros;
  return now_micros - closed_micros < kStreamRetentionMicros;
}

}  // namespace millrace
