#include "triggers/handler_link.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "sdk/native_endpoint.h"

namespace millrace {
namespace {

constexpr size_t kReadSize = 64 * 1024;         // bytes
constexpr size_t kUnsentMax = 4 * 1024 * 1024;  // bytes, without records
constexpr int kSendBufferSize = 1024 * 1024;    // bytes, as far as the system lets us

}  // namespace

Result<std::unique_ptr<HandlerLink>> HandlerLink::Listen(const std::string& address) {
  ASSIGN_OR_RETURN(NativeEndpoint endpoint, ParseNativeEndpoint(address));
  ASSIGN_OR_RETURN(const int listener, ListenOn(&endpoint));
  return std::unique_ptr<HandlerLink>(new HandlerLink(listener));
}

HandlerLink::~HandlerLink() {
  Close();
}

void HandlerLink::Close() {
  if (listener_ >= 0) close(std::exchange(listener_, -1));
  if (connection_ >= 0) close(std::exchange(connection_, -1));
  out_.clear();
}

void HandlerLink::Accept() {
  connection_ = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (connection_ < 0) return;
  close(std::exchange(listener_, -1));
  setsockopt(connection_, SOL_SOCKET, SO_SNDBUF, &kSendBufferSize, sizeof kSendBufferSize);
  Outgoing greeting;
  peer_.Start(&greeting.head);
  Enqueue(std::move(greeting));
}

bool HandlerLink::Send(const std::string& envelope) {
  Outgoing outgoing;
  outgoing.head.reserve(ZmtpPeer::kHeaderSizeMax + envelope.size());
  ZmtpPeer::AppendHeader(envelope.size(), &outgoing.head);
  outgoing.head += envelope;
  return Enqueue(std::move(outgoing));
}

bool HandlerLink::Send(const std::string& envelope, std::shared_ptr<RecordsBuffer> records) {
  Outgoing outgoing;
  outgoing.head.reserve(2 * ZmtpPeer::kHeaderSizeMax + envelope.size());
  ZmtpPeer::AppendHeader(envelope.size(), &outgoing.head, true);
  outgoing.head += envelope;
  ZmtpPeer::AppendHeader(records->Payload().size(), &outgoing.head);
  outgoing.records = std::move(records);
  return Enqueue(std::move(outgoing));
}

bool HandlerLink::Enqueue(Outgoing outgoing) {
  if (connection_ < 0 || heads_size_ + outgoing.head.size() > kUnsentMax) return false;
  heads_size_ += outgoing.head.size();
  out_.push_back(std::move(outgoing));
  Flush();
  return connection_ >= 0;
}

void HandlerLink::Flush() {
  while (!out_.empty()) {
    Outgoing& front = out_.front();
    std::string_view parts[] = {front.head, {}};
    if (front.records != nullptr) parts[1] = front.records->Payload();
    iovec vectors[2];
    size_t skipped = front.sent;
    size_t left = 0;
    for (int i = 0; i < 2; ++i) {
      const size_t skip = std::min(skipped, parts[i].size());
      skipped -= skip;
      vectors[i] = {const_cast<char*>(parts[i].data()) + skip, parts[i].size() - skip};
      left += vectors[i].iov_len;
    }
    msghdr message{};
    message.msg_iov = vectors;
    message.msg_iovlen = 2;
    const ssize_t size = sendmsg(connection_, &message, MSG_NOSIGNAL);
    if (size < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) Close();
      return;
    }
    front.sent += static_cast<size_t>(size);
    if (static_cast<size_t>(size) < left) continue;
    heads_size_ -= front.head.size();
    out_.pop_front();
  }
}

bool HandlerLink::Read() {
  in_.Trim();
  const ssize_t size = recv(connection_, in_.Reserve(kReadSize), kReadSize, 0);
  if (size > 0) {
    in_.Appended(static_cast<size_t>(size));
    drained_ = static_cast<size_t>(size) < kReadSize;
    return true;
  }
  if (size == 0 || (errno != EAGAIN && errno != EINTR)) Close();
  return false;
}

HandlerLink::Received HandlerLink::Malformed(std::string why, std::string_view* message) {
  problem_ = std::move(why);
  *message = problem_;
  return Received::kMalformed;
}

HandlerLink::Received HandlerLink::Receive(std::string_view* message) {
  *message = {};
  if (listener_ >= 0) Accept();
  if (!out_.empty()) Flush();
  while (true) {
    std::string_view rest = in_.unread();
    const size_t before = rest.size();
    Outgoing answers;
    const Result<ZmtpPeer::Event> event = peer_.Next(&rest, message, &answers.head);
    if (!event.ok()) return Malformed(event.status().message(), message);
    in_.Consume(before - rest.size());
    if (!answers.head.empty() && !Enqueue(std::move(answers))) {
      return Malformed("it doesn't read the answers to its PINGs", message);
    }
    if (*event == ZmtpPeer::Event::kMessage) return Received::kMessage;
    if (connection_ < 0 || std::exchange(drained_, false) || !Read()) return Received::kNothing;
  }
}

}  // namespace millrace
