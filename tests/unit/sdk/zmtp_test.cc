#include "sdk/zmtp.h"

#include <gtest/gtest.h>

#include <vector>

#include "engine/base/random.h"

namespace millrace {
namespace {

constexpr size_t kSizeMax = 1000;

std::string Hello(ZmtpPeer::Role role) {
  std::string out;
  ZmtpPeer(role, kSizeMax).Start(&out);
  return out;
}

std::string Message(std::string_view body) {
  std::string out;
  ZmtpPeer::AppendHeader(body.size(), &out);
  return out.append(body);
}

// Feeds the bytes in pieces; the messages, or "error: why" as the last.
std::vector<std::string> Feed(const std::string& bytes, size_t piece, std::string* out) {
  ZmtpPeer peer(ZmtpPeer::Role::kRouter, kSizeMax);
  std::vector<std::string> messages;
  std::string buffer;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    buffer += bytes.substr(at, piece);
    std::string_view in = buffer;
    while (true) {
      std::string_view message;
      const auto event = peer.Next(&in, &message, out);
      if (!event.ok()) {
        messages.push_back("error: " + event.status().message());
        return messages;
      }
      if (*event == ZmtpPeer::Event::kNeedMore) break;
      messages.emplace_back(message);
    }
    buffer = std::string(in);
  }
  return messages;
}

TEST(ZmtpTest, MessagesOfAnyLengthInAnyPieces) {
  const std::vector<std::string> bodies = {"", "a", std::string(255, 'b'), std::string(256, 'c'),
                                           std::string(kSizeMax, 'd')};
  std::string bytes = Hello(ZmtpPeer::Role::kDealer);
  for (const std::string& body : bodies) bytes += Message(body);
  for (const size_t piece : {size_t{1}, size_t{7}, size_t{64}, bytes.size()}) {
    std::string out;
    EXPECT_EQ(Feed(bytes, piece, &out), bodies) << piece;
    EXPECT_EQ(out, "");
  }
}

TEST(ZmtpTest, AnswersPings) {
  std::string out;
  const std::string ping(
      "\x04\x09\x04PING\x00\x64"
      "ab",
      11);
  EXPECT_TRUE(Feed(Hello(ZmtpPeer::Role::kDealer) + ping, 1, &out).empty());
  EXPECT_EQ(out, std::string("\x04\x07\x04PONG"
                             "ab",
                             9));
}

TEST(ZmtpTest, RefusesWhatIsNotSpokenHere) {
  const std::string greeting = Hello(ZmtpPeer::Role::kDealer);
  const auto patched = [&greeting](size_t at, char byte) {
    std::string bytes = greeting;
    bytes[at] = byte;
    return bytes;
  };
  const struct {
    const char* name;
    std::string bytes;
  } rows[] = {
      {"HTTP", "GET / HTTP/1.1\r\n\r\n"},
      {"ZMTP 2", patched(10, 1)},
      {"a version before 3", patched(10, 2)},
      {"no signature", patched(9, 0)},
      {"PLAIN", patched(12, 'P')},
      {"another ROUTER", Hello(ZmtpPeer::Role::kRouter)},
      {"a message before READY", greeting.substr(0, 64) + Message("a")},
      {"READY twice", greeting + greeting.substr(64)},
      {"several parts", greeting + std::string("\x01\x01"
                                               "a",
                                               3)},
      {"several long parts", greeting + std::string("\x03\0\0\0\0\0\0\0\x01"
                                                    "a",
                                                    10)},
      {"a command in parts", greeting + std::string("\x05\x01"
                                                    "a",
                                                    3)},
      {"reserved flags", greeting + std::string("\x08\x01"
                                                "a",
                                                3)},
      {"too long", greeting + std::string("\x02\0\0\0\0\0\0\x03\xe9", 9)},
      {"far too long", greeting + std::string("\x02\xff\xff\xff\xff\xff\xff\xff\xff", 9)},
      {"a long command", greeting + std::string("\x06\0\0\0\0\0\0\x10\x01", 9)},
      {"an empty command", greeting + std::string("\x04\x00", 2)},
      {"a command's name too long", greeting + std::string("\x04\x02\x05"
                                                           "a",
                                                           4)},
      {"ERROR before READY", greeting.substr(0, 64) + std::string("\x04\x06\x05"
                                                                  "ERROR",
                                                                  8)},
      {"ERROR", greeting + std::string("\x04\x07\x05"
                                       "ERROR\0",
                                       9)},
  };
  for (const auto& row : rows) {
    std::string out;
    const auto messages = Feed(row.bytes, 1, &out);
    ASSERT_EQ(messages.size(), 1u) << row.name;
    EXPECT_EQ(messages[0].rfind("error: ", 0), 0u) << row.name << messages[0];
  }
}

std::string Parts(const std::vector<std::string>& bodies) {
  std::string out;
  for (size_t i = 0; i < bodies.size(); ++i) {
    ZmtpPeer::AppendHeader(bodies[i].size(), &out, i + 1 < bodies.size());
    out += bodies[i];
  }
  return out;
}

// "a+" for a part that others follow, "a" for the last one, "error: why".
std::vector<std::string> FeedParts(const std::string& bytes, size_t piece) {
  ZmtpPeer peer(ZmtpPeer::Role::kDealers, kSizeMax, 2);
  std::vector<std::string> parts;
  std::string buffer;
  std::string out;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    buffer += bytes.substr(at, piece);
    std::string_view in = buffer;
    while (true) {
      std::string_view part;
      const auto event = peer.Next(&in, &part, &out);
      if (!event.ok()) {
        parts.push_back("error: " + event.status().message());
        return parts;
      }
      if (*event == ZmtpPeer::Event::kNeedMore) break;
      parts.push_back(std::string(part) + (*event == ZmtpPeer::Event::kPart ? "+" : ""));
    }
    buffer = std::string(in);
  }
  return parts;
}

