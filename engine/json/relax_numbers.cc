#include "engine/json/relax_numbers.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <system_error>

namespace millrace {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Takes digits off the front of `text`; false when there are none.
bool TakeDigits(std::string_view* text) {
  size_t n = 0;
  while (n < text->size() && IsDigit((*text)[n])) ++n;
  text->remove_prefix(n);
  return n > 0;
}

bool TakeChar(std::string_view* text, std::string_view choices) {
  if (text->empty() || choices.find(text->front()) == std::string_view::npos) return false;
  text->remove_prefix(1);
  return true;
}

enum class NumberForm { kMalformed, kInteger, kDecimal };

// The grammar of RFC 8259, section 6.
NumberForm FormOf(std::string_view text) {
  TakeChar(&text, "-");
  const bool leading_zero = !text.empty() && text.front() == '0';
  const size_t length = text.size();
  if (!TakeDigits(&text)) return NumberForm::kMalformed;
  if (leading_zero && length - text.size() > 1) return NumberForm::kMalformed;
  NumberForm form = NumberForm::kInteger;
  if (TakeChar(&text, ".")) {
    form = NumberForm::kDecimal;
    if (!TakeDigits(&text)) return NumberForm::kMalformed;
  }
  if (TakeChar(&text, "eE")) {
    form = NumberForm::kDecimal;
    TakeChar(&text, "+-");
    if (!TakeDigits(&text)) return NumberForm::kMalformed;
  }
  return text.empty() ? form : NumberForm::kMalformed;
}

template <typename T>
bool IntegerOverflows(std::string_view text) {
  T value;
  return std::from_chars(text.data(), text.data() + text.size(), value).ec ==
         std::errc::result_out_of_range;
}

// Too small is no error to simdjson: only too large counts.
bool DecimalOverflows(std::string_view text) {
  return std::isinf(std::strtod(std::string(text).c_str(), nullptr));
}

// Empty when `text` needs none. Never longer than `text`: an integer that overflows has at least 20
// characters, a decimal at least 5 (1e309).
std::string_view StandIn(std::string_view text) {
  const bool negative = text.front() == '-';
  switch (FormOf(text)) {
    case NumberForm::kMalformed:
      return {};
    case NumberForm::kInteger:
      if (!IntegerOverflows<int64_t>(text)) return {};
      if (!negative && !IntegerOverflows<uint64_t>(text)) return {};
      return negative ? "-9223372036854775808" : "9223372036854775807";
    case NumberForm::kDecimal:
      if (!DecimalOverflows(text)) return {};
      return negative ? "-9e307" : "9e307";
  }
  return {};
}

// The index after the string that starts at `i`.
size_t SkipString(std::string_view json, size_t i) {
  for (++i; i < json.size() && json[i] != '"'; ++i) {
    if (json[i] == '\\') ++i;
  }
  return i + 1;
}

}  // namespace

bool RelaxNumbers(std::string* json) {
  bool changed = false;
  for (size_t i = 0; i < json->size();) {
    const char c = (*json)[i];
    if (c == '"') {
      i = SkipString(*json, i);
    } else if (c == '-' || IsDigit(c)) {
      const size_t end = std::min(json->find_first_not_of("0123456789+-.eE", i), json->size());
      const std::string_view number = std::string_view(*json).substr(i, end - i);
      if (const std::string_view stand_in = StandIn(number); !stand_in.empty()) {
        std::string padded(stand_in);
        padded.resize(number.size(), ' ');
        json->replace(i, number.size(), padded);
        changed = true;
      }
      i = end;
    } else {
      ++i;
    }
  }
  return changed;
}

}  // namespace millrace
