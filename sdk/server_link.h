#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/status.h"

namespace millrace {

// The handler's end of the conversation with the server: a ZeroMQ DEALER. One thread.
class ServerLink {
 public:
  // Parts of a received message; views are valid until the next Receive into the same object.
  class Message {
   public:
    Message();
    ~Message();
    std::string_view envelope() const;
    std::string_view payload() const;  // empty without a second part
    bool has_payload() const;

   private:
    friend class ServerLink;
    struct Parts;
    std::unique_ptr<Parts> parts_;
  };

  // The server must be listening at `socket_path` already. Error: kUnavailable.
  static Result<std::unique_ptr<ServerLink>> Connect(const std::string& socket_path);
  ~ServerLink();

  Status Send(std::string_view envelope);
  // Waits for a message; for ever without a deadline. False: the deadline has passed. Errors:
  // kUnavailable when the server has gone, kValidation for more than two parts.
  Result<bool> Receive(std::optional<std::chrono::steady_clock::time_point> deadline,
                       Message* message);

 private:
  struct Sockets;
  explicit ServerLink(std::unique_ptr<Sockets> sockets);
  Status TakeMessage(Message* message, bool* taken);
  std::unique_ptr<Sockets> sockets_;
};

}  // namespace millrace
