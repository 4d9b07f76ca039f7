#pragma once

#include <cstdint>
#include <string_view>

#include "engine/base/status.h"
#include "engine/json/json.h"

// AWS reads a request into its model before it validates anything, and answers a member of the
// wrong JSON type with a SerializationException whose text depends on the type wanted and the value
// found. These are those texts, for members of requests as for attribute values. Every error here
// is kSerialization. A JSON null stands for an absent member everywhere: the caller leaves it out
// before it asks. Unknown members are ignored. Source: the texts AWS sent to dynalite's test suite
// (test/helpers.js, assertType).
namespace millrace {

// The model class of attribute values, as AWS spells it in these texts.
constexpr std::string_view kAttributeValueClass = "AttributeValue";

Result<std::string_view> ExpectString(JsonValue value);
// true, false, and the words AWS takes for them in any case: "true", "yes", "1", "false", "no",
// "0".
Result<bool> ExpectBoolean(JsonValue value);
// `java_type` is "Integer" or "Long", as AWS's model has it. A decimal is cut off.
Result<int64_t> ExpectInteger(JsonValue value, std::string_view java_type);
Result<double> ExpectDouble(JsonValue value);
// A list that is a member of a structure.
Status ExpectList(JsonValue value);
// A map that is a member of a structure. `value_class` is the model class of its values,
// "AttributeValue" for Item and Key, or a Java class with its package ("java.lang.String" for
// ExpressionAttributeNames).
Status ExpectMap(JsonValue value, std::string_view value_class);
// A structure, e.g. "ProvisionedThroughput", that is a member of another.
Status ExpectStructure(JsonValue value, std::string_view model_class);
// The same, where it is an element of a list or a value of a map.
Status ExpectStructureElement(JsonValue value, std::string_view model_class);
Status ExpectListElement(JsonValue value);
Status ExpectMapElement(JsonValue value, std::string_view value_class);

}  // namespace millrace
