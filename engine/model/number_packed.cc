#include <algorithm>
#include <cstring>

#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/model/number.h"
#include "engine/model/number_digits.h"

namespace millrace {
namespace {

constexpr char kPackedZero = '\x80';
constexpr int kExponentBias = 64;      // of the base-100 exponent
constexpr uint8_t kNegativeEnd = 102;  // greater than every digit of a negative number
constexpr size_t kPackedSizeMax = 22;
constexpr size_t kAwsNumberSizeMax = 21;

bool IsNegativePacked(std::string_view packed) {
  return static_cast<uint8_t>(packed[0]) < 0x80;
}

int Base100Exponent(std::string_view packed) {
  const auto first = static_cast<uint8_t>(packed[0]);
  return (first < 0x80 ? 0x7f - first : first - 0x80) - kExponentBias;
}

// The digits, without the exponent and the end mark.
std::string_view DigitBytes(std::string_view packed) {
  packed.remove_prefix(1);
  return packed;
}

}  // namespace

DecimalDigits DigitsOfPacked(std::string_view packed) {
  DecimalDigits result;
  result.negative = IsNegativePacked(packed);
  result.exponent = Base100Exponent(packed) * 2;
  std::string_view bytes = DigitBytes(packed);
  if (result.negative) bytes.remove_suffix(1);
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    const int pair = result.negative ? 101 - byte : byte - 1;
    const int high = pair / 10;
    if (result.count == 0 && high == 0) {
      --result.exponent;  // the first pair has one digit
    } else {
      result.digits[result.count++] = static_cast<uint8_t>(high);
    }
    result.digits[result.count++] = static_cast<uint8_t>(pair % 10);
  }
  if (result.digits[result.count - 1] == 0) --result.count;
  return result;
}

bool Number::IsValidPacked(std::string_view packed) {
  if (packed.size() == 1) return packed[0] == kPackedZero;
  if (packed.empty() || packed.size() > kPackedSizeMax) return false;
  const bool negative = IsNegativePacked(packed);
  std::string_view bytes = DigitBytes(packed);
  if (negative) {
    if (static_cast<uint8_t>(bytes.back()) != kNegativeEnd) return false;
    bytes.remove_suffix(1);
  }
  if (bytes.empty()) return false;
  const auto pair_of = [negative](char c) {
    const auto byte = static_cast<uint8_t>(c);
    return negative ? 101 - byte : byte - 1;
  };
  for (const char c : bytes) {
    if (const int pair = pair_of(c); pair < 0 || pair > 99) return false;
  }
  const int first = pair_of(bytes.front());
  const int last = pair_of(bytes.back());
  if (first == 0 || last == 0) return false;
  const int digits =
      2 * static_cast<int>(bytes.size()) - (first < 10 ? 1 : 0) - (last % 10 == 0 ? 1 : 0);
  return digits <= kNumberDigitsMax;
}

Number Number::FromPacked(std::string_view packed) {
  Number number;
  if (packed.size() < 2) return number;
  const DecimalDigits decimal = DigitsOfPacked(packed);
  MILLRACE_CHECK(decimal.count <= kNumberDigitsMax);
  number.negative_ = decimal.negative;
  number.exponent_ = static_cast<int16_t>(decimal.exponent);
  number.digit_count_ = static_cast<uint8_t>(decimal.count);
  std::copy_n(decimal.digits, decimal.count, number.digits_.begin());
  return number;
}

std::string Number::Packed() const {
  if (zero()) return std::string(1, kPackedZero);
  // An odd exponent puts one digit into the first pair: 0.5 x 10^1 is 0.05 x 100^1.
  const int exponent = (exponent_ + 1) >> 1;
  const int shift = exponent_ & 1;
  char bytes[kPackedSizeMax];
  size_t size = 0;
  const int biased = exponent + kExponentBias;
  bytes[size++] = static_cast<char>(negative_ ? 0x7f - biased : 0x80 + biased);
  for (int i = -shift; i < digit_count_; i += 2) {
    const int high = i < 0 ? 0 : digits_[i];
    const int low = i + 1 < digit_count_ ? digits_[i + 1] : 0;
    const int pair = high * 10 + low;
    bytes[size++] = static_cast<char>(negative_ ? 101 - pair : pair + 1);
  }
  if (negative_) bytes[size++] = static_cast<char>(kNegativeEnd);
  return std::string(bytes, size);
}

size_t AwsSizeOfPackedNumber(std::string_view packed) {
  return std::min(packed.size(), kAwsNumberSizeMax);
}

void AppendPackedNumberText(std::string_view packed, std::string* out) {
  if (packed.size() < 2) {
    out->push_back('0');
    return;
  }
  const DecimalDigits decimal = DigitsOfPacked(packed);
  AppendPlainNotation(decimal.negative, decimal.digits, decimal.count, decimal.exponent, out);
}

}  // namespace millrace
