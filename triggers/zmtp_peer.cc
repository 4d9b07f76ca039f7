#include "triggers/zmtp_peer.h"

#include <utility>

#include "engine/base/coding.h"

namespace millrace {
namespace {

constexpr size_t kGreetingSize = 64;
constexpr uint8_t kSignatureFirst = 0xff;
constexpr size_t kSignatureLastAt = 9;  // 0x7f
constexpr size_t kMajorAt = 10;
constexpr uint8_t kMajor = 3;
constexpr size_t kMechanismAt = 12;
constexpr size_t kMechanismSize = 20;

constexpr uint8_t kFlagMore = 1;
constexpr uint8_t kFlagLong = 2;
constexpr uint8_t kFlagCommand = 4;
constexpr size_t kShortSizeMax = 255;
constexpr size_t kCommandSizeMax = 1024;  // READY's properties, PING

std::string_view ReadyName() {
  return "\5READY";
}

void AppendProperty(std::string_view name, std::string_view value, std::string* out) {
  out->push_back(static_cast<char>(name.size()));
  out->append(name);
  PutBig(out, static_cast<uint32_t>(value.size()));
  out->append(value);
}

std::string ReadyCommand() {
  std::string body(ReadyName());
  AppendProperty("Socket-Type", "DEALER", &body);
  AppendProperty("Identity", "", &body);
  std::string command{static_cast<char>(kFlagCommand), static_cast<char>(body.size())};
  return command + body;
}

}  // namespace

std::string ZmtpPeer::Greeting() {
  std::string greeting(kGreetingSize, '\0');
  greeting[0] = static_cast<char>(kSignatureFirst);
  greeting[kSignatureLastAt] = 0x7f;
  greeting[kMajorAt] = static_cast<char>(kMajor);
  greeting.replace(kMechanismAt, 4, "NULL");
  return greeting;
}

void ZmtpPeer::AppendHeader(size_t size, bool more, std::string* out) {
  const uint8_t flags = more ? kFlagMore : 0;
  if (size <= kShortSizeMax) {
    out->push_back(static_cast<char>(flags));
    out->push_back(static_cast<char>(size));
    return;
  }
  out->push_back(static_cast<char>(flags | kFlagLong));
  PutBig(out, static_cast<uint64_t>(size));
}

void ZmtpPeer::Append(std::string_view bytes) {
  if (state_ == State::kBroken) return;
  if (read_ > 0) buffer_.erase(0, std::exchange(read_, 0));
  buffer_.append(bytes);
}

ZmtpPeer::Event ZmtpPeer::Next(std::string* message) {
  switch (state_) {
    case State::kGreeting:
      return TakeGreeting(message);
    case State::kReady:
    case State::kOpen:
      return TakeFrame(message);
    case State::kBroken:
      break;
  }
  return Break(message, "it broke the protocol before");
}

ZmtpPeer::Event ZmtpPeer::TakeGreeting(std::string* message) {
  const std::string_view bytes = unread();
  if (!bytes.empty() && static_cast<uint8_t>(bytes[0]) != kSignatureFirst) {
    return Break(message, "no ZMTP greeting");
  }
  if (bytes.size() < kGreetingSize) return Event::kNothing;
  std::string mechanism = "NULL";
  mechanism.resize(kMechanismSize, '\0');
  if (bytes[kSignatureLastAt] != 0x7f || static_cast<uint8_t>(bytes[kMajorAt]) < kMajor ||
      bytes.substr(kMechanismAt, kMechanismSize) != mechanism) {
    return Break(message, "another version or mechanism of ZMTP");
  }
  Consume(kGreetingSize);
  state_ = State::kReady;
  *message = ReadyCommand();
  return Event::kReply;
}

std::optional<ZmtpPeer::Header> ZmtpPeer::PeekHeader() const {
  std::string_view in = unread();
  Header header;
  uint8_t short_size = 0;
  if (!TakeLittle(&in, &header.flags)) return std::nullopt;
  const bool is_long = (header.flags & kFlagLong) != 0;
  if (is_long ? !TakeBig(&in, &header.size) : !TakeLittle(&in, &short_size)) return std::nullopt;
  if (!is_long) header.size = short_size;
  header.length = is_long ? 9 : 2;
  return header;
}

ZmtpPeer::Event ZmtpPeer::TakeFrame(std::string* message) {
  while (const std::optional<Header> header = PeekHeader()) {
    const bool command = (header->flags & kFlagCommand) != 0;
    if ((header->flags & ~(kFlagMore | kFlagLong | kFlagCommand)) != 0) {
      return Break(message, "unknown flags of a ZMTP frame");
    }
    if ((header->flags & kFlagMore) != 0) return Break(message, "a message of several parts");
    if (header->size > (command ? kCommandSizeMax : message_max_)) {
      return Break(message, "a message of " + std::to_string(header->size) + " bytes");
    }
    if (!command && state_ == State::kReady) {
      return Break(message, "a message before READY");
    }
    const std::string_view body = unread().substr(header->length);
    if (body.size() < header->size) return Event::kNothing;
    if (!command) {
      message->assign(body.substr(0, header->size));
      Consume(header->length + header->size);
      return Event::kMessage;
    }
    if (state_ == State::kReady && body.substr(0, ReadyName().size()) != ReadyName()) {
      return Break(message, "no READY");
    }
    // Later ones are PING and the like, of which a handler of ours sends none: nothing to say.
    Consume(header->length + header->size);
    state_ = State::kOpen;
  }
  return Event::kNothing;
}

ZmtpPeer::Event ZmtpPeer::Break(std::string* message, std::string_view why) {
  state_ = State::kBroken;
  buffer_ = std::string();
  read_ = 0;
  message->assign(why);
  return Event::kMalformed;
}

void ZmtpPeer::Consume(size_t size) {
  read_ += size;
  if (read_ < buffer_.size()) return;
  // All of it, most often. A buffer that was large for once is given back.
  constexpr size_t kKept = 64 * 1024;
  if (buffer_.capacity() > kKept) buffer_ = std::string();
  buffer_.clear();
  read_ = 0;
}

}  // namespace millrace
