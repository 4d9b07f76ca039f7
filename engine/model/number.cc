#include "engine/model/number.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/model/number_digits.h"

namespace millrace {
namespace {

// Of 0.d1d2... x 10^exponent: 1E-130 is 0.1 x 10^-129, 9.9...E+125 is 0.99... x 10^126.
constexpr int kExponentMin = -129;
constexpr int kExponentMax = 126;
// Of a written exponent: far outside the range, far from the ends of int64.
constexpr int64_t kExponentClamp = int64_t{1} << 40;

Status NotANumber(std::string_view text) {
  std::string message = "The parameter cannot be converted to a numeric value";
  if (!text.empty()) message.append(": ").append(text);
  return Status::Validation(std::move(message));
}

Status Overflow() {
  return Status::Validation(
      "Number overflow. Attempting to store a number with magnitude larger than supported range");
}

Status Underflow() {
  return Status::Validation(
      "Number underflow. Attempting to store a number with magnitude smaller than supported range");
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// What a text says before any limit is applied.
struct ScannedNumber {
  bool negative = false;
  uint8_t digits[kNumberDigitsMax];  // the first significant ones
  int64_t significant = 0;           // digits from the first to the last that is not zero
  int64_t exponent = 0;              // value = 0.d1d2... x 10^exponent
  int64_t written_exponent = 0;      // the number after "e"
};

// Takes digits and at most one point off the front of `text`. False when there is no digit.
bool ScanMantissa(std::string_view* text, ScannedNumber* number) {
  int64_t position = 0;  // digits seen since the first that is not zero
  bool point_seen = false;
  bool digit_seen = false;
  size_t i = 0;
  for (; i < text->size(); ++i) {
    const char c = (*text)[i];
    if (c == '.' && !point_seen) {
      point_seen = true;
      continue;
    }
    if (!IsDigit(c)) break;
    digit_seen = true;
    if (position == 0 && c == '0') {
      if (point_seen) --number->exponent;
      continue;
    }
    if (position < kNumberDigitsMax) number->digits[position] = static_cast<uint8_t>(c - '0');
    ++position;
    if (c != '0') number->significant = position;
    if (!point_seen) ++number->exponent;
  }
  text->remove_prefix(i);
  return digit_seen;
}

// The rest of a text after its mantissa: nothing, or e and an integer that fits 64 bits.
bool ScanExponent(std::string_view text, ScannedNumber* number) {
  if (text.empty()) return true;
  if (text.front() != 'e' && text.front() != 'E') return false;
  text.remove_prefix(1);
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '-') return false;
  }
  int64_t exponent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  number->written_exponent = std::clamp(exponent, -kExponentClamp, kExponentClamp);
  return true;
}

bool Scan(std::string_view text, ScannedNumber* number) {
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    number->negative = text.front() == '-';
    text.remove_prefix(1);
  }
  if (!ScanMantissa(&text, number) || !ScanExponent(text, number)) return false;
  number->exponent += number->written_exponent;
  // Zero is held to the range by the exponent it is written with: 0e126 overflows.
  if (number->significant == 0) number->exponent = number->written_exponent + 1;
  return true;
}

// Two numbers side by side: digits[0] is the digit of 10^(top - 1), with room for a carry.
struct Aligned {
  static constexpr int kSpanMax = 2 * kNumberDigitsMax + 3;
  int8_t a[kSpanMax] = {};
  int8_t b[kSpanMax] = {};
  int top = 0;
  int span = 0;
};

void AddMagnitudes(Aligned* aligned) {
  int carry = 0;
  for (int i = aligned->span - 1; i >= 0; --i) {
    const int sum = aligned->a[i] + aligned->b[i] + carry;
    carry = sum >= 10 ? 1 : 0;
    aligned->a[i] = static_cast<int8_t>(sum - 10 * carry);
  }
}

// a -= b; requires a >= b.
void SubtractMagnitudes(int8_t* a, const int8_t* b, int span) {
  int borrow = 0;
  for (int i = span - 1; i >= 0; --i) {
    const int difference = a[i] - b[i] - borrow;
    borrow = difference < 0 ? 1 : 0;
    a[i] = static_cast<int8_t>(difference + 10 * borrow);
  }
}

}  // namespace

