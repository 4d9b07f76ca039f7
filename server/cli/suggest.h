#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// Those of `names` that somebody may have meant by `wanted`, the closest first, three at most: a
// typing mistake or two away, or one inside the other.
std::vector<std::string> CloseNames(std::string_view wanted, const std::vector<std::string>& names);

// "a, b or c"
std::string OrList(const std::vector<std::string>& words);

}  // namespace millrace
