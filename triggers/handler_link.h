#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "sdk/byte_queue.h"
#include "sdk/frames.h"
#include "sdk/zmtp.h"
#include "triggers/records_buffer.h"

namespace millrace {

// The server's end of the socket of one handler process: a DEALER of ZeroMQ's protocol (sdk/zmtp.h)
// on a Unix socket. Never blocks. Destruction drops what is in flight. One thread.
//
// The other side is not trusted: what it can make the server keep is bounded. Messages have one
// part of at most kHandlerFrameSizeMax; the buffer grows with what came, not with what was
// announced. What is sent and not read is one invocation and a few answers. There is one
// connection: whoever makes a second one is refused, since nobody listens any more.
class HandlerLink {
 public:
  // `address` is a HandlerEndpoint's. Errors: kUnavailable, kInvalidParameterValue.
  static Result<std::unique_ptr<HandlerLink>> Listen(const std::string& address);
  ~HandlerLink();
  HandlerLink(const HandlerLink&) = delete;
  HandlerLink& operator=(const HandlerLink&) = delete;

  // What the socket doesn't take at once is sent by later calls of Receive. False: the handler
  // isn't there, or doesn't read.
  bool Send(const std::string& envelope);
  // The records are sent without a copy: they are shared until the socket has taken them.
  bool Send(const std::string& envelope, std::shared_ptr<RecordsBuffer> records);

  // To be called until kNothing whenever fd() can be read or written. `message` is valid until the
  // next call. kMalformed: it says what was wrong.
  enum class Received { kNothing, kMessage, kMalformed };
  Received Receive(std::string_view* message);

  // What to wait for; another one once the handler has connected, -1 when it has gone.
  int fd() const { return connection_ >= 0 ? connection_ : listener_; }
  // Also for it to be writable.
  bool wants_write() const { return !out_.empty(); }

 private:
  // The head, and what of records comes behind it.
  struct Outgoing {
    std::string head;
    std::shared_ptr<RecordsBuffer> records;
    size_t sent = 0;  // bytes of both
  };
  explicit HandlerLink(int listener) : listener_(listener) {}
  void Accept();
  bool Enqueue(Outgoing outgoing);
  void Flush();
  // False: there is nothing.
  bool Read();
  Received Malformed(std::string why, std::string_view* message);
  void Close();

  int listener_;
  int connection_ = -1;
  ZmtpPeer peer_{ZmtpPeer::Role::kDealers, kHandlerFrameSizeMax};
  ByteQueue in_;
  bool drained_ = false;  // the last read took all there was
  std::deque<Outgoing> out_;
  size_t heads_size_ = 0;  // bytes, of out_
  std::string problem_;
};

}  // namespace millrace
