#pragma once

#include <string_view>

namespace millrace {

// Of the product, as CMakeLists.txt's project() has it.
inline constexpr std::string_view kVersion = MILLRACE_VERSION;

}  // namespace millrace
