#pragma once

#include <optional>
#include <string_view>

#include "engine/model/value.h"

namespace millrace {

// Private to this folder. The type a member of an AttributeValue names; nullopt for one outside
// AWS's model.
inline std::optional<ValueType> TypeOfMember(std::string_view name) {
  const auto is = [name](std::string_view wanted) { return name == wanted; };
  if (name.size() == 1) {
    switch (name[0]) {
      case 'S':
        return ValueType::kString;
      case 'N':
        return ValueType::kNumber;
      case 'B':
        return ValueType::kBinary;
      case 'M':
        return ValueType::kMap;
      case 'L':
        return ValueType::kList;
      default:
        return std::nullopt;
    }
  }
  if (is("SS")) return ValueType::kStringSet;
  if (is("NS")) return ValueType::kNumberSet;
  if (is("BS")) return ValueType::kBinarySet;
  if (is("BOOL")) return ValueType::kBool;
  if (is("NULL")) return ValueType::kNull;
  return std::nullopt;
}

}  // namespace millrace
