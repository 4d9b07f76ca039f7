#pragma once

#include <cstdint>
#include <string>

#include "engine/json/json.h"

namespace millrace {

// How far a mapping's reader is behind: records over all its shards, the time of the furthest.
struct MappingLag {
  int64_t records = 0;
  int64_t milliseconds = 0;
};
MappingLag LagOf(JsonValue mapping);

// All of one mapping, for `mapping describe`.
std::string MappingText(JsonValue mapping);

// The last part of an ARN: a function's name.
std::string ArnName(const std::string& arn);

}  // namespace millrace
