#include "server/native/native_server.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/throttled.h"
#include "sdk/native_endpoint.h"
#include "sdk/native_frames.h"
#include "server/native/native_connection.h"
#include "server/native/native_inbox.h"
#include "server/native/native_service.h"
#include "server/protocol/log.h"
#include "server/protocol/worker_pool.h"

namespace millrace {
namespace {

constexpr uint32_t kInFlightMax = 1024;                // requests of a connection under way
constexpr size_t kUnsentMax = 1024 * 1024;             // bytes; see the header
constexpr size_t kWeightMax = 64;                      // of a connection; a unit is 1.2 MB
constexpr size_t kTotalWeightMax = 256;                // of all
constexpr size_t kTotalInputMax = size_t{256} << 20;   // bytes
constexpr size_t kTotalOutputMax = size_t{512} << 20;  // bytes
constexpr size_t kFlushSize = 16 * 1024;               // bytes: a client works while we go on
constexpr int64_t kGreetingNanos = 10'000'000'000;     // to introduce itself
constexpr int64_t kStopNanos = 10'000'000'000;         // to answer what is under way
constexpr int kTickMillis = 1000;
constexpr int kEventsMax = 64;
constexpr uint64_t kListenerTag = 0;
constexpr uint64_t kInboxTag = 1;
constexpr uint64_t kFirstConnection = 2;

// Replies made on the pool.
class PoolReplies final : public NativeReplies {
 public:
  explicit PoolReplies(NativeInbox* inbox) : inbox_(inbox) {}
  void Send(const NativeCaller& caller, native::ReplyBody body) override {
    native::FrameEncoder encoder;
    const std::string_view envelope =
        encoder.Encode(native::Reply{caller.request, std::move(body)});
    NativeInbox::PoolReply reply{caller.connection, caller.weight, {}};
    ZmtpPeer::AppendHeader(envelope.size(), &reply.message);
    reply.message.append(envelope);
    inbox_->Post(std::move(reply));
  }

 private:
  NativeInbox* inbox_;
};

}  // namespace

// Everything but Stop and the inbox on the loop's thread.
class NativeServer::Loop final : public NativeReplies {
 public:
  Loop(NativeServerOptions options, NativeEndpoint endpoint)
      : options_(std::move(options)), endpoint_(std::move(endpoint)), text_(endpoint_.ToString()) {}
  ~Loop() override {
    if (epoll_ >= 0) close(epoll_);
    if (listener_ >= 0) close(listener_);
  }

  Status Start(const Services& services) {
    ASSIGN_OR_RETURN(listener_, ListenOn(&endpoint_));
    text_ = endpoint_.ToString();
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_ < 0) return Status(ErrorCode::kUnavailable, "epoll cannot be had");
    Watch(EPOLL_CTL_ADD, listener_, EPOLLIN, kListenerTag);
    Watch(EPOLL_CTL_ADD, inbox_.fd(), EPOLLIN, kInboxTag);
    services_ = &services;
    service_ = std::make_unique<NativeService>(services, &inbox_, this);
    pool_ = std::make_unique<WorkerPool>(options_.pool_threads, options_.pool_queue_max);
    thread_ = std::thread([this] { Run(); });
    return Status::Ok();
  }

  void Stop() {
    if (!thread_.joinable()) return;
    stopping_ = true;
    inbox_.Wake();
    thread_.join();
    pool_->Stop();
    if (!endpoint_.path.empty()) unlink(endpoint_.path.c_str());
  }

  const std::string& endpoint() const { return text_; }

 private:
  void Run();
  void OnTick();
  void Accept();
  void OnInbox();
  void OnSocket(NativeConnection* connection, uint32_t events);
  // Deals with what was read, as far as the limits let it, and sends. The connection may be gone
  // afterwards.
  void Process(NativeConnection* connection);
  bool Dispatch(NativeConnection* connection, std::string_view message);
  bool Greet(NativeConnection* connection, const native::Request& request);
  void SubmitToPool(const NativeCaller& caller, std::string_view message);
  void Send(const NativeCaller& caller, native::ReplyBody body) override;
  NativeConnection* Answered(uint64_t connection, size_t weight);
  void Refuse(NativeConnection* connection, const Status& why);

  bool MayProcess(const NativeConnection& connection) const {
    return !connection.finished && connection.in_flight < kInFlightMax &&
           connection.unsent() < kUnsentMax && connection.weight < kWeightMax &&
           total_weight_ < kTotalWeightMax;
  }
  // Settles after something changed: sends, counts, watches what matters now.
  void Settle(NativeConnection* connection);
  void Close(NativeConnection* connection);
  void Watch(int operation, int fd, uint32_t events, uint64_t tag) const {
    epoll_event event{};
    event.events = events;
    event.data.u64 = tag;
    epoll_ctl(epoll_, operation, fd, &event);
  }
  int64_t Now() const { return services_->clock->MonotonicNanos(); }

  const NativeServerOptions options_;
  NativeEndpoint endpoint_;
  std::string text_;
  const Services* services_ = nullptr;
  int listener_ = -1;
  int epoll_ = -1;
  NativeInbox inbox_;
  std::unique_ptr<NativeService> service_;
  std::unique_ptr<WorkerPool> pool_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;

