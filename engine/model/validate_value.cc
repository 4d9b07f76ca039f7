#include "engine/base/limits.h"
#include "engine/model/utf8.h"
#include "engine/model/value.h"

namespace millrace {
namespace {

constexpr uint64_t kNarrowMax = 0xffff;

// Why the bytes are refused; null when they are sound.
using Flaw = const char*;

Flaw CheckBytes(std::string_view bytes, int depth_left);

Flaw CheckScalar(ValueType type, std::string_view payload) {
  switch (type) {
    case ValueType::kNull:
      return payload.empty() ? nullptr : "a NULL with a payload";
    case ValueType::kBool:
      return payload.size() == 1 && static_cast<uint8_t>(payload[0]) <= 1 ? nullptr
                                                                          : "a BOOL not 00 or 01";
    case ValueType::kNumber:
      return Number::IsValidPacked(payload) ? nullptr : "a malformed number";
    case ValueType::kString:
      return IsValidUtf8(payload) ? nullptr : "a string that is not UTF-8";
    case ValueType::kBinary:
      return nullptr;
    default:
      return "an unknown tag";
  }
}

// Takes the length and bytes of a name; the length must be in its shortest form.
bool TakeName(std::string_view* entry, std::string_view* name) {
  const std::string_view before = *entry;
  uint64_t length = 0;
  if (!TakeVarint(entry, &length)) return false;
  const size_t taken = before.size() - entry->size();
  if (taken > 1 && before[taken - 1] == 0) return false;
  return length <= kAttributeNameSizeMax && TakeBytes(entry, length, name);
}

// Elements in order; the previous one's sort key is what order and uniqueness are judged by.
class ElementChecker {
 public:
  ElementChecker(ValueType type, int depth_left) : type_(type), depth_left_(depth_left) {}

  Flaw Check(std::string_view element) {
    if (type_ == ValueType::kList) return CheckBytes(element, depth_left_);
    if (type_ == ValueType::kMap) {
      std::string_view name;
      if (!TakeName(&element, &name)) return "a malformed attribute name";
      if (!IsValidUtf8(name)) return "an attribute name that is not UTF-8";
      if (const Flaw flaw = CheckOrder(name)) return flaw;
      return CheckBytes(element, depth_left_);
    }
    if (const Flaw flaw = CheckOrder(element)) return flaw;
    return CheckScalar(ElementType(type_), element);
  }

 private:
  Flaw CheckOrder(std::string_view key) {
    const bool in_order = first_ || previous_ < key;
    first_ = false;
    previous_ = key;
    return in_order ? nullptr : "elements out of order or repeated";
  }

  ValueType type_;
  int depth_left_;
  bool first_ = true;
  std::string_view previous_;
};

template <typename Offset>
Flaw CheckElements(ValueType type, std::string_view payload, int depth_left) {
  Offset count = 0;
  std::string_view table;
  if (!TakeLittle(&payload, &count)) return "a truncated container";
  if (!TakeBytes(&payload, uint64_t{count} * sizeof(Offset), &table)) return "a truncated table";
  if (count == 0 && IsSet(type)) return "an empty set";
  const bool needs_wide = count > kNarrowMax || payload.size() > kNarrowMax;
  if (needs_wide != (sizeof(Offset) > 2)) return "offsets of the wrong width";
  ElementChecker checker(type, depth_left);
  uint64_t begin = 0;
  for (size_t i = 0; i < count; ++i) {
    const uint64_t end = LoadLittle<Offset>(table.data() + i * sizeof(Offset));
    if (end < begin || end > payload.size()) return "offsets out of order or outside";
    if (const Flaw flaw = checker.Check(payload.substr(begin, end - begin))) return flaw;
    begin = end;
  }
  return begin == payload.size() ? nullptr : "bytes after the last element";
}

Flaw CheckBytes(std::string_view bytes, int depth_left) {
  if (bytes.empty()) return "no tag";
  const auto tag = static_cast<uint8_t>(bytes[0]);
  const bool wide = (tag & kWideOffsets) != 0;
  const auto number = static_cast<uint8_t>(tag & ~kWideOffsets);
  if (number > static_cast<uint8_t>(ValueType::kMap)) return "an unknown tag";
  const auto type = static_cast<ValueType>(number);
  const std::string_view payload = bytes.substr(1);
  if (type < ValueType::kStringSet) {
    return wide ? "a scalar with a container's flag" : CheckScalar(type, payload);
  }
  if (!IsSet(type) && --depth_left < 0) return "nested too deeply";
  return wide ? CheckElements<uint32_t>(type, payload, depth_left)
              : CheckElements<uint16_t>(type, payload, depth_left);
}

}  // namespace

Status ValidateValue(std::string_view bytes, int depth_max) {
  const Flaw flaw = CheckBytes(bytes, depth_max);
  if (flaw == nullptr) return Status::Ok();
  return Status::Validation(std::string("Malformed value bytes: ") + flaw);
}

}  // namespace millrace
