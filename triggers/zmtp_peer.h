#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

// The server's side of ZMTP 3.0, the protocol of ZeroMQ's sockets (https://rfc.zeromq.org/spec/23),
// over one stream of bytes: a DEALER that takes messages of one part. Pure: no socket.
//
// ZeroMQ's own sockets count whole messages, so a peer that sends parts without end makes them keep
// all of it. Here a message is known to be too long, or of several parts, from its header: what is
// held is bounded by `message_max` and one read.
//
// The other side is not trusted: anything else than a greeting, READY and single-part messages is
// kMalformed, for good.
class ZmtpPeer {
 public:
  explicit ZmtpPeer(size_t message_max) : message_max_(message_max) {}

  // What to send when the stream opens.
  static std::string Greeting();
  // A part's header.
  static void AppendHeader(size_t size, bool more, std::string* out);

  // Bytes that came, in order.
  void Append(std::string_view bytes);
  // What Append brought: call until kNothing. kMessage: `message` is one. kReply: `message` is to
  // be sent to the peer. kMalformed: end it; `message` says why.
  enum class Event : uint8_t { kNothing, kMessage, kReply, kMalformed };
  Event Next(std::string* message);
  size_t held() const { return buffer_.size() - read_; }

 private:
  enum class State : uint8_t { kGreeting, kReady, kOpen, kBroken };
  struct Header {
    uint8_t flags = 0;
    uint64_t size = 0;  // of the body
    size_t length = 0;  // of the header itself
  };
  std::optional<Header> PeekHeader() const;
  Event TakeGreeting(std::string* message);
  Event TakeFrame(std::string* message);
  Event Break(std::string* message, std::string_view why);
  std::string_view unread() const { return std::string_view(buffer_).substr(read_); }
  void Consume(size_t size);

  const size_t message_max_;
  State state_ = State::kGreeting;
  std::string buffer_;
  size_t read_ = 0;  // of buffer_
};

}  // namespace millrace
