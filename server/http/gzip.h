#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/http/exchange.h"

// Content-Encoding: gzip (RFC 1952), and of requests deflate (RFC 1950), too.
namespace millrace {

// Of the value of Content-Encoding: one coding; several are kUnknown.
BodyCoding CodingOf(std::string_view content_encoding);

enum class Unpacked : uint8_t { kDone, kCorrupt, kTooLarge };
// Replaces `out` by what `packed` was made of: one member of gzip or several, one stream of
// deflate; of other codings all bytes are corrupt. Takes at most `size_max` bytes of memory for it,
// whatever `packed` claims.
Unpacked Unpack(BodyCoding coding, std::string_view packed, size_t size_max, std::string* out);

// Replaces the body by its compressed form; false, and it stays, where that would not be smaller.
bool Gzip(std::string* body);

// Does the value of Accept-Encoding allow gzip?
bool AcceptsGzip(std::string_view accept_encoding);

}  // namespace millrace
