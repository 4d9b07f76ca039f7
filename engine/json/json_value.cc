#include <cstring>
#include <limits>

#include "engine/base/check.h"
#include "engine/json/json_access.h"

namespace millrace {

using simdjson::dom::element_type;

JsonKind JsonValue::kind() const {
  constexpr unsigned char kUnset[sizeof element_] = {};
  if (std::memcmp(element_, kUnset, sizeof element_) == 0) return JsonKind::kNull;
  switch (JsonAccess::Element(*this).type()) {
    case element_type::ARRAY:
      return JsonKind::kArray;
    case element_type::OBJECT:
      return JsonKind::kObject;
    case element_type::INT64:
    case element_type::UINT64:
      return JsonKind::kInteger;
    case element_type::DOUBLE:
      return JsonKind::kDouble;
    case element_type::STRING:
      return JsonKind::kString;
    case element_type::BOOL:
      return JsonKind::kBool;
    case element_type::NULL_VALUE:
      return JsonKind::kNull;
  }
  CheckFailed(__FILE__, __LINE__, "a kind simdjson knows");
}

bool JsonValue::boolean() const {
  MILLRACE_CHECK(Is(JsonKind::kBool));
  return JsonAccess::Element(*this).get_bool().value_unsafe();
}

int64_t JsonValue::integer() const {
  MILLRACE_CHECK(Is(JsonKind::kInteger));
  const auto element = JsonAccess::Element(*this);
  // Positive numbers over int64 have a type of their own.
  if (element.is<uint64_t>() && !element.is<int64_t>()) return std::numeric_limits<int64_t>::max();
  return element.get_int64().value_unsafe();
}

double JsonValue::number() const {
  MILLRACE_CHECK(Is(JsonKind::kInteger) || Is(JsonKind::kDouble));
  return JsonAccess::Element(*this).get_double().value_unsafe();
}

std::string_view JsonValue::string() const {
  MILLRACE_CHECK(Is(JsonKind::kString));
  return JsonAccess::Element(*this).get_string().value_unsafe();
}

size_t JsonValue::size() const {
  const auto element = JsonAccess::Element(*this);
  if (Is(JsonKind::kArray)) return ArrayOf(element).size();
  MILLRACE_CHECK(Is(JsonKind::kObject));
  return ObjectOf(element).size();
}

std::optional<JsonValue> JsonValue::Find(std::string_view member) const {
  MILLRACE_CHECK(Is(JsonKind::kObject));
  std::optional<JsonValue> found;
  for (const auto field : ObjectOf(JsonAccess::Element(*this))) {
    if (field.key == member) found = JsonAccess::Make(field.value);
  }
  return found;
}

Status JsonValue::ForEachMember(
    const std::function<Status(std::string_view name, JsonValue value)>& visit) const {
  MILLRACE_CHECK(Is(JsonKind::kObject));
  for (const auto field : ObjectOf(JsonAccess::Element(*this))) {
    RETURN_IF_ERROR(visit(field.key, JsonAccess::Make(field.value)));
  }
  return Status::Ok();
}

Status JsonValue::ForEachElement(const std::function<Status(JsonValue value)>& visit) const {
  MILLRACE_CHECK(Is(JsonKind::kArray));
  for (const auto element : ArrayOf(JsonAccess::Element(*this))) {
    RETURN_IF_ERROR(visit(JsonAccess::Make(element)));
  }
  return Status::Ok();
}

}  // namespace millrace
