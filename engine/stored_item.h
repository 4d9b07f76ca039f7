#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/model/item.h"
#include "engine/model/position.h"

// The value of a row of `items` (grammar in FORMAT.md): `format u8 = 1 | flags u8 = 0 | version
// time, microseconds i64 | origin region u16 | position of the item's last record 14 | item bytes`.
namespace millrace {

constexpr size_t kStoredItemHeaderSize = 1 + 1 + 8 + 2 + kPositionSize;

std::string EncodeStoredItemHeader(int64_t version_time_micros, uint16_t origin_region,
                                   const Position& position);

// Read in place.
class StoredItemView {
 public:
  explicit StoredItemView(std::string_view bytes) : bytes_(bytes) {}
  // A format this version knows.
  bool valid() const;
  int64_t version_time_micros() const;
  uint16_t origin_region() const;
  Position position() const;
  ItemView item() const { return ItemView(bytes_.substr(kStoredItemHeaderSize)); }

 private:
  std::string_view bytes_;
};

}  // namespace millrace
