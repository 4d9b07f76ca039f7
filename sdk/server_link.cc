#include "sdk/server_link.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "sdk/frames.h"
#include "sdk/native_endpoint.h"

namespace millrace {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr size_t kReadSize = 64 * 1024;     // bytes
constexpr size_t kKeptOutput = 256 * 1024;  // bytes
constexpr int kPartsMax = 2;                // envelope and records
constexpr size_t kMessageSizeMax = kInvocationPayloadSizeMax + kHandlerFrameSizeMax;

Status Lost(int error) {
  return Status(ErrorCode::kUnavailable,
                std::string("the server has gone: ") + std::strerror(error));
}

// Rounded up, so that a wait doesn't end a moment early and spin.
int MillisUntil(steady_clock::time_point deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, 60'000));
}

}  // namespace

ServerLink::ServerLink(int fd)
    : fd_(fd), peer_(ZmtpPeer::Role::kDealers, kMessageSizeMax, kPartsMax) {}

ServerLink::~ServerLink() {
  close(fd_);
}

Result<std::unique_ptr<ServerLink>> ServerLink::Connect(const std::string& socket_path) {
  NativeEndpoint endpoint;
  endpoint.path = socket_path;
  ASSIGN_OR_RETURN(const int fd, ConnectTo(endpoint));
  std::unique_ptr<ServerLink> link(new ServerLink(fd));
  // Reading without a deadline is one call then.
  if (fcntl(fd, F_SETFL, 0) != 0) return Lost(errno);
  link->peer_.Start(&link->out_);
  RETURN_IF_ERROR(link->Write(std::exchange(link->out_, {})));
  return link;
}

Status ServerLink::Send(std::string_view envelope) {
  if (out_.capacity() > kKeptOutput) out_ = std::string();
  out_.clear();
  ZmtpPeer::AppendHeader(envelope.size(), &out_);
  out_.append(envelope);
  if (peer_.ready()) return Write(out_);
  held_.append(out_);
  return Status::Ok();
}

Result<bool> ServerLink::Receive(Deadline deadline, Message* message) {
  while (true) {
    ASSIGN_OR_RETURN(const bool taken, TakeMessage(message));
    if (peer_.ready() && !held_.empty()) RETURN_IF_ERROR(Write(std::exchange(held_, {})));
    if (taken) return true;
    ASSIGN_OR_RETURN(const bool more, Read(deadline));
    if (!more) return false;
  }
}

Result<bool> ServerLink::TakeMessage(Message* message) {
  while (true) {
    std::string_view rest = in_.unread();
    const size_t before = rest.size();
    std::string_view part;
    std::string answers;
    ASSIGN_OR_RETURN(const ZmtpPeer::Event event, peer_.Next(&rest, &part, &answers));
    in_.Consume(before - rest.size());
    if (!answers.empty()) RETURN_IF_ERROR(Write(answers));
    if (event == ZmtpPeer::Event::kNeedMore) return false;
    if (event == ZmtpPeer::Event::kPart) {
      envelope_ = part;
      continue;
    }
    message->has_payload_ = envelope_.has_value();
    message->payload_ = {};
    if (message->has_payload_) {
      message->envelope_ = *std::exchange(envelope_, std::nullopt);
      TakePayload(part, message);
    } else {
      message->envelope_ = part;
    }
    return true;
  }
}

// The message takes the buffer over, and gives us its former one.
void ServerLink::TakePayload(std::string_view payload, Message* message) {
  const std::string_view rest = in_.unread();
  ByteQueue& spare = message->bytes_;
  spare.Clear();
  spare.Trim();
  if (!rest.empty()) {
    std::memcpy(spare.Reserve(rest.size()), rest.data(), rest.size());
    spare.Appended(rest.size());
  }
  in_.Clear();
  std::swap(in_, spare);
  message->payload_ = payload;
}

Result<bool> ServerLink::Read(Deadline deadline) {
  if (deadline) {
    pollfd item{fd_, POLLIN, 0};
    while (poll(&item, 1, MillisUntil(*deadline)) <= 0) {
      if (steady_clock::now() >= *deadline) return false;
    }
  }
  // A server that sends records sends all of them: as much room as they need, and no more.
  const size_t missing = peer_.missing();
  const size_t size = missing > kReadSize ? missing : kReadSize;
  while (true) {
    const ssize_t got = recv(fd_, in_.Reserve(size), size, 0);
    if (got > 0) {
      in_.Appended(static_cast<size_t>(got));
      return true;
    }
    if (got == 0) return Lost(ECONNRESET);
    if (errno != EINTR) return Lost(errno);
  }
}

Status ServerLink::Write(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t size = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size >= 0) {
      bytes.remove_prefix(static_cast<size_t>(size));
    } else if (errno != EINTR) {
      return Lost(errno);
    }
  }
  return Status::Ok();
}

}  // namespace millrace
