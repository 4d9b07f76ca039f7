#pragma once

#include <memory>
#include <string>

#include "engine/base/status.h"
#include "sdk/frames.h"
#include "triggers/records_buffer.h"
#include "triggers/zmtp_peer.h"

namespace millrace {

// The ZeroMQ context of a broker. Outlives its links.
class LinkContext {
 public:
  LinkContext();
  ~LinkContext();
  LinkContext(const LinkContext&) = delete;
  LinkContext& operator=(const LinkContext&) = delete;
  void* get() const { return context_; }

 private:
  void* context_;
};

// The server's end of the socket of one handler process. Destruction drops what is in flight. One
// thread.
//
// A ZMQ_STREAM socket, whose bytes ZmtpPeer understands: to the handler's DEALER it is a DEALER,
// but what a hostile handler can make the server keep is bounded. One connection: whoever makes a
// second one is malformed.
class HandlerLink {
 public:
  // `address` is a HandlerEndpoint's. Error: kIo.
  static Result<std::unique_ptr<HandlerLink>> Bind(const LinkContext& context,
                                                   const std::string& address);
  ~HandlerLink();
  HandlerLink(const HandlerLink&) = delete;
  HandlerLink& operator=(const HandlerLink&) = delete;

  // Never block. False: the handler doesn't take messages.
  bool Send(const std::string& envelope);
  // The records are sent without a copy: the message shares the buffer until it is on its way.
  bool Send(const std::string& envelope, std::shared_ptr<RecordsBuffer> records);

  // kMalformed: `envelope` says what was wrong.
  enum class Received { kNothing, kMessage, kMalformed };
  Received Receive(std::string* envelope);
  void* socket() const { return socket_; }

 private:
  explicit HandlerLink(void* socket) : socket_(socket) {}
  bool SendBytes(std::string_view bytes);
  // One read of the socket. False: there is nothing.
  bool ReadChunk(std::string* from, std::string* bytes);
  // False: malformed.
  bool OnChunk(const std::string& from, const std::string& bytes);

  void* socket_;
  std::string connection_;  // the routing id of the handler's; empty: none yet
  bool closed_ = false;     // it was closed
  ZmtpPeer peer_{kHandlerFrameSizeMax};
};

}  // namespace millrace
