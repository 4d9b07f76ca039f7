#include "server/protocol/older_values.h"

#include <optional>
#include <string_view>
#include <utility>

#include "engine/expression/partiql.h"
#include "engine/json/attribute_value.h"
#include "engine/model/number.h"

namespace millrace {
namespace {

// In the document's order, which is that of decoding for kStatement. No deeper than JsonParser lets
// it be.
std::optional<std::string_view> FirstInvalidNumber(JsonValue value) {
  if (value.Is(JsonKind::kString)) {
    return Number::Parse(value.string()).ok() ? std::nullopt : std::optional(value.string());
  }
  std::optional<std::string_view> found;
  const Status found_one = Status::Validation("");
  const auto look = [&](JsonValue inner) {
    found = FirstInvalidNumber(inner);
    return found ? found_one : Status::Ok();
  };
  const auto look_at_member = [&](std::string_view, JsonValue inner) { return look(inner); };
  const auto look_by_type = [&](std::string_view type, JsonValue inner) {
    if (type == "N" || type == "NS" || type == "L") return look(inner);
    const bool map = type == "M" && inner.Is(JsonKind::kObject);
    return map ? inner.ForEachMember(look_at_member) : Status::Ok();
  };
  const Status looked = value.Is(JsonKind::kArray)    ? value.ForEachElement(look)
                        : value.Is(JsonKind::kObject) ? value.ForEachMember(look_by_type)
                                                      : Status::Ok();
  return looked.ok() ? std::nullopt : found;
}

Result<Value> OlderError(std::optional<std::string_view> number, Result<Value> decoded) {
  const bool is_why =
      number && Number::Parse(*number).status().message() == decoded.status().message();
  return is_why ? ParameterNumberError(*number, decoded.status()) : decoded;
}

}  // namespace

Result<Value> DecodeOlderMap(JsonValue json) {
  Result<Value> decoded = DecodeAttributeMap(json, ValueLayer::kOlder);
  if (decoded.ok() || !decoded.status().Is(ErrorCode::kValidation)) return decoded;
  std::optional<std::string_view> number;
  const Status looked = json.ForEachMember([&number](std::string_view, JsonValue value) {
    number = FirstInvalidNumber(value);
    return number ? Status::Validation("") : Status::Ok();
  });
  return looked.ok() ? decoded : OlderError(number, std::move(decoded));
}

Result<Value> WithOlderError(JsonValue json, Result<Value> decoded) {
  if (decoded.ok() || !decoded.status().Is(ErrorCode::kValidation)) return decoded;
  return OlderError(FirstInvalidNumber(json), std::move(decoded));
}

}  // namespace millrace
