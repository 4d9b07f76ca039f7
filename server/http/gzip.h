#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// Content-Encoding: gzip (RFC 1952).
namespace millrace {

enum class Gunzipped : uint8_t { kDone, kCorrupt, kTooLarge };
// Replaces `out` by what `compressed` was made of, one member or several. Takes at most `size_max`
// bytes of memory for it, whatever `compressed` claims.
Gunzipped Gunzip(std::string_view compressed, size_t size_max, std::string* out);

// Replaces the body by its compressed form; false, and it stays, where that would not be smaller.
bool Gzip(std::string* body);

// Does the value of Accept-Encoding allow gzip?
bool AcceptsGzip(std::string_view accept_encoding);

}  // namespace millrace
