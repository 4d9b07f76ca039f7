#include "engine/json/base64.h"

#include <array>
#include <cstdint>

#include "engine/json/attribute_value.h"
#include "engine/json/escape.h"

namespace millrace {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint8_t kNoDigit = 0xff;

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

void EncodeThree(uint32_t bits, char* out) {
  out[0] = kDigits[bits >> 18];
  out[1] = kDigits[bits >> 12 & 63];
  out[2] = kDigits[bits >> 6 & 63];
  out[3] = kDigits[bits & 63];
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
  for (const char c : digits) {
    if (ValueOf(c) != kNoDigit) continue;
    // One character, whatever its length in UTF-8.
    size_t length = 1;
    const size_t start = static_cast<size_t>(&c - text.data());
    while (start + length < text.size() && (text[start + length] & 0xc0) == 0x80) ++length;
    return Status(ErrorCode::kSerialization,
                  "Invalid Base64 character: '" + std::string(text.substr(start, length)) + "'");
  }
  return Status::Ok();
}

}  // namespace

void AppendBase64(std::string_view bytes, std::string* out) {
  char* p = Grow(out, (bytes.size() + 2) / 3 * 4);
  const auto* in = reinterpret_cast<const unsigned char*>(bytes.data());
  size_t left = bytes.size();
  for (; left >= 3; left -= 3, in += 3, p += 4) {
    EncodeThree(uint32_t{in[0]} << 16 | uint32_t{in[1]} << 8 | in[2], p);
  }
  if (left == 0) return;
  EncodeThree(uint32_t{in[0]} << 16 | (left == 2 ? uint32_t{in[1]} << 8 : 0), p);
  p[3] = '=';
  if (left == 1) p[2] = '=';
}

Status AppendDecodedBase64(std::string_view text, std::string* out) {
  const size_t padding = PaddingOf(text);
  RETURN_IF_ERROR(CheckBase64(text, padding));
  if (text.empty()) return Status::Ok();
  const size_t size = text.size() / 4 * 3 - padding;
  // The last quantum may write up to two bytes too many.
  char* p = Grow(out, size + padding);
  for (size_t i = 0; i < text.size(); i += 4, p += 3) {
    uint32_t bits = 0;
    for (size_t j = 0; j < 4; ++j) bits = bits << 6 | (ValueOf(text[i + j]) & 63);
    p[0] = static_cast<char>(bits >> 16);
    p[1] = static_cast<char>(bits >> 8);
    p[2] = static_cast<char>(bits);
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
