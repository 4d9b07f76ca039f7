#pragma once

#include <cstdint>
#include <string_view>

#include "engine/json/json.h"

// Members of a reply's object, name and value, for operations of Millrace's own.
namespace millrace {

inline void WriteText(std::string_view name, std::string_view text, JsonWriter* writer) {
  writer->Key(name);
  writer->String(text);
}

inline void WriteNumber(std::string_view name, uint64_t number, JsonWriter* writer) {
  writer->Key(name);
  writer->Integer(static_cast<int64_t>(number));
}

inline void WriteMillis(std::string_view name, int64_t micros, JsonWriter* writer) {
  constexpr int64_t kMicrosPerMilli = 1000;
  WriteNumber(name, static_cast<uint64_t>(micros / kMicrosPerMilli), writer);
}

}  // namespace millrace
