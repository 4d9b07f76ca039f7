#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/json/json.h"

namespace millrace {

// Typed access to a structure of a request whose types and constraints have been checked
// (shape_check.h): asking for another type than described is our bug. Valid as long as the parsed
// document.
class Members {
 public:
  Members() = default;
  explicit Members(JsonValue object) : object_(object) {}

  JsonValue json() const { return object_; }
  bool Has(std::string_view name) const { return Find(name).has_value(); }
  // Absent and null are the same.
  std::optional<JsonValue> Find(std::string_view name) const;
  std::optional<std::string_view> String(std::string_view name) const;
  // Of enums and required members: empty when absent.
  std::string_view Text(std::string_view name) const { return String(name).value_or(""); }
  std::optional<int64_t> Integer(std::string_view name) const;
  bool Boolean(std::string_view name, bool absent = false) const;
  std::optional<Members> Structure(std::string_view name) const;

 private:
  JsonValue object_;
};

}  // namespace millrace
