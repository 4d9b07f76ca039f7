#include "engine/model/number.h"

#include <gtest/gtest.h>

#include <limits>

#include "engine/base/hex.h"
#include "tests/unit/model/support.h"

namespace millrace {
namespace {

const std::string kDigits38 = "12345678901234567890123456789012345678";
const std::string kOverflow =
    "Number overflow. Attempting to store a number with magnitude larger than supported range";
const std::string kUnderflow =
    "Number underflow. Attempting to store a number with magnitude smaller than supported range";
const std::string kNotANumber = "The parameter cannot be converted to a numeric value";
const std::string kTooManyDigits =
    "Attempting to store more than 38 significant digits in a Number";

std::string Zeros(size_t n) {
  return std::string(n, '0');
}

struct TextRow {
  std::string text;
  std::string expected;
};

TEST(NumberTest, ParsesAndWritesPlainNotation) {
  const TextRow rows[] = {
      {"0", "0"},
      {"-0", "0"},
      {"+0.000", "0"},
      {"0e125", "0"},
      {"0E-130", "0"},
      {"1", "1"},
      {"+3", "3"},
      {"-7.1234", "-7.1234"},
      {"00042", "42"},
      {"0042.1200", "42.12"},
      {"1.0", "1"},
      {".5", "0.5"},
      {"5.", "5"},
      {"-.5e1", "-5"},
      {"1.5E2", "150"},
      {"1e+5", "100000"},
      {"1E+20", "1" + Zeros(20)},
      {"1E-5", "0.00001"},
      {"-17.4E37", "-174" + Zeros(36)},
      {"123456789e-4", "12345.6789"},
      {"1E125", "1" + Zeros(125)},
      {"9.9999999999999999999999999999999999999E+125", std::string(38, '9') + Zeros(88)},
      {"-9.9999999999999999999999999999999999999E+125", "-" + std::string(38, '9') + Zeros(88)},
      {"1E-130", "0." + Zeros(129) + "1"},
      {"0.1e-129", "0." + Zeros(129) + "1"},
      {kDigits38, kDigits38},
      {"0.00" + kDigits38, "0.00" + kDigits38},
      {kDigits38 + Zeros(20), kDigits38 + Zeros(20)},
      {Zeros(100000) + "7", "7"},
      {"7." + Zeros(100000), "7"},
      {"1" + Zeros(100000) + "e-100000", "1"},
      {"0." + Zeros(100000) + "1e100001", "1"},
      {"1e00000000000000000000000000000000000001", "10"},
  };
  for (const auto& [text, expected] : rows) {
    const Result<Number> number = Number::Parse(text);
    ASSERT_TRUE(number.ok()) << text << ": " << number.status().ToString();
    EXPECT_EQ(number->ToString(), expected) << text;
    std::string direct;
    AppendPackedNumberText(number->Packed(), &direct);
    EXPECT_EQ(direct, expected) << text;
    EXPECT_EQ(N(expected), *number) << text;
  }
}

TEST(NumberTest, RefusesWithTheServicesTexts) {
  const TextRow rows[] = {
      {"", kNotANumber},
      {"abc", kNotANumber + ": abc"},
      {" 1", kNotANumber + ":  1"},
      {"1 ", kNotANumber + ": 1 "},
      {"-", kNotANumber + ": -"},
      {".", kNotANumber + ": ."},
      {"+-1", kNotANumber + ": +-1"},
      {"1.2.3", kNotANumber + ": 1.2.3"},
      {"1e", kNotANumber + ": 1e"},
      {"1e+", kNotANumber + ": 1e+"},
      {"1e+-5", kNotANumber + ": 1e+-5"},
      {"1e5.0", kNotANumber + ": 1e5.0"},
      {"e5", kNotANumber + ": e5"},
      {"0x10", kNotANumber + ": 0x10"},
      {"1_000", kNotANumber + ": 1_000"},
      {"1,5", kNotANumber + ": 1,5"},
      {"NaN", kNotANumber + ": NaN"},
      {"Infinity", kNotANumber + ": Infinity"},
      {"-Infinity", kNotANumber + ": -Infinity"},
      {std::string("1\0", 2), kNotANumber + std::string(": 1\0", 4)},
      {"1e9223372036854775808", kNotANumber + ": 1e9223372036854775808"},
      {"1e-9223372036854775809", kNotANumber + ": 1e-9223372036854775809"},
      {"1e9223372036854775807", kOverflow},
      {"1e-9223372036854775808", kUnderflow},
      {"1e999999999999", kOverflow},
      {"-1e99999999999", kOverflow},
      {"1e-99999999999", kUnderflow},
      {"1e2147483647", kOverflow},
      {"1e126", kOverflow},
      {"11e125", kOverflow},
      {"-1e126", kOverflow},
      {"1e-131", kUnderflow},
      {"0.9e-130", kUnderflow},
      {"0e126", kOverflow},
      {"0e-131", kUnderflow},
      {kDigits38 + "9", kTooManyDigits},
      {"0." + kDigits38 + "9", kTooManyDigits},
      {"1" + Zeros(37) + "1", kTooManyDigits},
  };
  for (const auto& [text, expected] : rows) {
    const Result<Number> number = Number::Parse(text);
    ASSERT_FALSE(number.ok()) << text;
    EXPECT_EQ(number.status().code(), ErrorCode::kValidation);
    EXPECT_EQ(number.status().message(), expected);
  }
}

struct SumRow {
  std::string a, b, sum;
};

TEST(NumberTest, AddsExactly) {
  const SumRow rows[] = {
      {"1", "2", "3"},
      {"0", "5", "5"},
      {"-5", "0", "-5"},
      {"0.1", "0.2", "0.3"},
      {"99", "1", "100"},
      {"-99", "-1", "-100"},
      {"1", "-1", "0"},
      {"1.5", "-2", "-0.5"},
      {"1", "10000000000000000000000", "10000000000000000000001"},
      {"-1", "10000000000000000000000", "9999999999999999999999"},
      {std::string(38, '9'), "1", "1" + Zeros(38)},
      {"1" + Zeros(38), "-1", std::string(38, '9')},
      {"5E124", "5E124", "1" + Zeros(125)},
      {"1.1E-129", "-1E-129", "0." + Zeros(129) + "1"},
  };
  for (const auto& [a, b, sum] : rows) {
    EXPECT_EQ(Number::Add(N(a), N(b)).value().ToString(), sum) << a << " + " << b;
    EXPECT_EQ(Number::Add(N(b), N(a)).value(), N(sum)) << b << " + " << a;
    EXPECT_EQ(Number::Subtract(N(sum), N(b)).value(), N(a)) << sum << " - " << b;
    EXPECT_EQ(Number::Subtract(N(a), N(b).Negated()).value(), N(sum)) << a << " - -" << b;
  }
}

TEST(NumberTest, RefusesSumsOutsideTheRange) {
  const SumRow rows[] = {
      {"9e125", "9e125", kOverflow}, {"-9e125", "-9e125", kOverflow},
      {"1e50", "1", kOverflow},  // 51 digits: the service says overflow
      {"1e50", "-1", kOverflow},     {"1e125", "1e-130", kOverflow},
      {"1e38", "1", kOverflow},  // 39 digits
      {"1e40", "-1", kOverflow},     {"1.1e-130", "-1e-130", kUnderflow},
  };
  for (const auto& [a, b, expected] : rows) {
    EXPECT_EQ(Number::Add(N(a), N(b)).status().message(), expected) << a << " + " << b;
    EXPECT_EQ(Number::Subtract(N(b), N(a).Negated()).status().message(), expected);
  }
}

TEST(NumberTest, CountsBytesAsMeasured) {
  const std::pair<std::string, size_t> rows[] = {
      {"0", 1},
      {"-0", 1},
      {"1", 2},
      {"12", 2},
      {"123", 3},
      {"1234", 3},
      {"0042", 2},
      {"100", 2},
      {"1010", 3},
      {"0.0000001", 2},
      {"1E125", 2},
      {"1E-100", 2},
      {"1.5", 3},
      {"15", 2},
      {"1.200", 3},
      {"1.234", 4},
      {"3.14159", 5},
      {"123456", 4},
      {"100.5", 4},
      {"0.15", 2},
      {"-42", 3},
      {kDigits38, 20},
      {"1." + std::string(37, '3'), 21},
      {"-1." + std::string(37, '3'), 21},
  };
  for (const auto& [text, size] : rows) {
    EXPECT_EQ(AwsSizeOfPackedNumber(N(text).Packed()), size) << text;
  }
}

TEST(NumberTest, PackedFormsAreAtMost22Bytes) {
  EXPECT_EQ(N("-1." + std::string(37, '3')).Packed().size(), 22u);
  EXPECT_EQ(N("1." + std::string(37, '3')).Packed().size(), 21u);
}

TEST(NumberTest, RefusesMalformedPackedForms) {
  const char* rows[] = {
      "",          // nothing
      "c1",        // no digits
      "7f",        // a negative zero
      "3e66",      // negative, no digits
      "3e64",      // negative without its end
      "3e6466ff",  // bytes after the end
      "c101",      // a first digit of zero
      "c10201",    // a last digit of zero
      "c166",      // a digit of 101
      "c100",      // a digit below zero
      "3e6666",    // a negative digit below zero
      "3e0166",    // a negative digit of 100
      "8001",      // zero with a digit
  };
  for (const char* hex : rows) EXPECT_FALSE(Number::IsValidPacked(FromHex(hex).value())) << hex;
  EXPECT_TRUE(Number::IsValidPacked(FromHex("80").value()));
  EXPECT_TRUE(Number::IsValidPacked(FromHex("c102").value()));
  EXPECT_TRUE(Number::IsValidPacked(FromHex("3e6466").value()));
  // 20 pairs hold 38 digits only when the outer ones hold one digit each.
  const std::string middle(18, '\x64');
  EXPECT_TRUE(Number::IsValidPacked("\xc1\x0a" + middle + "\x5b"));
  EXPECT_FALSE(Number::IsValidPacked("\xc1\x0b" + middle + "\x5b"));
  EXPECT_FALSE(Number::IsValidPacked("\xc1\x0a" + middle + "\x5c"));
}

TEST(NumberTest, ConvertsIntegersAndDoubles) {
  for (const int64_t value :
       {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{1000}, std::numeric_limits<int64_t>::max(),
        std::numeric_limits<int64_t>::min()}) {
    EXPECT_EQ(Number::FromInt(value).ToString(), std::to_string(value));
  }
  EXPECT_EQ(N("0").ToDouble(), 0.0);
  EXPECT_EQ(N("-12.5").ToDouble(), -12.5);
  EXPECT_EQ(N("1e-130").ToDouble(), 1e-130);
  EXPECT_EQ(N("9.9999999999999999999999999999999999999E+125").ToDouble(), 1e126);
}

TEST(NumberTest, NegatesAndComparesForEquality) {
  EXPECT_EQ(N("1.50").Negated(), N("-15e-1"));
  EXPECT_EQ(N("0").Negated(), Number());
  EXPECT_FALSE(N("0").Negated().negative());
  EXPECT_TRUE(N("0").zero());
  EXPECT_NE(N("1"), N("10"));
}

}  // namespace
}  // namespace millrace
