#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {

// Private to the number files. Decimal digits as values 0..9, without leading or trailing zeros.
struct DecimalDigits {
  uint8_t digits[40];
  int count = 0;
  int exponent = 0;  // value = 0.d1d2... x 10^exponent
  bool negative = false;
};

// Requires a valid packed form other than zero's.
DecimalDigits DigitsOfPacked(std::string_view packed);
// Plain notation; zero when `count` is 0.
void AppendPlainNotation(bool negative, const uint8_t* digits, int count, int exponent,
                         std::string* out);

}  // namespace millrace
