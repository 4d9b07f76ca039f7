#include <gtest/gtest.h>

#include <algorithm>

#include "engine/base/hex.h"
#include "tests/unit/model/support.h"

// Numbers against a naive model: sign and a decimal string of fixed width, with school arithmetic.
namespace millrace {
namespace {

constexpr int kIntegerDigits = 130;
constexpr int kFractionDigits = 170;  // 1E-130 and 38 digits

struct Naive {
  bool negative = false;
  std::string digits = std::string(kIntegerDigits + kFractionDigits, '0');
};

bool IsZero(const Naive& n) {
  return n.digits.find_first_not_of('0') == std::string::npos;
}

// From "-d.dddE-n", the shape RandomNumberText makes.
Naive NaiveOf(const std::string& text) {
  Naive naive;
  naive.negative = text[0] == '-';
  const size_t begin = naive.negative ? 1 : 0;
  const size_t e = text.find('E');
  int place = kIntegerDigits - 1 - std::stoi(text.substr(e + 1));
  for (size_t i = begin; i < e; ++i) {
    if (text[i] != '.') naive.digits[place++] = text[i];
  }
  return naive;
}

int Compare(const Naive& a, const Naive& b) {
  if (a.negative != b.negative) return a.negative ? -1 : 1;
  const int order = a.digits.compare(b.digits);
  return a.negative ? -order : order;
}

Naive Add(Naive a, Naive b) {
  Naive sum;
  if (a.negative != b.negative && a.digits < b.digits) std::swap(a, b);
  sum.negative = a.negative;
  const int sign = a.negative == b.negative ? 1 : -1;
  int carry = 0;
  for (size_t i = a.digits.size(); i-- > 0;) {
    int digit = (a.digits[i] - '0') + sign * (b.digits[i] - '0') + carry;
    carry = digit < 0 ? -1 : digit / 10;
    sum.digits[i] = static_cast<char>('0' + (digit + 10) % 10);
  }
  if (IsZero(sum)) sum.negative = false;
  return sum;
}

std::string PlainText(const Naive& naive) {
  std::string integer = naive.digits.substr(0, kIntegerDigits);
  integer.erase(0, std::min(integer.find_first_not_of('0'), integer.size() - 1));
  std::string fraction = naive.digits.substr(kIntegerDigits);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return (naive.negative ? "-" : "") + integer + (fraction.empty() ? "" : "." + fraction);
}

TEST(NumberPropertyTest, OrderEqualityAndTextFollowTheModel) {
  Random random(1);
  std::string previous_text = "0E0";
  for (int i = 0; i < 20000; ++i) {
    // Often a neighbour: the same number with one more digit, or negated.
    std::string text = RandomNumberText(&random);
    if (random.OneIn(3) && previous_text.size() < 35) {
      text = previous_text;
      text.insert(text.find('E'), text.find('.') == std::string::npos ? ".1" : "1");
      if (random.OneIn(4)) text = text[0] == '-' ? text.substr(1) : "-" + text;
    }
    const Number a = N(previous_text);
    const Number b = N(text);
    const int expected = Compare(NaiveOf(previous_text), NaiveOf(text));
    const int order = a.Packed().compare(b.Packed());
    ASSERT_EQ(order < 0, expected < 0) << previous_text << " " << text;
    ASSERT_EQ(order == 0, expected == 0) << previous_text << " " << text;
    ASSERT_EQ(a == b, expected == 0);
    ASSERT_EQ(b.ToString(), PlainText(NaiveOf(text))) << text;
    ASSERT_TRUE(Number::IsValidPacked(b.Packed())) << text;
    ASSERT_EQ(Number::FromPacked(b.Packed()), b) << text;
    previous_text = text;
  }
}

TEST(NumberPropertyTest, SumsFollowTheModel) {
  Random random(2);
  int exact = 0;
  for (int i = 0; i < 20000; ++i) {
    const std::string a = RandomNumberText(&random);
    std::string b = RandomNumberText(&random);
    if (random.OneIn(2)) {  // close by, so that digits meet and cancel
      b.replace(b.find('E'), std::string::npos, a.substr(a.find('E')));
    }
    const Naive naive = Add(NaiveOf(a), NaiveOf(b));
    const Result<Number> sum = Number::Add(N(a), N(b));
    const Result<Number> expected = Number::Parse(PlainText(naive));
    ASSERT_EQ(sum.ok(), expected.ok()) << a << " + " << b;
    if (!sum.ok()) continue;
    ++exact;
    ASSERT_EQ(sum->ToString(), PlainText(naive)) << a << " + " << b;
    ASSERT_EQ(*sum, *expected);
  }
  EXPECT_GT(exact, 5000);
}

TEST(NumberPropertyTest, RandomBytesAreRefusedOrCanonical) {
  Random random(3);
  int valid = 0;
  for (int i = 0; i < 200000; ++i) {
    std::string bytes = N(RandomNumberText(&random)).Packed();
    for (uint64_t flips = random.Uniform(3); flips > 0; --flips) {
      bytes[random.Uniform(bytes.size())] ^= static_cast<char>(1 << random.Uniform(8));
    }
    if (random.OneIn(4)) bytes.resize(random.Uniform(bytes.size() + 1));
    if (!Number::IsValidPacked(bytes)) continue;
    ++valid;
    const Number number = Number::FromPacked(bytes);
    ASSERT_EQ(number.Packed(), bytes) << ToHex(bytes);
    ASSERT_EQ(N(number.ToString()), number) << ToHex(bytes);
  }
  EXPECT_GT(valid, 1000);
}

}  // namespace
}  // namespace millrace
