#pragma once

#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/json/json.h"
#include "engine/model/item.h"
#include "engine/model/value.h"

// The one DynamoDB-JSON codec: {"S":"text"}, {"N":"1.5"}, {"B":base64}, {"M":{...}} and so on.
namespace millrace {

// Errors are AWS's: kSerialization for a wrong JSON type; kValidation for an unknown or missing type member ("Supplied AttributeValue is empty,
// must contain exactly one of the supported datatypes"), several of them, a bad number, an empty or duplicate set, nesting over 32 levels
// ("Nesting Levels have exceeded supported limits: ..."), NULL other than true.
Result<Value> DecodeAttributeValue(JsonValue json);
// An object of attribute values, as Item and Key are: a map value.
Result<Value> DecodeAttributeMap(JsonValue json);

void WriteAttributeValue(ValueView value, JsonWriter* writer);
// {"name":{"S":"..."},...}
void WriteAttributeMap(MapView map, JsonWriter* writer);

// Standard base64 with padding.
void AppendBase64(std::string_view bytes, std::string* out);
Result<std::string> DecodeBase64(std::string_view text);

}  // namespace millrace
