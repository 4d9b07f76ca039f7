#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "sdk/byte_queue.h"
#include "sdk/native_endpoint.h"
#include "sdk/zmtp.h"

namespace millrace {

// A client's socket to a server: connecting, the ZeroMQ handshake, messages. Never blocks but in
// Wait. One thread at a time.
class ClientConnection {
 public:
  explicit ClientConnection(NativeEndpoint endpoint) : endpoint_(std::move(endpoint)) {}
  ~ClientConnection() { Close(); }
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

  const NativeEndpoint& endpoint() const { return endpoint_; }
  bool open() const { return fd_ >= 0; }
  // The server has introduced itself: messages may be sent.
  bool ready() const { return peer_ && peer_->ready(); }

  Status Open();
  void Close();
  // Reads what is there, a few MB at most, and hands out the messages; stops at the first error of
  // `on_message`. An error is the end of the connection.
  Status Read(const std::function<Status(std::string_view)>& on_message);
  // Where messages to be sent go, when nothing is left of those before.
  std::string* output() { return sent_ == out_.size() ? &out_ : nullptr; }
  Status Write();
  // Until something can be read, or written if that was not possible, or `wake` is readable, or
  // the time is over (milliseconds; -1: for ever). Without a connection it waits all the same.
  void Wait(int wake, int timeout_millis) const;

 private:
  Status Unavailable(std::string_view what) const;

  const NativeEndpoint endpoint_;
  int fd_ = -1;
  std::optional<ZmtpPeer> peer_;
  ByteQueue in_;
  std::string out_;
  size_t sent_ = 0;
};

}  // namespace millrace
