#pragma once

#include <memory>
#include <string>

#include "engine/base/status.h"
#include "triggers/records_buffer.h"

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

  enum class Received { kNothing, kMessage, kMalformed };  // malformed: more than one part
  Received Receive(std::string* envelope);
  void* socket() const { return socket_; }

 private:
  explicit HandlerLink(void* socket) : socket_(socket) {}
  void* socket_;
};

}  // namespace millrace
