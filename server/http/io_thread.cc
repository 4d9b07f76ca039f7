#include "server/http/io_thread.h"

#include <malloc.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <chrono>
#include <memory>
#include <utility>

#include "engine/base/clock.h"
#include "server/http/response_head.h"

namespace millrace {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

constexpr int kBacklog = 4096;  // the kernel caps it at net.core.somaxconn
constexpr std::chrono::milliseconds kAcceptRetry{100};
// At once, a thread: a flood of them must not do what a flood of connections may not.
constexpr size_t kRefusedMax = 64;
constexpr size_t kTrimSize = 4 * 1024 * 1024;

// A client whose machine vanished is noticed while it is idle, too. The sockets that are accepted
// have these from the one that listens.
using KeepIdle = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPIDLE>;
using KeepInterval = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPINTVL>;
using KeepCount = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPCNT>;
constexpr int kKeepIdleSeconds = 60;
constexpr int kKeepIntervalSeconds = 10;
constexpr int kKeepCount = 3;

int64_t SteadySeconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::string DateNow() {
  return HttpDate(SystemClock().WallMicros() / 1'000'000);
}

}  // namespace

IoThread::IoThread(size_t index, const HttpServerOptions* options, std::atomic<size_t>* connections,
                   std::atomic<size_t>* bytes_in_flight)
    : index_(index),
      options_(options),
      connection_count_(connections),
      bytes_in_flight_(bytes_in_flight) {}

IoThread::~IoThread() {
  // Exchanges that nobody will answer any more hold on to themselves.
  while (!connections_.empty()) connections_.front().Abandon();
}

error_code IoThread::Bind(const Tcp::endpoint& endpoint) {
  error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.set_option(ReusePort(true), error);
  if (!error) acceptor_.set_option(asio::socket_base::keep_alive(true), error);
  if (!error) acceptor_.set_option(KeepIdle(kKeepIdleSeconds), error);
  if (!error) acceptor_.set_option(KeepInterval(kKeepIntervalSeconds), error);
  if (!error) acceptor_.set_option(KeepCount(kKeepCount), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(kBacklog, error);
  return error;
}

IoThread::Tcp::endpoint IoThread::local_endpoint() const {
  error_code ignored;
  return acceptor_.local_endpoint(ignored);
}

void IoThread::Run(HttpHandler* handler) {
  handler_ = handler;
  thread_ = std::thread([this] {
    thread_id_ = std::this_thread::get_id();
    Tick();
    Accept();
    context_.run();
  });
}

void IoThread::BeginStop() {
  asio::post(context_, [this] { Drain(); });
}

void IoThread::Join() {
  if (thread_.joinable()) thread_.join();
}

void IoThread::Post(std::function<void()> task) {
  asio::post(context_, std::move(task));
}

void IoThread::PostAfter(std::chrono::milliseconds delay, std::function<void()> task) {
  Post([this, delay, task = std::move(task)] {
    const auto timer = std::make_shared<asio::steady_timer>(context_, delay);
    timer->async_wait([timer, task](const error_code& error) {
      if (!error) task();
    });
  });
}

void IoThread::Accept() {
  acceptor_.async_accept([this](const error_code& error, Tcp::socket socket) {
    OnAccepted(error, std::move(socket));
  });
}

void IoThread::OnAccepted(const error_code& error, Tcp::socket socket) {
  if (draining_ || error == asio::error::operation_aborted) return;
  if (error) return RetryAccept();  // out of descriptors: some will be given back
  error_code ignored;
  socket.set_option(Tcp::no_delay(true), ignored);
  socket.non_blocking(true, ignored);
  if (connection_count_->fetch_add(1) >= options_->connections_max) {
    connection_count_->fetch_sub(1);
    Refuse(std::move(socket));
  } else {
    const Connection::Ptr connection = new Connection(this, std::move(socket), true);
    connections_.push_back(*connection);
    connection->Start();
  }
  Accept();
}

void IoThread::Refuse(Tcp::socket socket) {
  if (refused_count_ >= kRefusedMax) return;  // closed without a word
  ++refused_count_;
  const Connection::Ptr connection = new Connection(this, std::move(socket), false);
  connections_.push_back(*connection);
  connection->Refuse();
}

void IoThread::RetryAccept() {
  accept_timer_.expires_after(kAcceptRetry);
  accept_timer_.async_wait([this](const error_code& error) {
    if (!error && !draining_) Accept();
  });
}

void IoThread::Tick() {
  now_ = SteadySeconds();
  date_ = DateNow();
  for (auto it = connections_.begin(); it != connections_.end();) {
    Connection& connection = *it++;  // which may close and unlink itself
    connection.CheckDeadline(now_);
    if (now_ >= drain_deadline_) connection.Close();
  }
  if (draining_ && (connections_.empty() || now_ >= drain_deadline_)) return context_.stop();
  // The allocator keeps what is freed in small pieces; after a crowd has left that is a lot.
  if (parked_bytes_ >= kTrimSize) {
    parked_bytes_ = 0;
    malloc_trim(0);
  }
  tick_timer_.expires_after(std::chrono::seconds(1));
  tick_timer_.async_wait([this](const error_code& error) {
    if (!error) Tick();
  });
}

void IoThread::Drain() {
  draining_ = true;
  drain_deadline_ = SteadySeconds() + options_->drain_timeout.count();
  error_code ignored;
  acceptor_.close(ignored);
  accept_timer_.cancel();
  for (auto it = connections_.begin(); it != connections_.end();) (it++)->Drain();
  if (connections_.empty()) context_.stop();
}

void IoThread::OnSocketClosed(bool admitted) {
  if (admitted) {
    connection_count_->fetch_sub(1);
  } else {
    --refused_count_;
  }
}

void IoThread::OnGone() {
  if (draining_ && connections_.empty()) context_.stop();
}

}  // namespace millrace
