#include "engine/model/position.h"

#include "engine/base/check.h"
#include "engine/base/coding.h"

namespace millrace {
namespace {

__extension__ typedef unsigned __int128 Uint128;

constexpr uint32_t kUint24Max = (1u << 24) - 1;
constexpr size_t kSequenceNumberSize = 35;  // "1" and 34 digits: 2^112 - 1 has 34

void PutBig24(std::string* out, uint32_t value) {
  const char bytes[3] = {static_cast<char>(value >> 16), static_cast<char>(value >> 8),
                         static_cast<char>(value)};
  out->append(bytes, sizeof bytes);
}

uint32_t LoadBig24(const char* p) {
  return uint32_t{static_cast<uint8_t>(p[0])} << 16 | uint32_t{static_cast<uint8_t>(p[1])} << 8 |
         uint32_t{static_cast<uint8_t>(p[2])};
}

}  // namespace

void AppendPosition(const Position& position, std::string* out) {
  MILLRACE_CHECK(position.generation <= kUint24Max && position.ordinal <= kUint24Max);
  PutBig24(out, position.generation);
  PutBig(out, position.lsn.value());
  PutBig24(out, position.ordinal);
}

Position LoadPosition(const char* bytes) {
  return {LoadBig24(bytes), Lsn(LoadBig<uint64_t>(bytes + 3)), LoadBig24(bytes + 11)};
}

std::string SequenceNumberOf(const Position& position) {
  MILLRACE_CHECK(position.generation <= kUint24Max && position.ordinal <= kUint24Max);
  Uint128 value = Uint128{position.generation} << 88 | Uint128{position.lsn.value()} << 24 |
                  Uint128{position.ordinal};
  std::string text(kSequenceNumberSize, '1');
  for (size_t i = kSequenceNumberSize - 1; i >= 1; --i) {
    text[i] = static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  }
  return text;
}

std::optional<Position> ParseSequenceNumber(std::string_view text) {
  if (text.size() != kSequenceNumberSize || text[0] != '1') return std::nullopt;
  Uint128 value = 0;
  for (const char c : text.substr(1)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  if (value >> 112 != 0) return std::nullopt;
  return Position{static_cast<uint32_t>(value >> 88), Lsn(static_cast<uint64_t>(value >> 24)),
                  static_cast<uint32_t>(value) & kUint24Max};
}

}  // namespace millrace
