#include "server/http/request_reader.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>

#include "server/http/gzip.h"

namespace millrace {
namespace {

// Room for a body of the stated size; larger ones grow as their bytes arrive, so that a client
// cannot take memory by a mere promise.
constexpr size_t kReservedBodySize = 64 * 1024;
// "0", two line ends: what every chunked body ends with. Beast's parser expects to get it in one
// piece, or asserts.
constexpr size_t kLastChunkSize = 5;

namespace http = boost::beast::http;

int StatusOf(const boost::beast::error_code& error) {
  if (error == http::error::body_limit) return 413;
  if (error == http::error::header_limit) return 431;
  return 400;
}

}  // namespace

RequestReader::RequestReader(RequestText* text, size_t head_size_max, size_t body_size_max)
    : text_(text), head_size_max_(head_size_max) {
  eager(true);
  header_limit(static_cast<uint32_t>(head_size_max));
  body_limit(body_size_max);
}

size_t RequestReader::Take(std::string_view bytes, int* refusal) {
  *refusal = 0;
  size_t taken = 0;
  while (taken < bytes.size() && !is_done()) {
    const std::string_view rest = bytes.substr(taken);
    // Nothing is lost by waiting: a chunked body has at least that much ahead of it.
    if (is_header_done() && chunked() && rest.size() < kLastChunkSize) break;
    boost::beast::error_code error;
    taken += put(boost::asio::buffer(rest.data(), rest.size()), error);
    if (error == http::error::need_more) break;
    if (error) {
      *refusal = StatusOf(error);
      return taken;
    }
  }
  // Beast bounds the head, but neither the extensions of a chunk nor the trailer.
  if (!is_done() && bytes.size() - taken > head_size_max_) *refusal = 431;
  return taken;
}

void RequestText::Clear() {
  target.clear();
  amz_target.clear();
  authorization.clear();
  content_type.clear();
  host.clear();
  if (body.capacity() > kKeptBodySize) {
    body = std::string();
  } else {
    body.clear();
  }
  method = HttpMethod::kOther;
  has_date = false;
  expects_continue = false;
  body_coding = BodyCoding::kNone;
  accepts_gzip = false;
  has_origin = false;
  cors_headers.clear();
  cors_method.clear();
}

void RequestReader::on_request_impl(Verb verb, View, View target, int, Error&) {
  if (verb == Verb::post) {
    text_->method = HttpMethod::kPost;
  } else if (verb == Verb::get) {
    text_->method = HttpMethod::kGet;
  } else if (verb == Verb::head) {
    text_->method = HttpMethod::kHead;
  } else if (verb == Verb::options) {
    text_->method = HttpMethod::kOptions;
  }
  text_->target.assign(target.data(), target.size());
}

void RequestReader::on_field_impl(Field field, View name, View value, Error&) {
  switch (field) {
    case Field::authorization:
      text_->authorization.assign(value.data(), value.size());
      return;
    case Field::content_type:
      text_->content_type.assign(value.data(), value.size());
      return;
    case Field::date:
      text_->has_date = true;
      return;
    case Field::expect:
      text_->expects_continue = boost::beast::iequals(value, "100-continue");
      return;
    case Field::host:
      text_->host.assign(value.data(), value.size());
      return;
    case Field::content_encoding:
      text_->body_coding = CodingOf({value.data(), value.size()});
      return;
    case Field::accept_encoding:
      text_->accepts_gzip = AcceptsGzip({value.data(), value.size()});
      return;
    case Field::origin:
      text_->has_origin = true;
      return;
    case Field::access_control_request_headers:
      text_->cors_headers.assign(value.data(), value.size());
      return;
    case Field::access_control_request_method:
      text_->cors_method.assign(value.data(), value.size());
      return;
    case Field::unknown:
      break;
    default:
      return;
  }
  if (name.size() == 12 && boost::beast::iequals(name, "X-Amz-Target")) {
    text_->amz_target.assign(value.data(), value.size());
  } else if (name.size() == 10 && boost::beast::iequals(name, "X-Amz-Date")) {
    text_->has_date = true;
  }
}

void RequestReader::on_body_init_impl(boost::optional<std::uint64_t> const& length, Error&) {
  if (length) text_->body.reserve(std::min<size_t>(*length, kReservedBodySize));
}

std::size_t RequestReader::on_body_impl(View body, Error&) {
  text_->body.append(body.data(), body.size());
  return body.size();
}

std::size_t RequestReader::on_chunk_body_impl(std::uint64_t, View body, Error&) {
  text_->body.append(body.data(), body.size());
  return body.size();
}

}  // namespace millrace