TEST(ZmtpTest, PartsAreBoundedInNumberAndTogetherInBytes) {
  const std::string hello = Hello(ZmtpPeer::Role::kDealers);
  const std::string half(kSizeMax / 2, 'x');
  const std::string more = half + "x";
  const struct {
    std::string bytes;
    std::vector<std::string> parts;
  } rows[] = {
      {Parts({"a", "b"}) + Parts({"c"}), {"a+", "b", "c"}},
      {Parts({half, half}) + Parts({half, half}), {half + "+", half, half + "+", half}},
      {Parts({half, more}), {half + "+", "error: not the protocol: a message that is too long"}},
      {Parts({"a", "b", "c"}), {"a+", "error: not the protocol: a message of too many parts"}},
  };
  for (const auto& row : rows) {
    for (const size_t piece : {size_t{1}, size_t{7}, hello.size() + row.bytes.size()}) {
      EXPECT_EQ(FeedParts(hello + row.bytes, piece), row.parts) << piece;
    }
  }
}

TEST(ZmtpTest, KnowsWhatAFrameLacks) {
  ZmtpPeer peer(ZmtpPeer::Role::kRouter, kSizeMax);
  const std::string bytes = Hello(ZmtpPeer::Role::kDealer) + Message(std::string(600, 'x'));
  std::string out;
  std::string_view part;
  std::string_view in = std::string_view(bytes).substr(0, bytes.size() - 590);
  EXPECT_EQ(*peer.Next(&in, &part, &out), ZmtpPeer::Event::kNeedMore);
  EXPECT_EQ(peer.missing(), 590u);
  in = std::string_view(bytes).substr(bytes.size() - 609, 5);  // of its header
  EXPECT_EQ(*peer.Next(&in, &part, &out), ZmtpPeer::Event::kNeedMore);
  EXPECT_EQ(peer.missing(), 0u);
  in = std::string_view(bytes).substr(bytes.size() - 609);
  EXPECT_EQ(*peer.Next(&in, &part, &out), ZmtpPeer::Event::kMessage);
  EXPECT_EQ(part.size(), 600u);
}

TEST(ZmtpTest, RolesMatch) {
  using Role = ZmtpPeer::Role;
  const struct {
    Role own;
    Role peer;
    bool ok;
  } rows[] = {{Role::kRouter, Role::kDealer, true},   {Role::kRouter, Role::kDealers, true},
              {Role::kRouter, Role::kRouter, false},  {Role::kDealer, Role::kRouter, true},
              {Role::kDealer, Role::kDealer, false},  {Role::kDealers, Role::kDealer, true},
              {Role::kDealers, Role::kDealers, true}, {Role::kDealers, Role::kRouter, false}};
  for (const auto& row : rows) {
    ZmtpPeer peer(row.own, kSizeMax);
    const std::string hello = Hello(row.peer);
    std::string_view in = hello;
    std::string_view part;
    std::string out;
    EXPECT_EQ(peer.Next(&in, &part, &out).ok(), row.ok);
    EXPECT_EQ(peer.ready(), row.ok);
  }
}

TEST(ZmtpTest, AnyBytesEndWithoutHarm) {
  const std::string start = Hello(ZmtpPeer::Role::kDealer) + Message("abc") + Message("def");
  for (uint64_t seed = 1; seed <= 2000; ++seed) {
    Random random(seed);
    std::string bytes = start;
    for (int i = 0; i < 3; ++i) {
      bytes[random.Uniform(bytes.size())] = static_cast<char>(random.Uniform(256));
    }
    std::string out;
    Feed(bytes, 1 + random.Uniform(40), &out);
    EXPECT_LE(out.size(), bytes.size()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace millrace
