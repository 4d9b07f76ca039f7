#include "server/http/request_reader.h"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>

namespace millrace {
namespace {

// Room for a body of the stated size; larger ones grow as their bytes arrive, so that a client
// cannot take memory by a mere promise.
constexpr size_t kReservedBodySize = 1024 * 1024;

}  // namespace

void RequestText::Clear() {
  target.clear();
  amz_target.clear();
  authorization.clear();
  content_type.clear();
  if (body.capacity() > kKeptBodySize) {
    body = std::string();
  } else {
    body.clear();
  }
  method = HttpMethod::kOther;
  has_date = false;
  expects_continue = false;
}

void RequestReader::on_request_impl(Verb verb, View, View target, int, Error&) {
  if (verb == Verb::post) {
    text_->method = HttpMethod::kPost;
  } else if (verb == Verb::get) {
    text_->method = HttpMethod::kGet;
  } else if (verb == Verb::head) {
    text_->method = HttpMethod::kHead;
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
