#include "triggers/handler_link.h"

#include <zmq.h>

#include <utility>

#include "engine/base/check.h"
#include "sdk/frames.h"

namespace millrace {
namespace {

// Frees a message's share of the records; on ZeroMQ's I/O thread.
void ReleaseRecords(void*, void* hint) {
  auto* share = static_cast<std::shared_ptr<RecordsBuffer>*>(hint);
  (*share)->EndSend();
  delete share;
}

void SetOption(void* socket, int option, int value) {
  MILLRACE_CHECK(zmq_setsockopt(socket, option, &value, sizeof value) == 0);
}

}  // namespace

LinkContext::LinkContext() : context_(zmq_ctx_new()) {
  MILLRACE_CHECK(context_ != nullptr);
}

LinkContext::~LinkContext() {
  zmq_ctx_term(context_);
}

Result<std::unique_ptr<HandlerLink>> HandlerLink::Bind(const LinkContext& context,
                                                       const std::string& address) {
  void* socket = zmq_socket(context.get(), ZMQ_DEALER);
  if (socket == nullptr) {
    return Status(ErrorCode::kIo, std::string("no ZeroMQ socket: ") + zmq_strerror(zmq_errno()));
  }
  std::unique_ptr<HandlerLink> link(new HandlerLink(socket));
  SetOption(socket, ZMQ_LINGER, 0);
  SetOption(socket, ZMQ_RCVHWM, 16);  // a handler in turn has one message under way
  SetOption(socket, ZMQ_SNDHWM, 16);
  const int64_t size_max = kHandlerFrameSizeMax;
  MILLRACE_CHECK(zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &size_max, sizeof size_max) == 0);
  if (zmq_bind(socket, address.c_str()) != 0) {
    return Status(ErrorCode::kIo, "cannot bind " + address + ": " + zmq_strerror(zmq_errno()));
  }
  return link;
}

HandlerLink::~HandlerLink() {
  zmq_close(socket_);
}

bool HandlerLink::Send(const std::string& envelope) {
  return zmq_send(socket_, envelope.data(), envelope.size(), ZMQ_DONTWAIT) >= 0;
}

bool HandlerLink::Send(const std::string& envelope, std::shared_ptr<RecordsBuffer> records) {
  const int flags = ZMQ_DONTWAIT | ZMQ_SNDMORE;
  if (zmq_send(socket_, envelope.data(), envelope.size(), flags) < 0) return false;
  const std::string_view payload = records->Payload();
  auto share = std::make_unique<std::shared_ptr<RecordsBuffer>>(std::move(records));
  RecordsBuffer* shared = share->get();
  zmq_msg_t message;
  if (zmq_msg_init_data(&message, const_cast<char*>(payload.data()), payload.size(), ReleaseRecords,
                        share.get()) != 0) {
    return false;
  }
  shared->BeginSend();
  share.release();  // the message's now
  if (zmq_msg_send(&message, socket_, ZMQ_DONTWAIT) >= 0) return true;
  zmq_msg_close(&message);
  return false;
}

HandlerLink::Received HandlerLink::Receive(std::string* envelope) {
  zmq_msg_t message;
  zmq_msg_init(&message);
  if (zmq_msg_recv(&message, socket_, ZMQ_DONTWAIT) < 0) {
    zmq_msg_close(&message);
    return Received::kNothing;
  }
  const bool more = zmq_msg_more(&message) != 0;
  if (!more)
    envelope->assign(static_cast<const char*>(zmq_msg_data(&message)), zmq_msg_size(&message));
  zmq_msg_close(&message);
  return more ? Received::kMalformed : Received::kMessage;
}

}  // namespace millrace
