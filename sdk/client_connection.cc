#include "sdk/client_connection.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sdk/native_frames.h"

namespace millrace {
namespace {

constexpr size_t kReadSize = 64 * 1024;  // bytes
constexpr int kReadsMax = 64;            // at once: then the clock is looked at
// More than any request: what else piles up are answers to pings, which the server doesn't take.
constexpr size_t kUnsentMax = 2 * native::kRequestSizeMax;
constexpr size_t kKeptOutput = 1024 * 1024;  // bytes

}  // namespace

Status ClientConnection::Unavailable(std::string_view what) const {
  return Status(ErrorCode::kUnavailable,
                "the connection to " + endpoint_.ToString() + " " + std::string(what));
}

Status ClientConnection::Open() {
  ASSIGN_OR_RETURN(fd_, ConnectTo(endpoint_));
  peer_.emplace(ZmtpPeer::Role::kDealer, native::kReplySizeMax);
  peer_->Start(&out_);
  return Status::Ok();
}

void ClientConnection::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
  peer_.reset();
  in_ = ByteQueue();
  out_ = std::string();
  sent_ = 0;
}

Status ClientConnection::Read(const std::function<Status(std::string_view)>& on_message) {
  ssize_t size = kReadSize;
  for (int reads = 0; size == kReadSize && reads < kReadsMax; ++reads) {
    if (out_.size() - sent_ > kUnsentMax) return Unavailable("was flooded with pings");
    in_.Trim();
    size = recv(fd_, in_.Reserve(kReadSize), kReadSize, 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOTCONN)) return Status::Ok();
    if (size < 0) return Unavailable(std::string("was lost: ") + std::strerror(errno));
    if (size == 0) return Unavailable("was closed by the server");
    in_.Appended(static_cast<size_t>(size));
    while (true) {
      std::string_view rest = in_.unread();
      const size_t before = rest.size();
      std::string_view message;
      const Result<ZmtpPeer::Event> event = peer_->Next(&rest, &message, &out_);
      if (!event.ok()) {
        return Status(event.status().code(),
                      endpoint_.ToString() +
                          " is not the native endpoint of a server: " + event.status().message());
      }
      in_.Consume(before - rest.size());
      if (*event == ZmtpPeer::Event::kNeedMore) break;
      RETURN_IF_ERROR(on_message(message));
    }
  }
  return Status::Ok();
}

Status ClientConnection::Write() {
  while (sent_ < out_.size()) {
    const ssize_t size = send(fd_, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (size < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return Status::Ok();
      return Unavailable(std::string("was lost: ") + std::strerror(errno));
    }
    sent_ += static_cast<size_t>(size);
  }
  if (out_.capacity() > kKeptOutput) out_ = std::string();
  out_.clear();
  sent_ = 0;
  return Status::Ok();
}

void ClientConnection::Wait(int wake, int timeout_millis) const {
  const short events = static_cast<short>(POLLIN | (sent_ < out_.size() ? POLLOUT : 0));
  pollfd fds[2] = {{wake, POLLIN, 0}, {fd_, events, 0}};
  poll(fds, fd_ >= 0 ? 2 : 1, timeout_millis);
}

}  // namespace millrace
