#include "engine/log_entries.h"

#include "engine/base/coding.h"

namespace millrace {

// `key length varint | key | present u8 | value`
std::string EncodeCellEntry(const CellEntry& entry) {
  std::string bytes;
  PutPrefixed(&bytes, entry.key);
  bytes.push_back(entry.value.has_value() ? 1 : 0);
  if (entry.value) bytes.append(*entry.value);
  return bytes;
}

std::optional<CellEntry> DecodeCellEntry(std::string_view bytes) {
  CellEntry entry;
  uint8_t present = 0;
  if (!TakePrefixed(&bytes, &entry.key) || !TakeLittle(&bytes, &present) || present > 1) {
    return std::nullopt;
  }
  if (present == 1) entry.value = bytes;
  return entry;
}

}  // namespace millrace
