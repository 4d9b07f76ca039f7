#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/strong_id.h"

namespace millrace {

// A place in the change log: (generation u24, lsn u64, ordinal u24). `lsn` is dense per group, one
// per commit; `ordinal` is the record in the commit; the generation grows whenever a slice changes
// log. Ordered as that triple.
struct Position {
  uint32_t generation = 0;  // 24 bits
  Lsn lsn;
  uint32_t ordinal = 0;  // 24 bits

  auto operator<=>(const Position&) const = default;
};
constexpr size_t kPositionSize = 14;

// 14 bytes, big-endian: memcmp order is position order.
void AppendPosition(const Position& position, std::string* out);
Position LoadPosition(const char* bytes);
// On the wire: "1" and the 112 bits as 34 decimal digits, since clients compare them as big
// integers and refuse fewer than 21 characters.
std::string SequenceNumberOf(const Position& position);
std::optional<Position> ParseSequenceNumber(std::string_view text);

}  // namespace millrace
