#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/status.h"

// ZMTP 3.1, the wire protocol of ZeroMQ, as one end of one connection speaks it: the mechanism NULL
// and messages of one part. Bytes in, events out: no socket, no clock.
//
// Why not libzmq, whose peers these are: it counts whole messages, so a peer that never ends a
// multi-part message makes it buffer without bound; it doesn't tell when a peer has gone or what
// was not sent yet; and its own threads cost four of the six hand-overs of a round trip. Source:
// ZeroMQ RFC 37/ZMTP 3.1.
namespace millrace {

class ZmtpPeer {
 public:
  // What this end is: a server's end speaks as a ROUTER and talks to DEALERs, a client's the other
  // way round.
  enum class Role : uint8_t { kRouter, kDealer };

  ZmtpPeer(Role role, size_t message_size_max) : role_(role), message_size_max_(message_size_max) {}

  // What is sent as soon as the connection stands: greeting and READY.
  void Start(std::string* out) const;

  enum class Event : uint8_t {
    kNeedMore,  // nothing whole is left in `in`
    kMessage,
  };
  // Takes the next message from the front of `in`: `message` is its body, in place. Commands are
  // answered on the way, into `out`. An error (kValidation) is the end of the connection: what
  // isn't ZMTP, another socket type, a message of several parts, one that is too long (found out
  // from its header, before it is there).
  Result<Event> Next(std::string_view* in, std::string_view* message, std::string* out);

  // Both ends have introduced themselves.
  bool ready() const { return state_ == State::kReady; }

  // The header of a message of one part; its body follows.
  static void AppendHeader(size_t body_size, std::string* out);

 private:
  enum class State : uint8_t { kGreeting, kHandshake, kReady };

  Result<bool> TakeGreeting(std::string_view* in);
  Status OnCommand(std::string_view body, std::string* out);
  Status OnReady(std::string_view properties) const;

  Role role_;
  size_t message_size_max_;
  State state_ = State::kGreeting;
};

}  // namespace millrace