  std::unordered_map<uint64_t, std::unique_ptr<NativeConnection>> connections_;
  uint64_t last_connection_ = kFirstConnection;
  native::FrameDecoder decoder_;
  native::FrameEncoder encoder_;
  // Got replies from the inbox, or wait for others to need less.
  std::unordered_set<uint64_t> touched_;
  std::unordered_set<uint64_t> waiting_;
  size_t under_way_ = 0;
  size_t total_weight_ = 0;
  size_t total_input_ = 0;
  size_t total_output_ = 0;
  int64_t last_tick_ = 0;
  bool accepting_ = true;
};

void NativeServer::Loop::Run() {
  epoll_event events[kEventsMax];
  int64_t stop_by = 0;
  while (true) {
    const int count = epoll_wait(epoll_, events, kEventsMax, kTickMillis);
    for (int i = 0; i < count; ++i) {
      const uint64_t tag = events[i].data.u64;
      if (tag == kListenerTag) {
        Accept();
      } else if (tag == kInboxTag) {
        OnInbox();
      } else if (const auto found = connections_.find(tag); found != connections_.end()) {
        OnSocket(found->second.get(), events[i].events);
      }
    }
    const int64_t now = Now();
    if (now - last_tick_ > kTickMillis * int64_t{1'000'000}) {
      last_tick_ = now;
      OnTick();
    }
    if (!stopping_) continue;
    if (stop_by == 0) {
      stop_by = now + kStopNanos;
      Watch(EPOLL_CTL_DEL, listener_, 0, 0);
      std::vector<NativeConnection*> all;
      for (const auto& [id, connection] : connections_) all.push_back(connection.get());
      for (NativeConnection* connection : all) Settle(connection);
    }
    if ((under_way_ == 0 && total_output_ == 0) || now > stop_by) break;
  }
  connections_.clear();
}

void NativeServer::Loop::OnTick() {
  if (!accepting_) {
    accepting_ = true;
    Watch(EPOLL_CTL_MOD, listener_, EPOLLIN, kListenerTag);
  }
  std::vector<NativeConnection*> silent;
  for (const auto& [id, connection] : connections_) {
    if (!connection->greeted && Now() - connection->opened_nanos() > kGreetingNanos) {
      silent.push_back(connection.get());
    }
  }
  for (NativeConnection* connection : silent) Close(connection);
}

void NativeServer::Loop::Accept() {
  while (true) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno == EAGAIN) return;
      // No descriptor to be had: ask again at the next tick, not at once for ever.
      accepting_ = false;
      return Watch(EPOLL_CTL_MOD, listener_, 0, kListenerTag);
    }
    if (connections_.size() >= options_.connections_max) {
      close(fd);
      continue;
    }
    const uint64_t id = last_connection_++;
    auto connection = std::make_unique<NativeConnection>(id, fd, Now());
    connection->interest = EPOLLIN;
    Watch(EPOLL_CTL_ADD, fd, EPOLLIN, id);
    NativeConnection* const opened = connection.get();
    connections_.emplace(id, std::move(connection));
    Settle(opened);
  }
}

void NativeServer::Loop::OnInbox() {
  NativeInbox::Content content = inbox_.Take();
  for (CompletionQueue::Completion& completion : content.completions) {
    completion.callback(std::move(completion.result));
  }
  for (NativeInbox::PoolReply& reply : content.replies) {
    if (NativeConnection* connection = Answered(reply.connection, reply.weight)) {
      connection->AppendBytes(reply.message);
    }
  }
  if (total_weight_ < kTotalWeightMax) {
    touched_.merge(waiting_);
    waiting_.clear();
  }
  const std::unordered_set<uint64_t> touched = std::exchange(touched_, {});
  for (const uint64_t id : touched) {
    const auto found = connections_.find(id);
    if (found != connections_.end()) Process(found->second.get());
  }
}

void NativeServer::Loop::OnSocket(NativeConnection* connection, uint32_t events) {
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
    // Someone who has gone is noticed also while nothing is read from him.
    if ((connection->interest & EPOLLIN) == 0 || !connection->Read()) return Close(connection);
  }
  Process(connection);
}

void NativeServer::Loop::Process(NativeConnection* connection) {
  while (!stopping_ && MayProcess(*connection)) {
    std::string_view message;
    const Result<bool> taken = connection->NextMessage(&message);
    if (!taken.ok()) return Close(connection);
    if (!*taken) break;
    if (!Dispatch(connection, message)) break;
    if (connection->unsent() > kFlushSize && !connection->Flush()) return Close(connection);
  }
  Settle(connection);
}

