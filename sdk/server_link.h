#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "sdk/byte_queue.h"
#include "sdk/zmtp.h"

namespace millrace {

// The handler's end of the conversation with the server: a DEALER of ZeroMQ's protocol on a Unix
// socket, which is read and written on the thread that calls. One thread.
class ServerLink {
 public:
  // A received message; views are valid until the next Receive into the same object.
  class Message {
   public:
    std::string_view envelope() const { return envelope_; }
    std::string_view payload() const { return payload_; }  // empty without a second part
    bool has_payload() const { return has_payload_; }

   private:
    friend class ServerLink;
    std::string envelope_;
    bool has_payload_ = false;
    std::string_view payload_;
    ByteQueue bytes_;  // where the payload is: as it was received, not copied
  };

  // The server must be listening at `socket_path` already. Error: kUnavailable.
  static Result<std::unique_ptr<ServerLink>> Connect(const std::string& socket_path);
  ~ServerLink();
  ServerLink(const ServerLink&) = delete;
  ServerLink& operator=(const ServerLink&) = delete;

  // Waits until the socket has taken it; what is sent before the server has introduced itself goes
  // with the next Receive. Error: kUnavailable when the server has gone.
  Status Send(std::string_view envelope);
  // Waits for a message; for ever without a deadline. False: the deadline has passed. Errors:
  // kUnavailable when the server has gone, kValidation for what is not the protocol.
  using Deadline = std::optional<std::chrono::steady_clock::time_point>;
  Result<bool> Receive(Deadline deadline, Message* message);

 private:
  explicit ServerLink(int fd);
  Result<bool> TakeMessage(Message* message);
  void TakePayload(std::string_view payload, Message* message);
  // False: the deadline has passed.
  Result<bool> Read(Deadline deadline);
  Status Write(std::string_view bytes) const;

  const int fd_;
  ZmtpPeer peer_;
  ByteQueue in_;
  std::string held_;  // to be sent when the server has introduced itself
  std::string out_;
  std::optional<std::string> envelope_;  // whose payload is still to come
};

}  // namespace millrace
