#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/json/json.h"
#include "engine/model/item.h"
#include "engine/model/value.h"

// The one DynamoDB-JSON codec: {"S":"text"}, {"N":"1.5"}, {"B":base64}, {"M":{...}} and so on.
namespace millrace {

// In whose words a value is refused. DynamoDB checks values in two layers; which operation runs
// which was recorded in four regions by a public suite (paritysuite/dynamodb-conformance,
// error-messages/valueLayers).
enum class ValueLayer : uint8_t {
  // PutItem, UpdateItem and DeleteItem in the regions that are as they were before June 2026.
  kUnchanged,
  // Batch and transactional writes, TransactGetItems and Scan: the same words. Its way with numbers
  // is not this codec's.
  kOlder,
  // GetItem, BatchGetItem and Query. Differs for an empty number and for duplicates.
  kCurrent,
  // Parameters of statements: the older words, but of several errors the first in the document's
  // order, also among the members of a map (error-messages/partiqlParameterNumbers).
  kStatement,
};

// Errors are AWS's: kSerialization for a wrong JSON type; kValidation for an unknown or missing
// type member ("Supplied AttributeValue is empty, must contain exactly one of the supported
// datatypes"), several of them, a bad number, an empty or duplicate set, nesting over 32 levels
// ("Nesting Levels have exceeded supported limits: ..."), NULL other than true, an empty or too
// long name. A kSerialization anywhere in the value wins over every kValidation. Where a request
// has several values, the whole request's wrong types win over what is validated: call the shape
// checks below on all of them first. Among the members of a map the first in name order is
// reported, but for kStatement.
//
// Levels are counted as AWS counts them: the item is the first, its attributes' maps and lists the
// second; what lies in the 32nd is the deepest allowed. A value alone is taken for an attribute of
// an item, so at most 31 containers are in it.
//
// Members outside AWS's model are ignored, the last of two with the same name counts, a JSON null
// is an absent member.
//
// The value is canonical bytes already: encoding it is a copy.
Result<Value> DecodeAttributeValue(JsonValue json, ValueLayer layer = ValueLayer::kUnchanged);
// A value of an expression, which is in no item yet: 32 containers may be in it, so that the item
// it is put into can be too deep. Two regions (eu-south-2, me-central-1) of
// paritysuite/dynamodb-conformance took 32, all refuse 40; that 33 are too many is not confirmed.
Result<Value> DecodeExpressionValue(JsonValue json, ValueLayer layer = ValueLayer::kUnchanged);
// Is it the error about nesting?
bool IsNestedTooDeep(const Status& error);
// An object of attribute values, as Item and Key are: a map value.
Result<Value> DecodeAttributeMap(JsonValue json, ValueLayer layer = ValueLayer::kUnchanged);

// The kSerialization errors alone, in the document's order; cheap, and right for a null (absent).
Status CheckAttributeValueShape(JsonValue json);
Status CheckAttributeMapShape(JsonValue json);

void WriteAttributeValue(ValueView value, JsonWriter* writer);
// {"name":{"S":"..."},...}
void WriteAttributeMap(MapView map, JsonWriter* writer);

// Standard base64 with padding.
void AppendBase64(std::string_view bytes, std::string* out);
// Error: kSerialization with AWS's text: a length that isn't a multiple of 4, a foreign character,
// bits set that the padding leaves out.
Result<std::string> DecodeBase64(std::string_view text);

}  // namespace millrace
