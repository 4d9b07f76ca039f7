#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <boost/optional.hpp>
#include <string>
#include <string_view>

#include "server/http/exchange.h"

namespace millrace {

// A body's buffer that grew beyond this is given back after the request, so that many connections
// stay small; bytes.
constexpr size_t kKeptBodySize = 64 * 1024;

// What one request said, in buffers that are used again for the connection's next request.
struct RequestText {
  std::string target;
  std::string amz_target;
  std::string authorization;
  std::string content_type;
  std::string body;
  std::string host;
  HttpMethod method = HttpMethod::kOther;
  bool has_date = false;
  bool expects_continue = false;
  BodyCoding body_coding = BodyCoding::kNone;
  bool accepts_gzip = false;
  bool has_origin = false;   // of a page of another site: CORS
  std::string cors_headers;  // Access-Control-Request-Headers
  std::string cors_method;   // Access-Control-Request-Method

  void Clear();
};

// Beast's parser, keeping just the fields that matter here, so that a request allocates nothing
// once the buffers have grown. Private to this folder; one for each request.
class RequestReader final : public boost::beast::http::basic_parser<true> {
 public:
  // Limits in bytes: of the request line with the header fields, and of the body.
  RequestReader(RequestText* text, size_t head_size_max, size_t body_size_max);

  // Takes what it can off the front of `bytes`, which begins where it stopped taking; returns how
  // many. Then either is_done(), or `*refusal` is the HTTP status of a request that is none or is
  // too large, or it needs more bytes. Keeps fewer than `head_size_max` waiting, whatever comes.
  size_t Take(std::string_view bytes, int* refusal);

 private:
  using Verb = boost::beast::http::verb;
  using Field = boost::beast::http::field;
  using View = boost::beast::string_view;
  using Error = boost::beast::error_code;

  void on_request_impl(Verb verb, View method, View target, int version, Error& error) override;
  void on_response_impl(int, View, int, Error&) override {}
  void on_field_impl(Field field, View name, View value, Error& error) override;
  void on_header_impl(Error&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const& length, Error& error) override;
  std::size_t on_body_impl(View body, Error& error) override;
  void on_chunk_header_impl(std::uint64_t, View, Error&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t remain, View body, Error& error) override;
  void on_finish_impl(Error&) override {}

  RequestText* text_;
  const size_t head_size_max_;
};

}  // namespace millrace
