#include "triggers/handler_link.h"

#include <zmq.h>

#include <utility>

#include "engine/base/check.h"

namespace millrace {
namespace {

constexpr int kReadsMax = 256;  // of 8 KB, ahead of the broker; then the handler's writes block
constexpr int kSendsMax = 64;   // an invocation is two
constexpr size_t kHeaderSizeMax = 9;

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
  void* socket = zmq_socket(context.get(), ZMQ_STREAM);
  if (socket == nullptr) {
    return Status(ErrorCode::kIo, std::string("no ZeroMQ socket: ") + zmq_strerror(zmq_errno()));
  }
  std::unique_ptr<HandlerLink> link(new HandlerLink(socket));
  SetOption(socket, ZMQ_LINGER, 0);
  SetOption(socket, ZMQ_RCVHWM, kReadsMax);
  SetOption(socket, ZMQ_SNDHWM, kSendsMax);
  if (zmq_bind(socket, address.c_str()) != 0) {
    return Status(ErrorCode::kIo, "cannot bind " + address + ": " + zmq_strerror(zmq_errno()));
  }
  return link;
}

HandlerLink::~HandlerLink() {
  zmq_close(socket_);
}

bool HandlerLink::SendBytes(std::string_view bytes) {
  const int flags = ZMQ_DONTWAIT | ZMQ_SNDMORE;
  if (connection_.empty() || closed_) return false;
  return zmq_send(socket_, connection_.data(), connection_.size(), flags) >= 0 &&
         zmq_send(socket_, bytes.data(), bytes.size(), ZMQ_DONTWAIT) >= 0;
}

bool HandlerLink::Send(const std::string& envelope) {
  std::string bytes;
  bytes.reserve(kHeaderSizeMax + envelope.size());
  ZmtpPeer::AppendHeader(envelope.size(), false, &bytes);
  bytes += envelope;
  return SendBytes(bytes);
}

bool HandlerLink::Send(const std::string& envelope, std::shared_ptr<RecordsBuffer> records) {
  const std::string_view payload = records->Payload();
  std::string bytes;
  bytes.reserve(2 * kHeaderSizeMax + envelope.size());
  ZmtpPeer::AppendHeader(envelope.size(), true, &bytes);
  bytes += envelope;
  ZmtpPeer::AppendHeader(payload.size(), false, &bytes);
  if (!SendBytes(bytes)) return false;
  const int flags = ZMQ_DONTWAIT | ZMQ_SNDMORE;
  if (zmq_send(socket_, connection_.data(), connection_.size(), flags) < 0) return false;
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

bool HandlerLink::ReadChunk(std::string* from, std::string* bytes) {
  for (std::string* part : {from, bytes}) {
    zmq_msg_t message;
    zmq_msg_init(&message);
    if (zmq_msg_recv(&message, socket_, ZMQ_DONTWAIT) < 0) {
      zmq_msg_close(&message);
      return false;
    }
    part->assign(static_cast<const char*>(zmq_msg_data(&message)), zmq_msg_size(&message));
    zmq_msg_close(&message);
  }
  return true;
}

// No bytes: the connection was opened, or closed.
bool HandlerLink::OnChunk(const std::string& from, const std::string& bytes) {
  if (connection_.empty()) {
    connection_ = from;
    return SendBytes(ZmtpPeer::Greeting());
  }
  if (from != connection_) return false;
  closed_ = closed_ || bytes.empty();
  peer_.Append(bytes);
  return true;
}

HandlerLink::Received HandlerLink::Receive(std::string* envelope) {
  std::string from;
  std::string bytes;
  for (;;) {
    switch (peer_.Next(envelope)) {
      case ZmtpPeer::Event::kMessage:
        return Received::kMessage;
      case ZmtpPeer::Event::kMalformed:
        return Received::kMalformed;
      case ZmtpPeer::Event::kReply:
        SendBytes(*envelope);
        continue;
      case ZmtpPeer::Event::kNothing:
        break;
    }
    if (!ReadChunk(&from, &bytes)) return Received::kNothing;
    if (OnChunk(from, bytes)) continue;
    *envelope = "a second connection";
    return Received::kMalformed;
  }
}

}  // namespace millrace
