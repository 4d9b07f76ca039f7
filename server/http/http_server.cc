#include "server/http/http_server.h"

#include <atomic>
#include <boost/asio/ip/address.hpp>
#include <vector>

#include "server/http/io_thread.h"

namespace millrace {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Tcp = asio::ip::tcp;

// SO_REUSEPORT would let a second server of the same user share the port with a first one, and
// clients would see now one, now the other. A socket without it is refused when there is any other.
error_code CheckPortFree(const Tcp::endpoint& endpoint) {
  asio::io_context context;
  Tcp::acceptor probe(context);
  error_code error;
  probe.open(endpoint.protocol(), error);
  if (!error) probe.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) probe.bind(endpoint, error);
  if (!error) probe.listen(1, error);
  return error;
}

}  // namespace

struct HttpServer::Impl {
  HttpServerOptions options;
  std::atomic<size_t> connections{0};
  std::atomic<size_t> bytes_in_flight{0};
  std::vector<std::unique_ptr<IoThread>> threads;
  uint16_t port = 0;
  bool running = false;
};

HttpServer::HttpServer(HttpServerOptions options) : impl_(std::make_unique<Impl>()) {
  impl_->options = std::move(options);
  for (size_t i = 0; i < impl_->options.threads; ++i) {
    impl_->threads.push_back(std::make_unique<IoThread>(i, &impl_->options, &impl_->connections,
                                                        &impl_->bytes_in_flight));
  }
}

HttpServer::~HttpServer() {
  Stop();
}

Status HttpServer::Start(HttpHandler* handler) {
  const HttpServerOptions& options = impl_->options;
  const auto refused = [&options](std::string_view why) {
    return Status(ErrorCode::kUnavailable, "cannot listen on " + options.host + ":" +
                                               std::to_string(options.port) + ": " +
                                               std::string(why));
  };
  error_code error;
  const auto address = asio::ip::make_address(options.host, error);
  if (error) return refused("not an IP address");
  Tcp::endpoint endpoint(address, options.port);
  if (options.port != 0) error = CheckPortFree(endpoint);
  for (auto& thread : impl_->threads) {
    if (!error) error = thread->Bind(endpoint);
    if (error) return refused(error.message());
    endpoint = thread->local_endpoint();  // with the port that was picked
  }
  impl_->port = endpoint.port();
  for (auto& thread : impl_->threads) thread->Run(handler);
  impl_->running = true;
  return Status::Ok();
}

void HttpServer::Stop() {
  if (!impl_->running) return;
  impl_->running = false;
  for (auto& thread : impl_->threads) thread->BeginStop();
  for (auto& thread : impl_->threads) thread->Join();
}

size_t HttpServer::thread_count() const {
  return impl_->threads.size();
}
uint16_t HttpServer::port() const {
  return impl_->port;
}
IoExecutor* HttpServer::io_thread(size_t index) const {
  return impl_->threads[index].get();
}

}  // namespace millrace