// False: nothing more is read from it.
bool NativeServer::Loop::Dispatch(NativeConnection* connection, std::string_view message) {
  const Result<native::Request> request = decoder_.DecodeRequest(message);
  if (!request.ok()) {
    Refuse(connection, request.status());
    return false;
  }
  if (!connection->greeted) return Greet(connection, *request);
  NativeCaller caller{connection->id(), request->id, NativeService::WeightOf(*request),
                      connection->principal};
  const bool pool = NativeService::RunsOnPool(*request);
  ++connection->in_flight;
  ++under_way_;
  const auto weigh = [&](size_t weight) {
    connection->weight += weight;
    total_weight_ += weight;
  };
  weigh(caller.weight);
  if (pool || !service_->Run(caller, *request, false, this)) {
    if (caller.weight == 0) weigh(caller.weight = 1);
    SubmitToPool(caller, message);
  }
  return true;
}

bool NativeServer::Loop::Greet(NativeConnection* connection, const native::Request& request) {
  const auto* hello = std::get_if<native::Hello>(&request.body);
  if (hello == nullptr) {
    Refuse(connection, Status::Validation("the first request is Hello"));
    return false;
  }
  if (hello->protocol_version != native::kProtocolVersion) {
    Refuse(connection, Status::Validation("this server speaks version " +
                                          std::to_string(native::kProtocolVersion) +
                                          " of the native protocol, not version " +
                                          std::to_string(hello->protocol_version)));
    return false;
  }
  connection->greeted = true;
  connection->principal = hello->principal;
  const native::Welcome welcome{native::kProtocolVersion, options_.version, kInFlightMax};
  connection->Append(encoder_.Encode(native::Reply{request.id, welcome}));
  return true;
}

// Says why, and closes once that is sent.
void NativeServer::Loop::Refuse(NativeConnection* connection, const Status& why) {
  const native::Failure failure{InfoOf(why.code()).name, why.message(), {}};
  connection->Append(encoder_.Encode(native::Reply{0, failure}));
  connection->finished = true;
}

void NativeServer::Loop::SubmitToPool(const NativeCaller& caller, std::string_view message) {
  const int64_t received = Now();
  const bool taken =
      pool_->Submit([this, caller, received, bytes = std::string(message)](WorkerContext*) {
        PoolReplies replies(&inbox_);
        native::FrameDecoder decoder;
        const Result<native::Request> request = decoder.DecodeRequest(bytes);
        MILLRACE_CHECK(request.ok(), "it was decoded before");
        const int64_t waited = Now() - received;
        if (request->timeout_millis > 0 && waited > request->timeout_millis * int64_t{1'000'000}) {
          return NativeService::Fail(caller, Throttled(), &replies);
        }
        service_->Run(caller, *request, true, &replies);
      });
  if (taken) return;
  NativeService::Fail(caller, Throttled(), this);
}

void NativeServer::Loop::Send(const NativeCaller& caller, native::ReplyBody body) {
  if (NativeConnection* connection = Answered(caller.connection, caller.weight)) {
    connection->Append(encoder_.Encode(native::Reply{caller.request, std::move(body)}));
  }
}

NativeConnection* NativeServer::Loop::Answered(uint64_t id, size_t weight) {
  --under_way_;
  total_weight_ -= weight;
  const auto found = connections_.find(id);
  if (found == connections_.end()) return nullptr;
  NativeConnection* const connection = found->second.get();
  --connection->in_flight;
  connection->weight -= weight;
  touched_.insert(id);
  return connection;
}

void NativeServer::Loop::Settle(NativeConnection* connection) {
  touched_.erase(connection->id());
  if (!connection->Flush()) return Close(connection);
  total_input_ += connection->input_capacity() - connection->counted_input;
  connection->counted_input = connection->input_capacity();
  total_output_ += connection->unsent() - connection->counted_output;
  connection->counted_output = connection->unsent();
  if (total_input_ > kTotalInputMax || total_output_ > kTotalOutputMax) return Close(connection);
  if (connection->finished && connection->unsent() == 0) return Close(connection);
  const bool may = !stopping_ && MayProcess(*connection);
  if (!may && total_weight_ >= kTotalWeightMax) waiting_.insert(connection->id());
  const uint32_t interest = (may ? EPOLLIN : 0u) | (connection->unsent() > 0 ? EPOLLOUT : 0u);
  if (interest == connection->interest) return;
  connection->interest = interest;
  Watch(EPOLL_CTL_MOD, connection->fd(), interest, connection->id());
}

void NativeServer::Loop::Close(NativeConnection* connection) {
  total_input_ -= connection->counted_input;
  total_output_ -= connection->counted_output;
  touched_.erase(connection->id());
  waiting_.erase(connection->id());
  connections_.erase(connection->id());
}

NativeServer::NativeServer() = default;

NativeServer::~NativeServer() {
  Stop();
}

Status NativeServer::Start(const Services& services, NativeServerOptions options) {
  ASSIGN_OR_RETURN(NativeEndpoint endpoint, ParseNativeEndpoint(options.endpoint));
  auto loop = std::make_unique<Loop>(std::move(options), std::move(endpoint));
  RETURN_IF_ERROR(loop->Start(services));
  loop_ = std::move(loop);
  return Status::Ok();
}

std::string NativeServer::endpoint() const {
  return loop_ == nullptr ? std::string() : loop_->endpoint();
}

void NativeServer::Stop() {
  if (loop_ != nullptr) loop_->Stop();
}

}  // namespace millrace
