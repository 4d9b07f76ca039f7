#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/status.h"

namespace millrace {

// A decimal of up to 38 significant digits, magnitude 1E-130
// to 9.9999999999999999999999999999999999999E+125, or zero: the N type. Source: "Naming rules and
// data types", section Number.
//
// Packed form (what is stored, compared and used in keys; grammar in FORMAT.md): byte strings whose
// memcmp order is numeric order. zero = 80. Otherwise value = 0.D1D2D3... x 100^e, D1 in 1..99,
// base-100 digits, trailing zero digits dropped, -64 <= e <= 63. Positive: byte 0x80 + (e + 64),
// then each digit as D + 1. Negative: byte 0x7f - (e + 64), then each digit as 101 - D, then 102.
// Equal numbers have equal packed forms; at most 22 bytes.
class Number {
 public:
  Number() = default;  // zero

  // Sign, digits with an optional point, optional exponent; nothing else (no spaces, no NaN).
  // Errors (AWS's texts): not a number, which an exponent past 64 bits is too; magnitude too large
  // or too small, where zero is judged by the exponent it is written with (0e126 overflows); more
  // than 38 significant digits after stripping leading and trailing zeros.
  static Result<Number> Parse(std::string_view text);
  static Number FromInt(int64_t value);
  // Requires a valid packed form: IsValidPacked for bytes that come from outside.
  static Number FromPacked(std::string_view packed);
  static bool IsValidPacked(std::string_view packed);

  std::string Packed() const;
  // AWS's output form: plain decimal notation, no exponent, no leading or trailing zeros.
  std::string ToString() const;
  // Nullopt-free best effort for handlers and tests.
  double ToDouble() const;

  // Errors: the overflow and underflow texts of UpdateItem's arithmetic; results of more than 38
  // digits are an overflow error.
  static Result<Number> Add(const Number& a, const Number& b);
  static Result<Number> Subtract(const Number& a, const Number& b);
  Number Negated() const;
  bool negative() const { return negative_; }
  bool zero() const { return digit_count_ == 0; }
  bool operator==(const Number&) const = default;

 private:
  // value = 0.d1d2...dn x 10^exponent_, d1 != 0, dn != 0; unused digits are 0.
  bool negative_ = false;
  int16_t exponent_ = 0;
  uint8_t digit_count_ = 0;
  std::array<uint8_t, 38> digits_{};
};

// Bytes that AWS counts for a number: those of this packed form, at most 21. That is one for each
// pair of digits to either side of the decimal point, plus one, plus one when negative: 123456
// counts 4, 3.14159 counts 5. The developer guide rounds this to "one byte for two significant
// digits, plus one"; sizes measured at the 400 KB limit say what stands here.
size_t AwsSizeOfPackedNumber(std::string_view packed);
// ToString without the intermediate Number, for the JSON writer.
void AppendPackedNumberText(std::string_view packed, std::string* out);

}  // namespace millrace
