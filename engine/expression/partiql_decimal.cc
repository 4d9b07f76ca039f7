#include "engine/expression/partiql_decimal.h"

#include <limits>
#include <string>

#include "engine/expression/partiql.h"

namespace millrace {
namespace expr {
namespace {

bool Fits32(int64_t value) {
  return value >= std::numeric_limits<int32_t>::min() &&
         value <= std::numeric_limits<int32_t>::max();
}

// Stops growing where it is far beyond 32 bits.
int64_t ReadExponent(std::string_view text) {
  constexpr int64_t kEnough = int64_t{1} << 40;
  const bool negative = !text.empty() && text[0] == '-';
  int64_t exponent = 0;
  for (const char c : text) {
    if (c >= '0' && c <= '9' && exponent < kEnough) exponent = exponent * 10 + (c - '0');
  }
  return negative ? -exponent : exponent;
}

}  // namespace

JavaDecimal ReadJavaDecimal(std::string_view text) {
  const size_t e = text.find_first_of("eE");
  const std::string_view mantissa = text.substr(0, e);
  const int64_t exponent = e == text.npos ? 0 : ReadExponent(text.substr(e + 1));
  int64_t precision = 0;
  int64_t decimals = 0;
  bool after_point = false;
  for (const char c : mantissa) {
    if (c == '.') after_point = true;
    if (c < '0' || c > '9') continue;
    if (c != '0' || precision > 0) ++precision;
    if (after_point) ++decimals;
  }
  JavaDecimal decimal;
  const int64_t scale = decimals - exponent;
  // The number of 2^31 is no exponent, either sign.
  decimal.fits = Fits32(exponent) && Fits32(-exponent) && Fits32(scale);
  decimal.magnitude = precision - scale;
  return decimal;
}

}  // namespace expr

Status ParameterNumberError(std::string_view number, const Status& error) {
  const expr::JavaDecimal decimal = expr::ReadJavaDecimal(number);
  if (!decimal.fits) {
    return Status::Validation("The parameter cannot be converted to a numeric value: " +
                              std::string(number));
  }
  // In 32 bits it is a negative number.
  if (decimal.magnitude > std::numeric_limits<int32_t>::max()) {
    return Status::Validation(
        "Number underflow. Attempting to store a number with magnitude smaller than supported "
        "range");
  }
  return error;
}

}  // namespace millrace
