#include <limits>

#include <millrace/record.h>

namespace millrace {
namespace {

constexpr char kPackedZero = '\x80';
constexpr int kExponentBias = 64;   // of the base-100 exponent (packed form, engine/model/number.h)
constexpr int kInt64PairsMax = 10;  // base-100 digits of 9,223,372,036,854,775,807

// Nullopt unless the packed decimal is an integer of 64 bits.
std::optional<int64_t> IntOfPacked(std::string_view packed) {
  if (packed.size() == 1 && packed[0] == kPackedZero) return 0;
  const auto first = static_cast<uint8_t>(packed[0]);
  const bool negative = first < 0x80;
  const int exponent = (negative ? 0x7f - first : first - 0x80) - kExponentBias;
  std::string_view digits = packed.substr(1);
  if (negative) digits.remove_suffix(1);
  if (exponent > kInt64PairsMax || exponent < static_cast<int>(digits.size())) return std::nullopt;
  // Summed up below zero, where there is one more.
  int64_t sum = 0;
  for (int i = 0; i < exponent; ++i) {
    int digit = 0;
    if (i < static_cast<int>(digits.size())) {
      const auto byte = static_cast<uint8_t>(digits[i]);
      digit = negative ? 101 - byte : byte - 1;
    }
    if (__builtin_mul_overflow(sum, int64_t{100}, &sum) ||
        __builtin_sub_overflow(sum, int64_t{digit}, &sum)) {
      return std::nullopt;
    }
  }
  if (negative) return sum;
  if (sum == std::numeric_limits<int64_t>::min()) return std::nullopt;
  return -sum;
}

std::optional<ValueView> FindTyped(const Image& image, std::string_view name, ValueType type) {
  std::optional<ValueView> value = image.Find(name);
  if (value && !value->Is(type)) value.reset();
  return value;
}

}  // namespace

std::optional<std::string_view> Image::GetString(std::string_view name) const {
  const auto value = FindTyped(*this, name, ValueType::kString);
  return value ? std::optional(value->text()) : std::nullopt;
}

std::optional<std::string_view> Image::GetBinary(std::string_view name) const {
  const auto value = FindTyped(*this, name, ValueType::kBinary);
  return value ? std::optional(value->text()) : std::nullopt;
}

std::optional<bool> Image::GetBool(std::string_view name) const {
  const auto value = FindTyped(*this, name, ValueType::kBool);
  return value ? std::optional(value->boolean()) : std::nullopt;
}

std::optional<Number> Image::GetNumber(std::string_view name) const {
  const auto value = FindTyped(*this, name, ValueType::kNumber);
  return value ? std::optional(value->number()) : std::nullopt;
}

std::optional<int64_t> Image::GetInt(std::string_view name) const {
  const auto value = FindTyped(*this, name, ValueType::kNumber);
  return value ? IntOfPacked(value->text()) : std::nullopt;
}

std::optional<double> Image::GetDouble(std::string_view name) const {
  const auto value = FindTyped(*this, name, ValueType::kNumber);
  return value ? std::optional(value->number().ToDouble()) : std::nullopt;
}

}  // namespace millrace
