#include "server/native/native_connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "sdk/native_frames.h"

namespace millrace {
namespace {

constexpr size_t kReadSize = 64 * 1024;      // bytes
constexpr size_t kKeptOutput = 1024 * 1024;  // bytes

}  // namespace

NativeConnection::NativeConnection(uint64_t id, int fd, int64_t opened_nanos)
    : id_(id),
      fd_(fd),
      opened_nanos_(opened_nanos),
      peer_(ZmtpPeer::Role::kRouter, native::kRequestSizeMax) {
  peer_.Start(&out_);
}

NativeConnection::~NativeConnection() {
  close(fd_);
}

bool NativeConnection::Read() {
  in_.Trim();
  const ssize_t size = recv(fd_, in_.Reserve(kReadSize), kReadSize, 0);
  if (size > 0) {
    in_.Appended(static_cast<size_t>(size));
    return true;
  }
  return size < 0 && (errno == EAGAIN || errno == EINTR);
}

Result<bool> NativeConnection::NextMessage(std::string_view* message) {
  std::string_view rest = in_.unread();
  const size_t before = rest.size();
  ASSIGN_OR_RETURN(const ZmtpPeer::Event event, peer_.Next(&rest, message, &out_));
  in_.Consume(before - rest.size());
  return event == ZmtpPeer::Event::kMessage;
}

void NativeConnection::Append(std::string_view envelope) {
  ZmtpPeer::AppendHeader(envelope.size(), &out_);
  out_.append(envelope);
}

bool NativeConnection::Flush() {
  while (unsent() > 0) {
    const ssize_t size = send(fd_, out_.data() + sent_, unsent(), MSG_NOSIGNAL);
    if (size < 0) {
      if (errno == EINTR) continue;
      if (sent_ > kKeptOutput) {
        out_.erase(0, sent_);
        sent_ = 0;
      }
      return errno == EAGAIN;
    }
    sent_ += static_cast<size_t>(size);
  }
  sent_ = 0;
  if (out_.capacity() > kKeptOutput) out_ = std::string();
  out_.clear();
  return true;
}

}  // namespace millrace
