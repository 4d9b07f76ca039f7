#include "server/protocol/members.h"

#include "engine/json/expect.h"
#include "server/protocol/shape_check.h"

namespace millrace {

std::optional<JsonValue> Members::Find(std::string_view name) const {
  return FindMember(object_, name);
}

std::optional<std::string_view> Members::String(std::string_view name) const {
  const std::optional<JsonValue> value = Find(name);
  if (!value) return std::nullopt;
  return value->string();
}

std::optional<int64_t> Members::Integer(std::string_view name) const {
  const std::optional<JsonValue> value = Find(name);
  if (!value) return std::nullopt;
  return ExpectInteger(*value, "Long").value();
}

bool Members::Boolean(std::string_view name, bool absent) const {
  const std::optional<JsonValue> value = Find(name);
  return value ? ExpectBoolean(*value).value() : absent;
}

std::optional<Members> Members::Structure(std::string_view name) const {
  const std::optional<JsonValue> value = Find(name);
  if (!value) return std::nullopt;
  return Members(*value);
}

}  // namespace millrace