void AppendPlainNotation(bool negative, const uint8_t* digits, int count, int exponent,
                         std::string* out) {
  if (count == 0) {
    out->push_back('0');
    return;
  }
  char text[48];
  for (int i = 0; i < count; ++i) text[i] = static_cast<char>('0' + digits[i]);
  if (negative) out->push_back('-');
  if (exponent <= 0) {
    out->append("0.").append(static_cast<size_t>(-exponent), '0').append(text, count);
  } else if (exponent >= count) {
    out->append(text, count).append(static_cast<size_t>(exponent - count), '0');
  } else {
    out->append(text, exponent).append(".").append(text + exponent, count - exponent);
  }
}

Result<Number> Number::Parse(std::string_view text) {
  ScannedNumber scanned;
  if (!Scan(text, &scanned)) return NotANumber(text);
  if (scanned.exponent > kExponentMax) return Overflow();
  if (scanned.exponent < kExponentMin) return Underflow();
  if (scanned.significant > kNumberDigitsMax) {
    return Status::Validation("Attempting to store more than 38 significant digits in a Number");
  }
  Number number;
  if (scanned.significant == 0) return number;
  number.negative_ = scanned.negative;
  number.exponent_ = static_cast<int16_t>(scanned.exponent);
  number.digit_count_ = static_cast<uint8_t>(scanned.significant);
  std::copy_n(scanned.digits, scanned.significant, number.digits_.begin());
  return number;
}

Number Number::FromInt(int64_t value) {
  char text[24];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value);
  MILLRACE_CHECK(error == std::errc());
  return Parse({text, static_cast<size_t>(end - text)}).value();
}

std::string Number::ToString() const {
  std::string text;
  AppendPlainNotation(negative_, digits_.data(), digit_count_, exponent_, &text);
  return text;
}

double Number::ToDouble() const {
  char text[64];
  char* p = text;
  if (negative_) *p++ = '-';
  *p++ = '0';
  *p++ = '.';
  for (int i = 0; i < digit_count_; ++i) *p++ = static_cast<char>('0' + digits_[i]);
  if (digit_count_ == 0) *p++ = '0';
  *p++ = 'e';
  p = std::to_chars(p, text + sizeof text, static_cast<int>(exponent_)).ptr;
  double value = 0;
  std::from_chars(text, p, value);
  return value;
}

Number Number::Negated() const {
  Number number = *this;
  number.negative_ = !negative_ && !zero();
  return number;
}

Result<Number> Number::Subtract(const Number& a, const Number& b) {
  return Add(a, b.Negated());
}

Result<Number> Number::Add(const Number& a, const Number& b) {
  if (a.zero()) return b;
  if (b.zero()) return a;
  Aligned aligned;
  aligned.top = std::max(a.exponent_, b.exponent_) + 1;
  const int bottom = std::min(a.exponent_ - a.digit_count_, b.exponent_ - b.digit_count_);
  aligned.span = aligned.top - bottom;
  // Further apart than this, the numbers do not touch, and the exact result has over 38 digits.
  if (aligned.span > Aligned::kSpanMax) return Overflow();
  std::copy_n(a.digits_.begin(), a.digit_count_, aligned.a + (aligned.top - a.exponent_));
  std::copy_n(b.digits_.begin(), b.digit_count_, aligned.b + (aligned.top - b.exponent_));

  Number sum;
  sum.negative_ = a.negative_;
  const int8_t* result = aligned.a;
  if (a.negative_ == b.negative_) {
    AddMagnitudes(&aligned);
  } else if (std::lexicographical_compare(aligned.a, aligned.a + aligned.span, aligned.b,
                                          aligned.b + aligned.span)) {
    SubtractMagnitudes(aligned.b, aligned.a, aligned.span);
    result = aligned.b;
    sum.negative_ = b.negative_;
  } else {
    SubtractMagnitudes(aligned.a, aligned.b, aligned.span);
  }

  int first = 0;
  while (first < aligned.span && result[first] == 0) ++first;
  if (first == aligned.span) return Number();
  int last = aligned.span - 1;
  while (result[last] == 0) --last;
  const int count = last - first + 1;
  const int exponent = aligned.top - first;
  // Too many digits are reported as an overflow too: what the service does.
  if (exponent > kExponentMax || count > kNumberDigitsMax) return Overflow();
  if (exponent < kExponentMin) return Underflow();
  sum.exponent_ = static_cast<int16_t>(exponent);
  sum.digit_count_ = static_cast<uint8_t>(count);
  std::copy_n(result + first, count, sum.digits_.begin());
  return sum;
}

}  // namespace millrace
