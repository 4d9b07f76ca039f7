#include "sdk/server_link.h"

#include <algorithm>
#include <zmq.hpp>

namespace millrace {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr char kMonitorAddress[] = "inproc://millrace-monitor";
// Every way in which a connection that is not to be made again ends. (A connect that fails retries,
// unless ZMQ_RECONNECT_IVL forbids it: then it is closed.)
constexpr int kEndEvents = ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED | ZMQ_EVENT_CONNECT_RETRIED |
                           ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
constexpr milliseconds kForever{-1};

Status Unavailable(std::string_view what) {
  return Status(ErrorCode::kUnavailable, std::string(what));
}

// Rounded up, so that a wait doesn't end a moment early and spin.
milliseconds Until(std::optional<steady_clock::time_point> deadline) {
  if (!deadline) return kForever;
  return std::max(std::chrono::ceil<milliseconds>(*deadline - steady_clock::now()),
                  milliseconds(0));
}

}  // namespace

struct ServerLink::Message::Parts {
  zmq::message_t envelope;
  zmq::message_t payload;
  bool has_payload = false;
};

ServerLink::Message::Message() : parts_(std::make_unique<Parts>()) {}
ServerLink::Message::~Message() = default;
std::string_view ServerLink::Message::envelope() const {
  return parts_->envelope.to_string_view();
}
std::string_view ServerLink::Message::payload() const {
  return parts_->payload.to_string_view();
}
bool ServerLink::Message::has_payload() const {
  return parts_->has_payload;
}

struct ServerLink::Sockets {
  zmq::context_t context{1};
  zmq::socket_t dealer{context, zmq::socket_type::dealer};
  zmq::socket_t monitor{context, zmq::socket_type::pair};
};

ServerLink::ServerLink(std::unique_ptr<Sockets> sockets) : sockets_(std::move(sockets)) {}
ServerLink::~ServerLink() = default;

Result<std::unique_ptr<ServerLink>> ServerLink::Connect(const std::string& socket_path) try {
  auto sockets = std::make_unique<Sockets>();
  sockets->dealer.set(zmq::sockopt::linger, 0);
  sockets->dealer.set(zmq::sockopt::reconnect_ivl, -1);
  sockets->dealer.set(zmq::sockopt::sndhwm, 0);
  sockets->dealer.set(zmq::sockopt::rcvhwm, 0);
  sockets->monitor.set(zmq::sockopt::linger, 0);
  if (zmq_socket_monitor(sockets->dealer.handle(), kMonitorAddress, kEndEvents) != 0) {
    return Unavailable(zmq_strerror(zmq_errno()));
  }
  sockets->monitor.connect(kMonitorAddress);
  sockets->dealer.connect("ipc://" + socket_path);
  return std::unique_ptr<ServerLink>(new ServerLink(std::move(sockets)));
} catch (const zmq::error_t& error) {
  return Unavailable("cannot connect to " + socket_path + ": " + error.what());
}

Status ServerLink::Send(std::string_view envelope) try {
  sockets_->dealer.send(zmq::buffer(envelope.data(), envelope.size()), zmq::send_flags::none);
  return Status::Ok();
} catch (const zmq::error_t& error) {
  return Unavailable(error.what());
}

Result<bool> ServerLink::Receive(std::optional<steady_clock::time_point> deadline,
                                 Message* message) try {
  zmq::pollitem_t items[] = {{sockets_->dealer.handle(), 0, ZMQ_POLLIN, 0},
                             {sockets_->monitor.handle(), 0, ZMQ_POLLIN, 0}};
  while (true) {
    bool taken = false;
    RETURN_IF_ERROR(TakeMessage(message, &taken));
    if (taken) return true;
    if (zmq::poll(items, 2, Until(deadline)) == 0) return false;
    if ((items[0].revents & ZMQ_POLLIN) == 0) return Unavailable("the server has gone");
  }
} catch (const zmq::error_t& error) {
  if (error.num() == EINTR) return Receive(deadline, message);
  return Unavailable(error.what());
}

Status ServerLink::TakeMessage(Message* message, bool* taken) {
  Message::Parts& parts = *message->parts_;
  if (!sockets_->dealer.recv(parts.envelope, zmq::recv_flags::dontwait)) return Status::Ok();
  *taken = true;
  parts.has_payload = parts.envelope.more();
  if (!parts.has_payload) {
    parts.payload.rebuild();
    return Status::Ok();
  }
  (void)sockets_->dealer.recv(parts.payload, zmq::recv_flags::none);
  if (!parts.payload.more()) return Status::Ok();
  return Status::Validation("a message of more than two parts");
}

}  // namespace millrace
