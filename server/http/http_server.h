#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/base/status.h"
#include "server/http/exchange.h"

namespace millrace {

struct HttpServerOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 8000;  // 0: any free one
  size_t threads = 1;
  size_t connections_max = 16 * 1024;       // one more is answered 503 and closed
  size_t head_size_max = 32 * 1024;         // bytes of request line and header fields
  size_t body_size_max = 16 * 1024 * 1024;  // bytes; DynamoDB's limit of a request
  // Bytes of all bodies and unsent replies of more than 16 KB; beyond, requests are turned away
  // (HttpHandler::Busy).
  size_t bytes_in_flight_max = 256 * 1024 * 1024;
  std::chrono::seconds idle_timeout{120};  // between requests
  // For a request's head as a whole; for a body or a reply, without a byte in or out.
  std::chrono::seconds progress_timeout{30};
  // Bytes a second, on average, once the progress timeout has passed: what a body or a reply must
  // make at least. A client that takes a byte now and then is no client.
  size_t transfer_rate_min = 16 * 1024;
  std::chrono::seconds drain_timeout{10};  // for requests in flight when stopping
};

// HTTP/1.1 with keep-alive and pipelining. Every thread has its own event loop, its own listening
// socket on the shared port (SO_REUSEPORT) and its own connections: nothing is shared between them.
// A connection's requests are answered one after the other, in order; while one is being answered
// nothing is read, so that a client that sends ahead is held back by TCP. A connection that has
// been idle for a few seconds has no buffers.
//
// Lives as long as anyone may still call Exchange::Send or IoExecutor::Post: construct it first,
// destroy it last.
class HttpServer {
 public:
  explicit HttpServer(HttpServerOptions options);
  ~HttpServer();

  // Binds and starts the threads. The handler outlives Stop. Error: kUnavailable, with the reason
  // (the address is in use, not one of this machine's, ...).
  Status Start(HttpHandler* handler);
  // Accepts no more, lets requests in flight finish (at most the drain timeout), closes everything
  // and ends the threads. Idempotent.
  void Stop();

  size_t thread_count() const;
  // After Start: the port listened on.
  uint16_t port() const;
  IoExecutor* io_thread(size_t index) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace
