#include "engine/json/base64.h"

#include <array>
#include <cstdint>

#include "engine/json/attribute_value.h"
#include "engine/json/text_cursor.h"

namespace millrace {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint32_t kDigitCount = 64;
constexpr uint8_t kNoDigit = 0xff;  // with others or-ed to it, still no digit

constexpr std::array<uint8_t, 256> kValues = [] {
  std::array<uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (size_t i = 0; i < kDigits.size(); ++i) {
    values[static_cast<unsigned char>(kDigits[i])] = static_cast<uint8_t>(i);
  }
  return values;
}();

uint8_t ValueOf(char c) {
  return kValues[static_cast<unsigned char>(c)];
}

size_t PaddingOf(std::string_view text) {
  if (!text.ends_with('=')) return 0;
  return text.ends_with("==") ? 2 : 1;
}

// AWS looks at the length, then at the bits that padding leaves unused, then at the characters.
Status CheckBase64(std::string_view text, size_t padding) {
  if (text.size() % 4 != 0) {
    return Status(ErrorCode::kSerialization,
                  "Base64 encoded length is expected a multiple of 4 bytes but found: " +
                      std::to_string(text.size()));
  }
  const std::string_view digits = text.substr(0, text.size() - padding);
  if (padding > 0 && ValueOf(digits.back()) != kNoDigit) {
    const int unused = padding == 1 ? 3 : 15;
    if ((ValueOf(digits.back()) & unused) != 0) {
      return Status(ErrorCode::kSerialization, "Invalid last non-pad Base64 character dectected");
    }
  }
  for (size_t i = 0; i < digits.size(); ++i) {
    if (ValueOf(digits[i]) != kNoDigit) continue;
    // One character, whatever its length in UTF-8.
    size_t end = i + 1;
    while (end < digits.size() && (digits[end] & 0xc0) == 0x80) ++end;
    return Status(ErrorCode::kSerialization,
                  "Invalid Base64 character: '" + std::string(digits.substr(i, end - i)) + "'");
  }
  return Status::Ok();
}

}  // namespace

void AppendBase64(std::string_view bytes, std::string* out) {
  TextCursor(out).AppendBase64(bytes);
}

Status AppendDecodedBase64(std::string_view text, std::string* out) {
  const size_t padding = PaddingOf(text);
  if (text.size() % 4 != 0) return CheckBase64(text, padding);
  const size_t old_size = out->size();
  out->resize(old_size + text.size() / 4 * 3);
  char* p = out->data() + old_size;
  uint32_t all = 0;
  for (size_t i = 0; i < text.size(); i += 4, p += 3) {
    std::array<uint32_t, 4> digits;
    for (size_t j = 0; j < 4; ++j) digits[j] = ValueOf(text[i + j]);
    // Padding digits are zeros, and the bytes made of them dropped below.
    for (size_t j = 4 - padding; j < 4 && i + 4 == text.size(); ++j) digits[j] = 0;
    all |= digits[0] | digits[1] | digits[2] | digits[3];
    const uint32_t bits = digits[0] << 18 | digits[1] << 12 | digits[2] << 6 | digits[3];
    p[0] = static_cast<char>(bits >> 16);
    p[1] = static_cast<char>(bits >> 8);
    p[2] = static_cast<char>(bits);
  }
  const std::string_view dropped = std::string_view(*out).substr(out->size() - padding);
  if (all >= kDigitCount || dropped.find_first_not_of('\0') != dropped.npos) {
    out->resize(old_size);
    return CheckBase64(text, padding);
  }
  out->resize(out->size() - padding);
  return Status::Ok();
}

Result<std::string> DecodeBase64(std::string_view text) {
  std::string bytes;
  RETURN_IF_ERROR(AppendDecodedBase64(text, &bytes));
  return bytes;
}

}  // namespace millrace
