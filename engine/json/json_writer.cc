#include <array>
#include <charconv>
#include <cmath>

#include "engine/base/check.h"
#include "engine/json/attribute_value.h"
#include "engine/json/escape.h"
#include "engine/json/json.h"

namespace millrace {
namespace {

constexpr bool NeedsEscape(unsigned char c) {
  return (c < 0x20) | (c == '"') | (c == '\\');
}

// How many leading bytes need no escape. The inner loop is written for the compiler to vectorise.
size_t PlainPrefix(std::string_view text) {
  constexpr size_t kChunk = 16;
  size_t i = 0;
  for (; i + kChunk <= text.size(); i += kChunk) {
    unsigned char bad = 0;
    for (size_t j = 0; j < kChunk; ++j) bad |= NeedsEscape(text[i + j]);
    if (bad != 0) break;
  }
  while (i < text.size() && !NeedsEscape(text[i])) ++i;
  return i;
}

void AppendEscape(unsigned char c, std::string* out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out->append("\\\"");
      return;
    case '\\':
      out->append("\\\\");
      return;
    case '\b':
      out->append("\\b");
      return;
    case '\f':
      out->append("\\f");
      return;
    case '\n':
      out->append("\\n");
      return;
    case '\r':
      out->append("\\r");
      return;
    case '\t':
      out->append("\\t");
      return;
    default:
      out->append("\\u00");
      out->push_back(kHex[c >> 4]);
      out->push_back(kHex[c & 15]);
  }
}

template <typename T>
void AppendNumber(T value, std::string* out) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out->append(text.data(), end);
}

}  // namespace

void AppendEscaped(std::string_view before, std::string_view text, std::string_view after,
                   std::string* out) {
  size_t plain = PlainPrefix(text);
  if (plain == text.size()) [[likely]] {
    char* p = Grow(out, before.size() + text.size() + after.size());
    std::memcpy(p, before.data(), before.size());
    std::memcpy(p + before.size(), text.data(), text.size());
    std::memcpy(p + before.size() + text.size(), after.data(), after.size());
    return;
  }
  out->append(before);
  while (true) {
    out->append(text.substr(0, plain));
    if (plain == text.size()) break;
    AppendEscape(text[plain], out);
    text.remove_prefix(plain + 1);
    plain = PlainPrefix(text);
  }
  out->append(after);
}

void JsonWriter::Separate() {
  if (!first_) out_->push_back(',');
  first_ = false;
}

void JsonWriter::BeginObject() {
  Separate();
  out_->push_back('{');
  first_ = true;
}

void JsonWriter::EndObject() {
  out_->push_back('}');
  first_ = false;
}

void JsonWriter::BeginArray() {
  Separate();
  out_->push_back('[');
  first_ = true;
}

void JsonWriter::EndArray() {
  out_->push_back(']');
  first_ = false;
}

void JsonWriter::Key(std::string_view name) {
  AppendEscaped(first_ ? "\"" : ",\"", name, "\":", out_);
  first_ = true;
}

void JsonWriter::String(std::string_view text) {
  AppendEscaped(first_ ? "\"" : ",\"", text, "\"", out_);
  first_ = false;
}

void JsonWriter::Integer(int64_t value) {
  Separate();
  AppendNumber(value, out_);
}

void JsonWriter::Double(double value) {
  MILLRACE_CHECK(std::isfinite(value), "JSON has no infinity");
  Separate();
  AppendNumber(value, out_);
}

void JsonWriter::Bool(bool value) {
  Raw(value ? "true" : "false");
}

void JsonWriter::Null() {
  Raw("null");
}

void JsonWriter::Base64(std::string_view bytes) {
  Separate();
  out_->push_back('"');
  AppendBase64(bytes, out_);
  out_->push_back('"');
}

void JsonWriter::Raw(std::string_view json) {
  Separate();
  out_->append(json);
}

void JsonWriter::Timestamp(int64_t micros) {
  constexpr int64_t kMicrosPerMilli = 1000;
  constexpr int64_t kMillisPerSecond = 1000;
  Separate();
  // Rounds down, before 1970 too.
  int64_t millis = micros / kMicrosPerMilli - (micros % kMicrosPerMilli < 0 ? 1 : 0);
  if (millis < 0) {
    out_->push_back('-');
    millis = -millis;
  }
  AppendNumber(millis / kMillisPerSecond, out_);
  const int64_t fraction = millis % kMillisPerSecond;
  if (fraction == 0) return;
  const std::array<char, 4> digits = {'.', static_cast<char>('0' + fraction / 100),
                                      static_cast<char>('0' + fraction / 10 % 10),
                                      static_cast<char>('0' + fraction % 10)};
  out_->append(digits.data(), digits.size());
}

}  // namespace millrace
