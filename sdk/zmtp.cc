#include "sdk/zmtp.h"

namespace millrace {
namespace {

constexpr size_t kGreetingSize = 64;
constexpr size_t kVersionOffset = 10;
constexpr size_t kMechanismOffset = 12;
constexpr size_t kMechanismSize = 20;
constexpr std::string_view kMechanism = "NULL";
constexpr std::string_view kRouterType = "ROUTER";
constexpr std::string_view kDealerType = "DEALER";

constexpr uint8_t kMore = 1;
constexpr uint8_t kLong = 2;
constexpr uint8_t kCommand = 4;
// Longer ones carry only what nobody asks for.
constexpr size_t kCommandSizeMax = 4096;
constexpr size_t kPingContextMax = 16;  // bytes; RFC 37
constexpr size_t kPingTtlSize = 2;

Status Broken(std::string_view what) {
  return Status::Validation("not the protocol: " + std::string(what));
}

uint64_t LoadBig(std::string_view bytes) {
  uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}

void AppendBig(uint64_t value, int size, std::string* out) {
  for (int shift = (size - 1) * 8; shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>(value >> shift));
  }
}

bool Take(std::string_view* in, uint64_t size, std::string_view* taken) {
  if (in->size() < size) return false;
  *taken = in->substr(0, size);
  in->remove_prefix(size);
  return true;
}

void AppendShortText(std::string_view text, std::string* out) {
  out->push_back(static_cast<char>(text.size()));
  out->append(text);
}

void AppendCommand(std::string_view name, std::string_view data, std::string* out) {
  out->push_back(kCommand);
  out->push_back(static_cast<char>(1 + name.size() + data.size()));
  AppendShortText(name, out);
  out->append(data);
}

struct Frame {
  uint8_t flags = 0;
  uint64_t size = 0;
  size_t header_size = 0;
};

// False: the header isn't there as a whole.
Result<bool> ReadHeader(std::string_view in, Frame* frame) {
  if (in.empty()) return false;
  frame->flags = static_cast<uint8_t>(in[0]);
  if ((frame->flags & ~(kMore | kLong | kCommand)) != 0) return Broken("reserved flags");
  const size_t length_size = (frame->flags & kLong) != 0 ? 8 : 1;
  frame->header_size = 1 + length_size;
  if (in.size() < frame->header_size) return false;
  frame->size = LoadBig(in.substr(1, length_size));
  return true;
}

}  // namespace

void ZmtpPeer::Start(std::string* out) const {
  const size_t begin = out->size();
  out->push_back(static_cast<char>(0xff));
  out->append(8, '\0');
  out->push_back(0x7f);
  out->push_back(3);  // major version
  out->push_back(1);  // minor version
  out->append(kMechanism);
  out->append(begin + kGreetingSize - out->size(), '\0');
  std::string properties;
  AppendShortText("Socket-Type", &properties);
  const std::string_view type = role_ == Role::kRouter ? kRouterType : kDealerType;
  AppendBig(type.size(), 4, &properties);
  properties.append(type);
  AppendCommand("READY", properties, out);
}

Result<bool> ZmtpPeer::TakeGreeting(std::string_view* in) {
  // Whatever else calls here (HTTP, for one) is told at its first byte.
  if (!in->empty() && static_cast<uint8_t>((*in)[0]) != 0xff) return Broken("not ZMTP");
  std::string_view greeting;
  if (!Take(in, kGreetingSize, &greeting)) return false;
  if (greeting[kVersionOffset - 1] != 0x7f) return Broken("not ZMTP");
  if (greeting[kVersionOffset] < 3) return Broken("a ZMTP version before 3");
  std::string mechanism(kMechanism);
  mechanism.resize(kMechanismSize);
  if (greeting.substr(kMechanismOffset, kMechanismSize) != mechanism) {
    return Broken("another security mechanism than NULL");
  }
  return true;
}

