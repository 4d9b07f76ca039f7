#pragma once

#include "engine/base/status.h"
#include "engine/json/json.h"
#include "engine/model/value.h"

// Attribute values as the older of the two layers reads them in which DynamoDB checks values: in
// batch writes, transactions and PartiQL's parameters. It takes a number for Java's BigDecimal: an
// exponent that is out of 32 bits is no number, and a magnitude that is wraps around to an
// underflow. Source: the four regions of paritysuite/dynamodb-conformance,
// tests/tier3/error-messages/valueLayers.test.ts, on 1e2147483647; what an exponent beyond 32 bits
// is answered was recorded of PartiQL alone.
namespace millrace {

// As DecodeAttributeMap.
Result<Value> DecodeOlderMap(JsonValue json);
// `decoded` from the attribute value `json`; or, where it failed over a number, the older error.
Result<Value> WithOlderError(JsonValue json, Result<Value> decoded);

}  // namespace millrace
