#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

// Bytes in hexadecimal: two digits each, in lower case, the high one first.
inline constexpr std::string_view kHexDigits = "0123456789abcdef";

void AppendHex(std::string_view bytes, std::string* out);
std::string ToHex(std::string_view bytes);
// What ToHex has written; nullopt: an odd length, or anything but kHexDigits.
std::optional<std::string> FromHex(std::string_view text);

// The value of a digit of either case; -1: it is none.
int HexDigit(char c);

}  // namespace millrace