Result<ZmtpPeer::Event> ZmtpPeer::Next(std::string_view* in, std::string_view* part,
                                       std::string* out) {
  missing_ = 0;
  if (state_ == State::kGreeting) {
    ASSIGN_OR_RETURN(const bool taken, TakeGreeting(in));
    if (!taken) return Event::kNeedMore;
    state_ = State::kHandshake;
  }
  while (true) {
    Frame frame;
    ASSIGN_OR_RETURN(const bool whole_header, ReadHeader(*in, &frame));
    if (!whole_header) return Event::kNeedMore;
    const bool command = (frame.flags & kCommand) != 0;
    const bool more = (frame.flags & kMore) != 0;
    RETURN_IF_ERROR(CheckFrame(command, more, frame.size));
    const size_t there = in->size() - frame.header_size;
    if (there < frame.size) {
      missing_ = frame.size - there;
      return Event::kNeedMore;
    }
    in->remove_prefix(frame.header_size);
    std::string_view body;
    Take(in, frame.size, &body);
    if (command) {
      RETURN_IF_ERROR(OnCommand(body, out));
      continue;
    }
    parts_ = more ? parts_ + 1 : 0;
    parts_size_ = more ? parts_size_ + frame.size : 0;
    *part = body;
    return more ? Event::kPart : Event::kMessage;
  }
}

Status ZmtpPeer::CheckFrame(bool command, bool more, uint64_t size) const {
  if (command) {
    if (more) return Broken("a command of several parts");
    if (size > kCommandSizeMax) return Broken("a command that is too long");
    return Status::Ok();
  }
  if (!ready()) return Broken("a message before READY");
  if (more && parts_ + 1 >= parts_max_) {
    return Broken(parts_max_ == 1 ? "a message of several parts" : "a message of too many parts");
  }
  if (size > message_size_max_ - parts_size_) return Broken("a message that is too long");
  return Status::Ok();
}

Status ZmtpPeer::OnCommand(std::string_view body, std::string* out) {
  std::string_view name;
  std::string_view size;
  if (!Take(&body, 1, &size) || !Take(&body, static_cast<uint8_t>(size[0]), &name)) {
    return Broken("a malformed command");
  }
  if (name == "READY") {
    if (ready()) return Broken("READY twice");
    RETURN_IF_ERROR(OnReady(body));
    state_ = State::kReady;
    return Status::Ok();
  }
  if (name == "ERROR") return Broken("the peer refused the connection");
  if (!ready()) return Broken("a command before READY");
  if (name == "PING") {
    if (body.size() < kPingTtlSize || body.size() > kPingTtlSize + kPingContextMax) {
      return Broken("a malformed PING");
    }
    AppendCommand("PONG", body.substr(kPingTtlSize), out);
  }
  return Status::Ok();  // others may be ignored
}

Status ZmtpPeer::OnReady(std::string_view properties) const {
  std::string_view type;
  while (!properties.empty()) {
    std::string_view size;
    std::string_view name;
    std::string_view value;
    if (!Take(&properties, 1, &size) || !Take(&properties, static_cast<uint8_t>(size[0]), &name) ||
        !Take(&properties, 4, &size) || !Take(&properties, LoadBig(size), &value)) {
      return Broken("a malformed READY");
    }
    if (name == "Socket-Type") type = value;
  }
  if (type == (role_ == Role::kDealer ? kRouterType : kDealerType)) return Status::Ok();
  return Broken("a peer of another socket type");
}

void ZmtpPeer::AppendHeader(size_t body_size, std::string* out, bool more) {
  const uint8_t flags = more ? kMore : 0;
  if (body_size <= 0xff) {
    out->push_back(static_cast<char>(flags));
    out->push_back(static_cast<char>(body_size));
    return;
  }
  out->push_back(static_cast<char>(flags | kLong));
  AppendBig(body_size, 8, out);
}

}  // namespace millrace
