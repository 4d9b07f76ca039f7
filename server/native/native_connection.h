#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "sdk/byte_queue.h"
#include "sdk/zmtp.h"

namespace millrace {

// One client's connection, as the loop's thread sees it: its socket, the bytes on their way in and
// out, and what it has under way. Never blocks.
class NativeConnection {
 public:
  // Owns `fd`, which does not block.
  NativeConnection(uint64_t id, int fd, int64_t opened_nanos);
  ~NativeConnection();
  NativeConnection(const NativeConnection&) = delete;
  NativeConnection& operator=(const NativeConnection&) = delete;

  uint64_t id() const { return id_; }
  int fd() const { return fd_; }
  int64_t opened_nanos() const { return opened_nanos_; }

  // Reads one chunk. False: the client has gone.
  bool Read();
  // The next message: its bytes are valid until the next call. False: there is none yet. An error
  // ends the connection.
  Result<bool> NextMessage(std::string_view* message);
  bool HasUnread() const { return !in_.unread().empty(); }

  void Append(std::string_view envelope);
  // A message as it goes over the wire.
  void AppendBytes(std::string_view bytes) { out_.append(bytes); }
  // Writes as much as the socket takes. False: the client has gone.
  bool Flush();
  size_t unsent() const { return out_.size() - sent_; }
  size_t input_capacity() const { return in_.capacity(); }

  // Of the loop.
  bool greeted = false;   // Hello was answered
  bool finished = false;  // closed as soon as it has been sent what is queued
  std::string principal;
  size_t in_flight = 0;
  size_t weight = 0;          // of what is under way: see NativeServer
  uint32_t interest = 0;      // what epoll watches
  size_t counted_input = 0;   // as the loop's total has it
  size_t counted_output = 0;  // the same

 private:
  const uint64_t id_;
  const int fd_;
  const int64_t opened_nanos_;
  ZmtpPeer peer_;
  ByteQueue in_;
  std::string out_;
  size_t sent_ = 0;  // bytes of out_
};

}  // namespace millrace
