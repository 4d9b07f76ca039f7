#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/protocol/shape.h"

namespace millrace {

// A time of a request to Millrace's own operations, in seconds since 1970 with a fraction: in
// microseconds. What no clock shows, 1e300 for one, becomes what is as good as for ever, 285,000
// years, either way: a bound that is never reached. Absent when the member is.
inline std::optional<int64_t> TimeIn(const Members& input, std::string_view name) {
  const auto value = input.Find(name);
  if (!value) return std::nullopt;
  constexpr double kMost = 9e18;
  return std::llround(std::clamp(value->number() * 1e6, -kMost, kMost));
}

}  // namespace millrace
