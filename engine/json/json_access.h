#pragma once

#include <simdjson.h>

#include <cstring>

#include "engine/json/json.h"

// Private to this folder: what a JsonValue is made of.
namespace millrace {

struct JsonAccess {
  static simdjson::dom::element Element(JsonValue value) {
    static_assert(sizeof(simdjson::dom::element) == sizeof(value.element_));
    simdjson::dom::element element;
    std::memcpy(static_cast<void*>(&element), value.element_, sizeof element);
    return element;
  }
  static JsonValue Make(simdjson::dom::element element) {
    JsonValue value;
    std::memcpy(value.element_, &element, sizeof element);
    return value;
  }
};

// By value: simdjson's results must not be iterated while they are temporaries. Require the type.
inline simdjson::dom::object ObjectOf(const simdjson::dom::element& element) {
  return element.get_object().value_unsafe();
}
inline simdjson::dom::array ArrayOf(const simdjson::dom::element& element) {
  return element.get_array().value_unsafe();
}

}  // namespace millrace
