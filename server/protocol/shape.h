#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/base/status.h"
#include "engine/json/json.h"

// What a request's JSON must look like: each operation's input described as constant data, from
// which decoding, AWS's SerializationExceptions, the "N validation errors detected" family and the
// refusal of what isn't built yet all follow (shape_check.h). A new operation is a description and
// a function.
//
// Source of lengths, ranges, patterns and enums: the service models that AWS publishes with its
// SDKs. Source of the order of members and of enum values in texts: what AWS sent to public test
// suites; where nothing was seen, the model's order.
namespace millrace {

struct Shape;

enum class Presence : uint8_t {
  kOptional,
  kRequired,  // "Value null at 'x' failed to satisfy constraint: Member must not be null"
  kNotBuilt,  // of AWS's model, but not supported yet: refused by name
};

struct Member {
  std::string_view name;
  const Shape* shape;
  Presence presence = Presence::kOptional;
  // A rule that AWS checks before all constraints, with a text of its own; absent member: nullopt.
  Status (*first_rule)(std::optional<JsonValue> value) = nullptr;
};

enum class ShapeKind : uint8_t {
  kString,
  kInteger,
  kLong,
  kBoolean,
  kDouble,
  kTimestamp,
  kList,
  kMap,
  kStructure,
  kAttributeValue,  // and maps of them: read by engine/json's codec
  kAttributeMap,
};

template <typename T>
struct ConstantSpan {
  const T* data = nullptr;
  size_t size = 0;
  const T* begin() const { return data; }
  const T* end() const { return data + size; }
};
template <typename T, size_t N>
constexpr ConstantSpan<T> SpanOf(const T (&array)[N]) {
  return {array, N};
}

struct Shape {
  ShapeKind kind = ShapeKind::kString;
  std::string_view name;    // of structures: the model's class
  int64_t min = INT64_MIN;  // of a number's value, or of a string's, list's or map's length
  int64_t max = INT64_MAX;
  std::string_view pattern;                          // as shown
  bool (*matches)(std::string_view text) = nullptr;  // what the pattern means
  bool length_first = false;  // too short a text is reported before one that doesn't match
  bool takes_arn = false;     // the bounds and the pattern are of what isn't an ARN
  bool unechoed = false;      // in the newer words: "Value at 'Limit'", as the request spells it
  bool json_echo = false;     // of a map: echoed as JSON rather than as Java prints it
  bool keys_last = false;     // of a map: its keys are reported when nothing else is
  ConstantSpan<std::string_view> values;  // of an enum, as shown
  const Shape* element = nullptr;         // of a list or map
  const Shape* key = nullptr;             // of a map: a string shape, when it is bounded
  ConstantSpan<Member> members;           // of a structure
};

constexpr Shape StringOf(int64_t min = INT64_MIN, int64_t max = INT64_MAX) {
  Shape shape;
  shape.min = min;
  shape.max = max;
  return shape;
}

template <size_t N>
constexpr Shape EnumOf(const std::string_view (&values)[N]) {
  Shape shape;
  shape.values = SpanOf(values);
  return shape;
}

constexpr Shape NumberOf(ShapeKind kind, int64_t min = INT64_MIN, int64_t max = INT64_MAX) {
  Shape shape;
  shape.kind = kind;
  shape.min = min;
  shape.max = max;
  return shape;
}

constexpr Shape PlainOf(ShapeKind kind) {
  Shape shape;
  shape.kind = kind;
  return shape;
}

constexpr Shape ListOf(const Shape* element, int64_t min = INT64_MIN, int64_t max = INT64_MAX) {
  Shape shape;
  shape.kind = ShapeKind::kList;
  shape.element = element;
  shape.min = min;
  shape.max = max;
  return shape;
}

constexpr Shape MapOf(const Shape* element, int64_t min = INT64_MIN, int64_t max = INT64_MAX) {
  Shape shape;
  shape.kind = ShapeKind::kMap;
  shape.element = element;
  shape.min = min;
  shape.max = max;
  return shape;
}

constexpr Shape Unechoed(Shape shape) {
  shape.unechoed = true;
  return shape;
}

template <size_t N>
constexpr Shape StructureOf(std::string_view name, const Member (&members)[N]) {
  Shape shape;
  shape.kind = ShapeKind::kStructure;
  shape.name = name;
  shape.members = SpanOf(members);
  return shape;
}

constexpr Shape EmptyStructure(std::string_view name) {
  Shape shape;
  shape.kind = ShapeKind::kStructure;
  shape.name = name;
  return shape;
}

}  // namespace millrace
