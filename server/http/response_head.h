#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/http/exchange.h"

namespace millrace {

// The head of a response: all that its writer needs to know.
struct ResponseHead {
  int status = 200;
  ContentType content_type = ContentType::kAmzJson;
  size_t content_length = 0;
  uint32_t crc32 = 0;           // of the body: x-amz-crc32
  std::string_view request_id;  // none sent when empty
  std::string_view date;        // as HTTP writes it
  bool keep_alive = true;
  bool gzip = false;          // the body is compressed
  bool allow_origin = false;  // any site's pages may read it
  bool is_preflight = false;  // of CORS: what a page may send is whatever it asked for
  std::string_view allow_headers;
  std::string_view allow_methods;
};

std::string_view ReasonPhrase(int status);
// Replaces `out` by the status line, the header fields and the empty line.
void WriteResponseHead(const ResponseHead& head, std::string* out);
// "Sat, 21 Nov 2026 03:30:00 GMT"
std::string HttpDate(int64_t unix_seconds);
// CRC-32 (ISO-HDLC), as zlib's (libdeflate computes it several times faster): what x-amz-crc32
// states.
uint32_t Crc32(std::string_view bytes);

}  // namespace millrace
