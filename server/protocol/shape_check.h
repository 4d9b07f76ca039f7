#pragma once

#include <string_view>

#include "engine/base/status.h"
#include "engine/json/json.h"
#include "server/protocol/shape.h"

// The stages that every request passes before its operation sees it, in AWS's order.
namespace millrace {

// 1. Every member has its JSON type. Leaves the inside of attribute values aside, and those in
// lists and maps wholly: CheckAttributeShapes.
Status CheckTypes(JsonValue json, const Shape& input);
// The rest of stage 1, for attribute values. Costs a walk, so it is done only when the request is
// going to fail anyway: a wrong type wins over every later error.
Status CheckAttributeShapes(JsonValue json, const Shape& input);
// 2. Required members, lengths, ranges, patterns, enums: all that fail in one text, ten at most.
Status CheckConstraints(JsonValue json, const Shape& input);
// 3. Nothing that isn't built, in the input or in structures that are its members or their
// elements: "... parameter X of Y ...".
Status CheckBuilt(JsonValue json, const Shape& input, std::string_view operation);

// A member's value; nullopt when it is absent or null, which AWS takes for the same.
std::optional<JsonValue> FindMember(JsonValue object, std::string_view name);

// As Java prints a value, as in AWS's texts: abc, [a, b], KeySchemaElement(attributeName=a).
std::string RenderValue(JsonValue json, const Shape& shape);

}  // namespace millrace
