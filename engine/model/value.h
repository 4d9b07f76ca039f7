#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/coding.h"
#include "engine/base/status.h"
#include "engine/model/number.h"

namespace millrace {

// The ten attribute types; the numbers are part of the byte format.
enum class ValueType : uint8_t {
  kNull = 0,
  kBool = 1,
  kNumber = 2,
  kString = 3,
  kBinary = 4,
  kStringSet = 5,
  kNumberSet = 6,
  kBinarySet = 7,
  kList = 8,
  kMap = 9,
};
// "S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M".
std::string_view WireName(ValueType type);
bool IsSet(ValueType type);
// Of a set's elements: kString, kNumber or kBinary.
ValueType ElementType(ValueType set_type);

// An attribute value *is* its canonical bytes (grammar in FORMAT.md): equal values are equal bytes,
// and they are read in place, at any alignment. `tag | payload`; the tag is the ValueType, plus
// kWideOffsets when a container's offsets take 4 bytes, not 2.
//   NULL: no payload. BOOL: 00 or 01. N: packed decimal. S: UTF-8. B: bytes.
//   L, sets: count, end offset of each element (relative to the end of the offset table), elements.
//   A list's elements are values; a set's are bare payloads, sorted by memcmp, unique. M: the same
//   with entries `varint name length, name, value` sorted by name (memcmp), unique. Count and
//   offsets are u16, or u32 when the elements take more than 65,535 bytes or there are more than
//   65,535 of them. No trailing bytes.
constexpr uint8_t kWideOffsets = 0x80;

class ListView;
class MapView;

// Not owned bytes of one value. Invariant: valid canonical bytes (ValidateValue says so for bytes
// from outside).
class ValueView {
 public:
  ValueView() : bytes_("\0", 1) {}  // NULL
  explicit ValueView(std::string_view bytes) : bytes_(bytes) {}

  ValueType type() const { return static_cast<ValueType>(bytes_[0] & ~kWideOffsets); }
  std::string_view bytes() const { return bytes_; }
  std::string_view payload() const { return bytes_.substr(1); }
  bool Is(ValueType wanted) const { return type() == wanted; }
  // The payload of an S or B; the packed decimal of an N.
  std::string_view text() const { return payload(); }
  bool boolean() const { return bytes_[1] != 0; }
  Number number() const { return Number::FromPacked(payload()); }
  ListView list() const;  // L: elements are values; sets: elements are payloads
  MapView map() const;
  // Element count of L, M and sets.
  size_t count() const;
  bool operator==(const ValueView& other) const { return bytes_ == other.bytes_; }

 private:
  std::string_view bytes_;
};

// Elements of L, SS, NS, BS.
class ListView {
 public:
  explicit ListView(std::string_view bytes);  // tag and payload
  size_t size() const { return size_; }
  // The bytes of element `i` < size(): a value's for L, a payload for sets.
  std::string_view element(size_t i) const;
  ValueView value(size_t i) const { return ValueView(element(i)); }

 private:
  uint32_t EndOf(size_t i) const;
  const char* offsets_;
  const char* elements_;
  uint32_t size_;
  bool wide_;
};

class MapView {
 public:
  explicit MapView(std::string_view bytes);  // tag and payload
  size_t size() const { return entries_.size(); }
  std::string_view name(size_t i) const;
  ValueView value(size_t i) const;
  std::pair<std::string_view, ValueView> entry(size_t i) const;
  // Binary search.
  std::optional<ValueView> Find(std::string_view name) const;

 private:
  ListView entries_;
};

// Checks bytes that come from outside for everything the views rely on: tags, offsets, order,
// uniqueness, minimal widths, UTF-8, packed numbers, no empty set, at most `depth_max` levels of
// lists and maps (NestingDepth). Error: kValidation.
Status ValidateValue(std::string_view bytes, int depth_max);

// A value being built or changed: canonical bytes, or a list or map expanded one level into
// children of the same kind. Untouched subtrees stay bytes, so an update costs what it touches.
class Value {
 public:
  using Map = std::vector<std::pair<std::string, Value>>;  // sorted by name, unique
  using List = std::vector<Value>;

  Value();  // NULL
  explicit Value(ValueView view) : node_(std::string(view.bytes())) {}
  static Value String(std::string_view text);
  static Value Binary(std::string_view bytes);
  static Value OfNumber(const Number& number);
  static Value Bool(bool value);
  static Value Null() { return Value(); }
  // Sorts by name; names must be unique.
  static Value OfMap(Map entries);
  static Value OfList(List elements);
  // `set_type` is one of the set types; elements are payloads (packed for NS). Sorts; the elements
  // must be unique and not empty.
  static Value OfSet(ValueType set_type, std::vector<std::string> elements);

  ValueType type() const;
  // Expands when the value is bytes. Require the type.
  Map& MutableMap();
  List& MutableList();
  // In an expanded or byte map; null when absent. Requires a map; expands it.
  Value* FindInMap(std::string_view name);
  void SetInMap(std::string_view name, Value value);
  void RemoveFromMap(std::string_view name);

  // Appends the canonical bytes.
  void AppendTo(std::string* out) const;
  std::string Encode() const;
  // Bytes to reserve before AppendTo: exact or a little more, short only for what is nested and
  // expanded.
  size_t EncodedSizeHint() const;

 private:
  explicit Value(std::variant<std::string, Map, List> node) : node_(std::move(node)) {}
  std::variant<std::string, Map, List> node_;
};

// Appends a container of already encoded elements (or payloads, or map entries made by
// AppendMapEntry): the one place that writes offset tables.
void AppendContainer(ValueType type, const std::vector<std::string_view>& elements,
                     std::string* out);
void AppendMapEntry(std::string_view name, std::string_view value_bytes, std::string* out);

// Bytes that AWS counts for a value without its name: S UTF-8 length, N see number.h, B length,
// BOOL and NULL 1, sets the sum, L and M 3 plus each element's size plus 1 each. Source: "DynamoDB
// item sizes and formats".
size_t AwsSize(ValueView value);
// Levels of lists and maps below and including this value: 0 for a scalar or a set. The limit of 32
// counts the item's own map, so an attribute's value may have 31.
int NestingDepth(ValueView value);

}  // namespace millrace
