#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/status.h"

// ZMTP 3.1, the wire protocol of ZeroMQ, as one end of one connection speaks it: the mechanism NULL
// and messages of a bounded number of parts. Bytes in, events out: no socket, no clock.
//
// Why not libzmq, whose peers these may be: it counts whole messages, so a peer that never ends a
// multi-part message makes it buffer without bound; it doesn't tell when a peer has gone or what
// was not sent yet; and its own threads cost four of the six hand-overs of a round trip. Source:
// ZeroMQ RFC 37/ZMTP 3.1.
namespace millrace {

class ZmtpPeer {
 public:
  enum class Role : uint8_t {
    kRouter,   // a native server's end, with DEALERs
    kDealer,   // a native client's, with ROUTERs
    kDealers,  // a DEALER with a DEALER: a handler and its server
  };

  // `message_size_max`: bytes of all parts of a message.
  ZmtpPeer(Role role, size_t message_size_max, int parts_max = 1)
      : role_(role), message_size_max_(message_size_max), parts_max_(parts_max) {}

  // What is sent as soon as the connection stands: greeting and READY.
  void Start(std::string* out) const;

  enum class Event : uint8_t {
    kNeedMore,  // nothing whole is left in `in`
    kPart,      // of a message; more of it follow
    kMessage,   // its only or last part
  };
  // Takes the next part from the front of `in`: `part` is its body, in place. Commands are answered
  // on the way, into `out`. An error (kValidation) is the end of the connection: what isn't ZMTP,
  // another socket type, a message of more parts or bytes than may be (found out from a header,
  // before what it announces is there).
  Result<Event> Next(std::string_view* in, std::string_view* part, std::string* out);
  // After kNeedMore: the bytes that the frame begun in `in` still lacks, as far as is known.
  size_t missing() const { return missing_; }

  // Both ends have introduced themselves.
  bool ready() const { return state_ == State::kReady; }

  // The header of a part; its body follows. `more`: it isn't the last one of the message.
  static void AppendHeader(size_t body_size, std::string* out, bool more = false);
  static constexpr size_t kHeaderSizeMax = 9;

 private:
  enum class State : uint8_t { kGreeting, kHandshake, kReady };

  Result<bool> TakeGreeting(std::string_view* in);
  Status CheckFrame(bool command, bool more, uint64_t size) const;
  Status OnCommand(std::string_view body, std::string* out);
  Status OnReady(std::string_view properties) const;

  Role role_;
  size_t message_size_max_;
  int parts_max_;
  State state_ = State::kGreeting;
  int parts_ = 0;          // of the message under way, that were taken
  size_t parts_size_ = 0;  // their bytes
  size_t missing_ = 0;
};

}  // namespace millrace
