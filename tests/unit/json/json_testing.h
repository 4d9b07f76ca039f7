#pragma once

#include <string>
#include <string_view>

#include "engine/base/hex.h"
#include "engine/base/random.h"
#include "engine/base/status.h"
#include "engine/json/attribute_value.h"
#include "engine/json/json.h"

namespace millrace {

// The hex of the canonical bytes, or the error as "Code: text".
inline std::string DecodedHex(std::string_view json, ValueLayer layer = ValueLayer::kUnchanged) {
  JsonParser parser;
  const auto document = parser.Parse(json);
  if (!document.ok()) return "not JSON";
  const auto value = DecodeAttributeValue(*document, layer);
  return value.ok() ? ToHex(value->Encode()) : value.status().ToString();
}

inline std::string DecodedMapHex(std::string_view json) {
  JsonParser parser;
  const auto document = parser.Parse(json);
  if (!document.ok()) return "not JSON";
  const auto value = DecodeAttributeMap(*document);
  return value.ok() ? ToHex(value->Encode()) : value.status().ToString();
}

inline std::string JsonOf(const Value& value) {
  const std::string bytes = value.Encode();
  std::string json;
  JsonWriter writer(&json);
  WriteAttributeValue(ValueView(bytes), &writer);
  return json;
}

// `open` and `close` around `inside`, `levels` times.
inline std::string Nested(int levels, std::string_view open, std::string_view inside,
                          std::string_view close) {
  std::string json;
  for (int i = 0; i < levels; ++i) json += open;
  json += inside;
  for (int i = 0; i < levels; ++i) json += close;
  return json;
}

}  // namespace millrace
