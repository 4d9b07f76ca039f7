#include "triggers/zmtp_peer.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using Event = ZmtpPeer::Event;

constexpr size_t kMax = 1000;

std::string Frame(uint8_t flags, std::string_view body) {
  std::string frame{static_cast<char>(flags)};
  if ((flags & 2) != 0) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      frame += static_cast<char>(static_cast<uint64_t>(body.size()) >> shift);
    }
  } else {
    frame += static_cast<char>(body.size());
  }
  return frame.append(body);
}

std::string Ready() {
  return Frame(4, std::string("\5READY\13Socket-Type\0\0\0\6DEALER", 28));
}

// As libzmq opens: version 3.1.
std::string Opening() {
  std::string greeting = ZmtpPeer::Greeting();
  greeting[11] = 1;
  return greeting + Ready();
}

// All messages that come of `bytes`, given in pieces of `piece`; "!" and why at the end.
std::vector<std::string> Feed(std::string_view bytes, size_t piece) {
  ZmtpPeer peer(kMax);
  std::vector<std::string> messages;
  std::string message;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    peer.Append(bytes.substr(at, piece));
    EXPECT_LE(peer.held(), kMax + 9 + piece);
    for (Event event = Event::kReply; event != Event::kNothing;) {
      event = peer.Next(&message);
      if (event == Event::kMessage) messages.push_back(message);
      if (event != Event::kMalformed) continue;
      messages.push_back("!" + message);
      return messages;
    }
  }
  return messages;
}

TEST(ZmtpPeerTest, MessagesComeWholeHoweverTheBytesDo) {
  const std::string large(kMax, 'x');
  const std::string bytes = Opening() + Frame(0, "one") + Frame(0, "") + Frame(2, large) +
                            Frame(4, std::string("\4PING\0\1", 7)) + Frame(2, "two");
  for (const size_t piece : {1, 2, 7, 64, 100, 5000}) {
    EXPECT_EQ(Feed(bytes, piece), (std::vector<std::string>{"one", "", large, "two"})) << piece;
  }
}

TEST(ZmtpPeerTest, WhatIsNotOfTheProtocolEndsIt) {
  std::string plain = Opening();
  plain.replace(12, 5, "PLAIN");
  std::string older = Opening();
  older[10] = 2;
  const std::string greeting = Opening().substr(0, 64);
  const std::pair<std::string, std::string> rows[] = {
      {"GET / HTTP/1.1", "!no ZMTP greeting"},
      {plain, "!another version or mechanism of ZMTP"},
      {older, "!another version or mechanism of ZMTP"},
      {greeting + Frame(0, "early"), "!a message before READY"},
      {greeting + Frame(4, "\5ERROR"), "!no READY"},
      {Opening() + Frame(1, "part"), "!a message of several parts"},
      {Opening() + Frame(3, "part"), "!a message of several parts"},
      {Opening() + Frame(8, "x"), "!unknown flags of a ZMTP frame"},
      {Opening() + Frame(2, std::string(kMax + 1, 'x')), "!a message of 1001 bytes"},
      {Opening() + Frame(6, std::string(1025, 'x')), "!a message of 1025 bytes"},
      {Opening() + "\2\xff\xff\xff\xff\xff\xff\xff\xff",
       "!a message of 18446744073709551615 bytes"},
  };
  for (const auto& [bytes, why] : rows) {
    for (const size_t piece : {1, 5000})
      EXPECT_EQ(Feed(bytes, piece), std::vector<std::string>{why});
  }
}

TEST(ZmtpPeerTest, BrokenStaysBrokenAndKeepsNothing) {
  ZmtpPeer peer(kMax);
  std::string message;
  peer.Append("nonsense");
  EXPECT_EQ(peer.Next(&message), Event::kMalformed);
  peer.Append(Opening() + Frame(0, "late"));
  EXPECT_EQ(peer.Next(&message), Event::kMalformed);
  EXPECT_EQ(peer.held(), 0u);
}

}  // namespace
}  // namespace millrace
