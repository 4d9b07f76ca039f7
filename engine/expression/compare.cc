#include "engine/expression/compare.h"

#include <cstring>

namespace millrace::expr {
namespace {

bool Comparable(ValueView a, ValueView b) {
  const ValueType type = a.type();
  return type == b.type() &&
         (type == ValueType::kString || type == ValueType::kNumber || type == ValueType::kBinary);
}

// The elements of a set are sorted.
bool SetContains(ListView set, std::string_view wanted) {
  size_t low = 0;
  size_t high = set.size();
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (set.element(middle) < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < set.size() && set.element(low) == wanted;
}

// In time that grows with the text alone; std::string_view::find's grows with both.
bool ContainsBytes(std::string_view text, std::string_view wanted) {
  if (wanted.size() > text.size()) return false;
  return wanted.empty() ||
         memmem(text.data(), text.size(), wanted.data(), wanted.size()) != nullptr;
}

}  // namespace

bool Holds(Operator op, ValueView a, ValueView b) {
  if (op == Operator::kEqual) return a == b;
  if (op == Operator::kNotEqual) return !(a == b);
  if (!Comparable(a, b)) return false;
  const int order = a.payload().compare(b.payload());
  switch (op) {
    case Operator::kLess:
      return order < 0;
    case Operator::kLessOrEqual:
      return order <= 0;
    case Operator::kGreater:
      return order > 0;
    case Operator::kGreaterOrEqual:
      return order >= 0;
    default:
      return false;
  }
}

bool HoldsBetween(ValueView value, ValueView low, ValueView high) {
  return Holds(Operator::kGreaterOrEqual, value, low) && Holds(Operator::kLessOrEqual, value, high);
}

bool ContainsValue(ValueView container, ValueView wanted) {
  switch (container.type()) {
    case ValueType::kString:
    case ValueType::kBinary:
      return wanted.type() == container.type() &&
             ContainsBytes(container.payload(), wanted.payload());
    case ValueType::kStringSet:
    case ValueType::kNumberSet:
    case ValueType::kBinarySet:
      return wanted.type() == ElementType(container.type()) &&
             SetContains(container.list(), wanted.payload());
    case ValueType::kList: {
      const ListView list = container.list();
      for (size_t i = 0; i < list.size(); ++i) {
        if (list.value(i) == wanted) return true;
      }
      return false;
    }
    default:
      return false;
  }
}

bool BeginsWith(ValueView value, ValueView prefix) {
  if (value.type() != prefix.type()) return false;
  if (!value.Is(ValueType::kString) && !value.Is(ValueType::kBinary)) return false;
  return value.payload().substr(0, prefix.payload().size()) == prefix.payload();
}

namespace {

// Of valid UTF-8: one for each character, two for those of four bytes.
int64_t Utf16Units(std::string_view text) {
  int64_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if ((byte & 0xc0) != 0x80) units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
}

}  // namespace

std::optional<int64_t> SizeOf(ValueView value) {
  switch (value.type()) {
    case ValueType::kString:
      return Utf16Units(value.payload());
    case ValueType::kBinary:
      return static_cast<int64_t>(value.payload().size());
    case ValueType::kNumber:
    case ValueType::kBool:
    case ValueType::kNull:
      return std::nullopt;
    default:
      return static_cast<int64_t>(value.count());
  }
}

}  // namespace millrace::expr
