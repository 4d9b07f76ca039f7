#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "server/http/connection.h"
#include "server/http/exchange.h"
#include "server/http/http_server.h"
#include "server/http/request_id.h"

namespace millrace {

// One thread of the server: event loop, listening socket, connections. Private to this folder.
class IoThread final : public IoExecutor {
 public:
  using Tcp = boost::asio::ip::tcp;

  // Counts over all threads: connections, and bytes in flight. All outlive it.
  IoThread(size_t index, const HttpServerOptions* options, std::atomic<size_t>* connections,
           std::atomic<size_t>* bytes_in_flight);
  ~IoThread() override;

  // Listens. Before Run.
  boost::system::error_code Bind(const Tcp::endpoint& endpoint);
  Tcp::endpoint local_endpoint() const;
  void Run(HttpHandler* handler);
  // From another thread: accept no more, drain, end the loop.
  void BeginStop();
  void Join();

  void Post(std::function<void()> task) override;
  void PostAfter(std::chrono::milliseconds delay, std::function<void()> task) override;
  size_t index() const override { return index_; }

  // For connections, on this thread.
  bool RunsHere() const { return std::this_thread::get_id() == thread_id_; }
  const HttpServerOptions& options() const { return *options_; }
  HttpHandler* handler() const { return handler_; }
  std::atomic<size_t>* bytes_in_flight() { return bytes_in_flight_; }
  bool draining() const { return draining_; }
  RequestIdGenerator* request_ids() { return &request_ids_; }
  const std::string& date() const { return date_; }
  int64_t now() const { return now_; }  // seconds, of a clock that only goes on
  boost::asio::io_context& context() { return context_; }
  void OnSocketClosed(bool admitted);  // `admitted`: one fewer of the server's connections
  void OnGone();                       // unlinked: nothing of it is under way any more
  void OnParked(size_t bytes) { parked_bytes_ += bytes; }  // that an idle connection gave back

 private:
  void Accept();
  void OnAccepted(const boost::system::error_code& error, Tcp::socket socket);
  void RetryAccept();
  void Refuse(Tcp::socket socket);
  void Tick();
  void Drain();

  const size_t index_;
  const HttpServerOptions* options_;
  std::atomic<size_t>* connection_count_;
  std::atomic<size_t>* bytes_in_flight_;
  HttpHandler* handler_ = nullptr;
  boost::asio::io_context context_{1};
  Tcp::acceptor acceptor_{context_};
  boost::asio::steady_timer tick_timer_{context_};
  boost::asio::steady_timer accept_timer_{context_};
  boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>> connections_;
  RequestIdGenerator request_ids_;
  std::string date_;
  int64_t now_ = 0;
  size_t refused_count_ = 0;  // connections being told that there are too many
  size_t parked_bytes_ = 0;   // since the last time that free memory went back to the system
  int64_t drain_deadline_ = INT64_MAX;
  bool draining_ = false;
  std::thread thread_;
  std::thread::id thread_id_;
};

}  // namespace millrace
