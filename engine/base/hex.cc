#include "engine/base/hex.h"

#include <cstddef>
#include <cstdint>

namespace millrace {

void AppendHex(std::string_view bytes, std::string* out) {
  const size_t size = out->size();
  out->resize(size + 2 * bytes.size());
  char* p = out->data() + size;
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    *p++ = kHexDigits[byte >> 4];
    *p++ = kHexDigits[byte & 15];
  }
}

std::string ToHex(std::string_view bytes) {
  std::string text;
  AppendHex(bytes, &text);
  return text;
}

std::optional<std::string> FromHex(std::string_view text) {
  if (text.size() % 2 != 0 || text.find_first_not_of(kHexDigits) != text.npos) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (size_t i = 0; i < text.size(); i += 2) {
    bytes.push_back(static_cast<char>(HexDigit(text[i]) << 4 | HexDigit(text[i + 1])));
  }
  return bytes;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace millrace
