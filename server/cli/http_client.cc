#include "server/cli/http_client.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <charconv>
#include <utility>

namespace millrace {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using Tcp = asio::ip::tcp;

constexpr std::chrono::seconds kConnectTimeout{10};
constexpr uint64_t kReplySizeMax = uint64_t{64} << 20;  // bytes

// Any well-formed header will do until the server authenticates.
std::string AuthorizationFor(std::string_view region) {
  return "AWS4-HMAC-SHA256 Credential=millrace-cli/20261121/" + std::string(region) +
         "/dynamodb/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=" +
         std::string(64, '0');
}

}  // namespace

struct HttpClient::Impl {
  Impl(std::string host_in, uint16_t port_in, std::string_view region)
      : host(std::move(host_in)), port(port_in), authorization(AuthorizationFor(region)) {}

  const std::string host;
  const uint16_t port;
  const std::string authorization;
  asio::io_context context;
  Tcp::socket socket{context};
  boost::beast::flat_buffer buffer;

  // Bounded, since a host that is off answers nothing at all.
  error_code Connect() {
    error_code error;
    Tcp::resolver resolver(context);
    const auto endpoints = resolver.resolve(host, std::to_string(port), error);
    if (error) return error;
    error = asio::error::timed_out;
    asio::async_connect(socket, endpoints,
                        [&error](const error_code& done, const Tcp::endpoint&) { error = done; });
    context.restart();
    context.run_for(kConnectTimeout);
    if (!context.stopped()) {
      Disconnect();
      context.run();
      return asio::error::timed_out;
    }
    if (!error) socket.set_option(Tcp::no_delay(true), error);
    // A reply may take its time; a host that is gone is noticed all the same.
    if (!error) socket.set_option(Tcp::socket::keep_alive(true), error);
    return error;
  }

  error_code Exchange(const http::request<http::string_body>& request, HttpReply* reply) {
    error_code error;
    http::write(socket, request, error);
    if (error) return error;
    http::response_parser<http::string_body> parser;
    parser.body_limit(kReplySizeMax);
    http::read(socket, buffer, parser, error);
    if (error) return error;
    reply->status = static_cast<int>(parser.get().result_int());
    reply->body = std::move(parser.get().body());
    if (!parser.keep_alive()) Disconnect();
    return error;
  }

  void Disconnect() {
    error_code ignored;
    socket.close(ignored);
    buffer.clear();
  }
};

HttpClient::HttpClient(std::string host, uint16_t port, std::string_view region)
    : impl_(std::make_unique<Impl>(std::move(host), port, region)) {}

HttpClient::~HttpClient() = default;

Result<HttpReply> HttpClient::Post(std::string_view amz_target, std::string_view body) {
  http::request<http::string_body> request(http::verb::post, "/", 11);
  request.set(http::field::host, impl_->host + ":" + std::to_string(impl_->port));
  request.set(http::field::content_type, "application/x-amz-json-1.0");
  request.set("X-Amz-Target", boost::beast::string_view(amz_target.data(), amz_target.size()));
  request.set("X-Amz-Date", "20261121T000000Z");
  request.set(http::field::authorization, impl_->authorization);
  request.body().assign(body);
  request.prepare_payload();

  const bool reused = impl_->socket.is_open();
  error_code error;
  HttpReply reply;
  if (reused) {
    error = impl_->Exchange(request, &reply);
    if (!error) return reply;
    impl_->Disconnect();  // it had been closed meanwhile: once more, on a new one
  }
  error = impl_->Connect();
  if (!error) error = impl_->Exchange(request, &reply);
  if (!error) return reply;
  impl_->Disconnect();
  return Status(ErrorCode::kUnavailable, error.message());
}

Result<Endpoint> ParseEndpoint(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  const auto invalid = [url] {
    return Status(ErrorCode::kInvalidParameterValue,
                  "'" + std::string(url) + "' is not of the form http://HOST:PORT");
  };
  if (url.substr(0, kScheme.size()) != kScheme) return invalid();
  std::string_view rest = url.substr(kScheme.size());
  while (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);
  Endpoint endpoint;
  const size_t colon = rest.rfind(':');
  const bool has_port = colon != rest.npos && rest.find(']', colon) == rest.npos;
  std::string_view host = has_port ? rest.substr(0, colon) : rest;
  if (has_port) {
    const std::string_view port = rest.substr(colon + 1);
    const auto parsed = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
    if (parsed.ec != std::errc() || parsed.ptr != port.data() + port.size()) return invalid();
  }
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  // A path, a query or a user would be left out silently, or taken for a part of the name.
  if (host.empty() || host.find_first_of(bracketed ? "/?#@[]" : "/?#@[]:") != host.npos) {
    return invalid();
  }
  endpoint.host = host;
  return endpoint;
}

}  // namespace millrace
