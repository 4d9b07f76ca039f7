#include "engine/json/text_cursor.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "engine/base/hex.h"
#include "engine/model/number.h"

namespace millrace {
namespace {

// Texts are looked at a block at a time: an integer, or 16 bytes in a form that compilers turn into
// vector instructions of any processor.
typedef unsigned char Vector __attribute__((vector_size(16)));

// The index of the lowest byte of `block` that needs an escape (below 0x20, quote, backslash); its
// size when there is none.
template <typename T>
size_t PlainPrefix(T block) {
  constexpr T kOnes = static_cast<T>(~T{0}) / 255;  // 01 in each byte
  constexpr T kTops = kOnes * 0x80;
  // The top bit of each byte that is below `n`, perhaps of some above such a one.
  const auto below = [](T bytes, T n) { return (bytes - kOnes * n) & ~bytes & kTops; };
  const T marks =
      below(block, 0x20) | below(block ^ kOnes * '"', 1) | below(block ^ kOnes * '\\', 1);
  return marks == 0 ? sizeof block : static_cast<size_t>(std::countr_zero(marks)) / 8;
}

template <>
size_t PlainPrefix(Vector block) {
  const auto marks = (block < 0x20) | (block == '"') | (block == '\\');
  uint64_t halves[2];
  static_assert(sizeof halves == sizeof marks);
  std::memcpy(halves, &marks, sizeof halves);
  if ((halves[0] | halves[1]) == 0) [[likely]]
    return sizeof block;
  const int bits = halves[0] != 0 ? std::countr_zero(halves[0]) : 64 + std::countr_zero(halves[1]);
  return static_cast<size_t>(bits) / 8;
}

// Of a text at least as long as a block. The last block overlaps the one before.
template <typename T>
size_t CopyBlocks(std::string_view text, char* to) {
  size_t done = 0;
  while (true) {
    T block;
    std::memcpy(&block, text.data() + done, sizeof block);
    std::memcpy(to + done, &block, sizeof block);
    const size_t plain = PlainPrefix(block);
    if (plain < sizeof block) [[unlikely]]
      return done + plain;
    if (done + sizeof block == text.size()) return text.size();
    done = std::min(done + sizeof block, text.size() - sizeof block);
  }
}

constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void EncodeThree(uint32_t bits, char* out) {
  out[0] = kBase64Digits[bits >> 18];
  out[1] = kBase64Digits[bits >> 12 & 63];
  out[2] = kBase64Digits[bits >> 6 & 63];
  out[3] = kBase64Digits[bits & 63];
}

}  // namespace

void TextCursor::Open(size_t n) {
  end_ = size_ + std::max(n, step_);
  out_->resize(end_);
  data_ = out_->data();
}

size_t TextCursor::CopyPlain(std::string_view text, char* to) {
  if (text.size() >= sizeof(Vector)) return CopyBlocks<Vector>(text, to);
  if (text.size() >= sizeof(uint64_t)) return CopyBlocks<uint64_t>(text, to);
  if (text.size() >= sizeof(uint32_t)) return CopyBlocks<uint32_t>(text, to);
  return text.empty() ? 0 : CopyBlocks<uint8_t>(text, to);
}

void TextCursor::AppendFromEscape(std::string_view text) {
  while (!text.empty()) {
    AppendEscape(static_cast<unsigned char>(text.front()));
    text.remove_prefix(1);
    Require(text.size());
    const size_t plain = CopyPlain(text, data_ + size_);
    size_ += plain;
    text.remove_prefix(plain);
  }
}

void TextCursor::AppendEscape(unsigned char c) {
  switch (c) {
    case '"':
      return Append("\\\"");
    case '\\':
      return Append("\\\\");
    case '\b':
      return Append("\\b");
    case '\f':
      return Append("\\f");
    case '\n':
      return Append("\\n");
    case '\r':
      return Append("\\r");
    case '\t':
      return Append("\\t");
    default:
      Append("\\u00");
      Append(kHexDigits[c >> 4]);
      Append(kHexDigits[c & 15]);
  }
}

void TextCursor::AppendBase64(std::string_view bytes) {
  const size_t size = (bytes.size() + 2) / 3 * 4;
  Require(size);
  char* p = data_ + size_;
  size_ += size;
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

void TextCursor::AppendNumber(std::string_view packed) {
  number_.clear();
  AppendPackedNumberText(packed, &number_);
  Append(number_);
}

}  // namespace millrace
