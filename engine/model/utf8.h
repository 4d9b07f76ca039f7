#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace {

// Well-formed UTF-8 as Unicode defines it: no overlong forms, no surrogates, nothing past U+10FFFF.
bool IsValidUtf8(std::string_view text);

// `text` with U+FFFD in place of each byte that is not of a well-formed sequence, cut to at most
// `size_max` bytes between characters.
std::string RepairUtf8(std::string_view text, size_t size_max);

}  // namespace millrace
