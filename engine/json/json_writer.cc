#include <array>
#include <charconv>
#include <cmath>

#include "engine/base/check.h"
#include "engine/json/json.h"
#include "engine/json/text_cursor.h"

namespace millrace {
namespace {

// For one short text at a time.
constexpr size_t kStep = 64;

template <typename T>
void AppendNumber(T value, std::string* out) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out->append(text.data(), end);
}

}  // namespace

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
  Separate();
  TextCursor(out_, kStep).AppendEscaped("\"", name, "\":");
  first_ = true;
}

void JsonWriter::String(std::string_view text) {
  Separate();
  TextCursor(out_, kStep).AppendEscaped("\"", text, "\"");
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
  TextCursor text(out_, kStep);
  text.Append('"');
  text.AppendBase64(bytes);
  text.Append('"');
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
