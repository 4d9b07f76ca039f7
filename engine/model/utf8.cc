#include "engine/model/utf8.h"

#include <cstddef>
#include <cstdint>

#include "engine/base/coding.h"

namespace millrace {
namespace {

// Bytes of the sequence that starts at `p`, before `end`; 0 when it is ill-formed.
size_t SequenceLength(const uint8_t* p, const uint8_t* end) {
  const uint8_t lead = p[0];
  if (lead < 0x80) return 1;
  const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || static_cast<size_t>(end - p) < length) return 0;
  // The second byte's range keeps out overlong forms, surrogates and what is past U+10FFFF.
  const uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (p[1] < low || p[1] > high) return 0;
  for (size_t i = 2; i < length; ++i) {
    if ((p[i] & 0xc0) != 0x80) return 0;
  }
  return length;
}

}  // namespace

bool IsValidUtf8(std::string_view text) {
  constexpr uint64_t kHighBits = 0x8080808080808080;
  const auto* p = reinterpret_cast<const uint8_t*>(text.data());
  const uint8_t* const end = p + text.size();
  while (p < end) {
    if (end - p >= 8 && (LoadLittle<uint64_t>(reinterpret_cast<const char*>(p)) & kHighBits) == 0) {
      p += 8;
      continue;
    }
    const size_t length = SequenceLength(p, end);
    if (length == 0) return false;
    p += length;
  }
  return true;
}

std::string RepairUtf8(std::string_view text, size_t size_max) {
  if (text.size() <= size_max && IsValidUtf8(text)) return std::string(text);
  constexpr std::string_view kReplacement = "\xef\xbf\xbd";
  std::string repaired;
  const auto* const end = reinterpret_cast<const uint8_t*>(text.data() + text.size());
  while (!text.empty()) {
    const size_t length = SequenceLength(end - text.size(), end);
    const std::string_view character = length == 0 ? kReplacement : text.substr(0, length);
    if (repaired.size() + character.size() > size_max) break;
    repaired += character;
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return repaired;
}

}  // namespace millrace
