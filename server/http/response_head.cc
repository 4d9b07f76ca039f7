#include "server/http/response_head.h"

#include <libdeflate.h>

#include <charconv>
#include <ctime>

namespace millrace {
namespace {

void AppendNumber(uint64_t number, std::string* out) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
  out->append(digits, end);
}

// As DynamoDB allows it: any page, and whatever its preflight asks for, for two days.
void AppendCors(const ResponseHead& head, std::string* out) {
  out->append("\r\nAccess-Control-Allow-Origin: *");
  if (!head.is_preflight) return;
  if (!head.allow_headers.empty()) {
    out->append("\r\nAccess-Control-Allow-Headers: ").append(head.allow_headers);
  }
  if (!head.allow_methods.empty()) {
    out->append("\r\nAccess-Control-Allow-Methods: ").append(head.allow_methods);
  }
  out->append("\r\nAccess-Control-Max-Age: 172800");
}

}  // namespace

std::string_view TextOf(ContentType type) {
  switch (type) {
    case ContentType::kAmzJson:
      return "application/x-amz-json-1.0";
    case ContentType::kJson:
      return "application/json";
    case ContentType::kText:
      return "text/plain; charset=utf-8";
    case ContentType::kNone:
      break;
  }
  return {};
}

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Payload Too Large";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "Status";
  }
}

void WriteResponseHead(const ResponseHead& head, std::string* out) {
  out->clear();
  if (head.status == 200) {
    out->append("HTTP/1.1 200 OK\r\n");
  } else {
    out->append("HTTP/1.1 ");
    AppendNumber(static_cast<uint64_t>(head.status), out);
    out->append(" ").append(ReasonPhrase(head.status)).append("\r\n");
  }
  out->append("Server: Millrace\r\nDate: ").append(head.date);
  if (head.content_type != ContentType::kNone) {
    out->append("\r\nContent-Type: ").append(TextOf(head.content_type));
  }
  out->append("\r\nContent-Length: ");
  AppendNumber(head.content_length, out);
  out->append(head.keep_alive ? "\r\nConnection: keep-alive" : "\r\nConnection: close");
  if (!head.request_id.empty()) {
    out->append("\r\nx-amzn-RequestId: ").append(head.request_id);
    out->append("\r\nx-amz-crc32: ");
    AppendNumber(head.crc32, out);
  }
  if (head.gzip) out->append("\r\nContent-Encoding: gzip");
  if (head.allow_origin) AppendCors(head, out);
  out->append("\r\n\r\n");
}

std::string HttpDate(int64_t unix_seconds) {
  const time_t time = static_cast<time_t>(unix_seconds);
  tm parts{};
  gmtime_r(&time, &parts);
  char text[40];
  const size_t size = strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return std::string(text, size);
}

uint32_t Crc32(std::string_view bytes) {
  return libdeflate_crc32(0, bytes.data(), bytes.size());
}

}  // namespace millrace
