#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <zmq.hpp>

#include "engine/base/random.h"
#include "sdk/native_endpoint.h"
#include "sdk/native_frames.h"
#include "sdk/zmtp.h"
#include "tests/integration/native/native_fixture.h"
#include "tests/integration/native/server_process.h"

namespace millrace {
namespace {

using std::chrono::seconds;

// A peer that says whatever it likes.
class RawPeer {
 public:
  explicit RawPeer(const std::string& endpoint) {
    fd_ = ConnectTo(*ParseNativeEndpoint(endpoint)).value();
    const timeval patience{20, 0};
    // Blocking from here on, with patience.
    const int flags = 0;
    fcntl(fd_, F_SETFL, flags);
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  }
  ~RawPeer() { close(fd_); }
  static std::string Greeting() {
    std::string out;
    ZmtpPeer(ZmtpPeer::Role::kDealer, 1000).Start(&out);
    return out;
  }
  static std::string Message(std::string_view body) {
    std::string out;
    ZmtpPeer::AppendHeader(body.size(), &out);
    return out.append(body);
  }
  static std::string Envelope(const native::Request& request) {
    return std::string(native::FrameEncoder().Encode(request));
  }
  static std::string Hello(uint32_t version = native::kProtocolVersion) {
    return Greeting() + Message(Envelope({0, 0, native::Hello{version, "test", ""}}));
  }
  // False: it was closed.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t size = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (size <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(size));
    }
    return true;
  }
  void SetSendPatience(const timeval& patience) {
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  }
  // All that comes until the server closes.
  std::string ReadAll() {
    std::string all;
    char buffer[4096];
    ssize_t size = 0;
    while ((size = recv(fd_, buffer, sizeof buffer, 0)) > 0) {
      all.append(buffer, static_cast<size_t>(size));
    }
    EXPECT_TRUE(size == 0 || errno == ECONNRESET) << "it was not closed";
    return all;
  }

 private:
  int fd_ = -1;
};

TEST_F(NativeTest, WhatIsNotTheProtocolIsClosed) {
  const std::string good = RawPeer::Hello();
  const std::string rows[] = {
      "GET / HTTP/1.1\r\n\r\n",
      std::string(64, '\xff'),
      RawPeer::Greeting() + RawPeer::Message("not a frame"),
      RawPeer::Greeting() + RawPeer::Message(RawPeer::Envelope({1, 0, native::BatchGet{}})),
      RawPeer::Hello(native::kProtocolVersion + 1),
      good + RawPeer::Message(""),
      good + std::string("\x01\x01x", 3),
      good + std::string("\x02\xff\xff\xff\xff\xff\xff\xff\xff", 9),
  };
  for (const std::string& row : rows) {
    RawPeer peer(endpoint());
    ASSERT_TRUE(peer.Send(row));
    peer.ReadAll();
  }
  EXPECT_TRUE(Connect()->Get({.table = "people", .key = ItemBuilder().Set("pk", "1")}).ok());
}

TEST_F(NativeTest, AnotherVersionIsToldWhy) {
  RawPeer peer(endpoint());
  ASSERT_TRUE(peer.Send(RawPeer::Hello(7)));
  EXPECT_NE(peer.ReadAll().find("version 1 of the native protocol, not version 7"),
            std::string::npos);
}

// A message of endless parts takes no memory: the first part ends the connection.
TEST_F(NativeTest, AFloodOfPartsIsCutOff) {
  RawPeer peer(endpoint());
  ASSERT_TRUE(peer.Send(RawPeer::Hello()));
  const std::string part = std::string("\x01\xff", 2) + std::string(255, 'x');
  size_t sent = 0;
  while (sent < 10'000'000 && peer.Send(part)) sent += part.size();
  EXPECT_LT(sent, 2'000'000u) << "somebody read it all";
}

// A client that asks and never reads is not read from either.
TEST_F(NativeTest, AClientThatDoesNotReadIsHeldBack) {
  const auto client = Connect();
  ItemBuilder item = ItemBuilder().Set("pk", "1").Set("big", std::string(300'000, 'x'));
  ASSERT_TRUE(client->Put({.table = "people", .item = item}).ok());
  RawPeer peer(endpoint());
  ASSERT_TRUE(peer.Send(RawPeer::Hello()));
  const std::string key = EncodeItem(ItemBuilder().Set("pk", "1").value());
  const std::string get =
      RawPeer::Message(RawPeer::Envelope({1, 0, native::Get{"people", key, false, {}, {}}}));
  const timeval soon{0, 300'000};
  peer.SetSendPatience(soon);
  size_t sent = 0;
  while (sent < 50'000 && peer.Send(get)) ++sent;
  EXPECT_LT(sent, 50'000u);
  EXPECT_TRUE(client->Get({.table = "people", .key = ItemBuilder().Set("pk", "1")}).ok())
      << "others are served";
}

TEST_F(NativeTest, AnyBytesEndWithoutHarm) {
  const std::string key = EncodeItem(ItemBuilder().Set("pk", "1").value());
  const std::string start =
      RawPeer::Hello() +
      RawPeer::Message(RawPeer::Envelope({1, 0, native::Get{"people", key, false, {}, {}}}));
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    Random random(seed);
    std::string bytes = start;
    for (int i = 0; i < 3; ++i) {
      bytes[random.Uniform(bytes.size())] = static_cast<char>(random.Next());
    }
    RawPeer peer(endpoint());
    peer.Send(bytes);
  }
  EXPECT_TRUE(Connect()->Get({.table = "people", .key = ItemBuilder().Set("pk", "1")}).ok());
}

TEST_F(NativeTest, OneConnectionTooManyIsClosed) {
  StartServer(2);
  const auto first = Connect();
  const auto second = Connect();
  RawPeer third(endpoint());
  third.ReadAll();
  EXPECT_TRUE(first->Get({.table = "people", .key = ItemBuilder().Set("pk", "1")}).ok());
}

// libzmq's own DEALER speaks with the server.
TEST_F(NativeTest, LibzmqIsUnderstood) {
  zmq::context_t context;
  zmq::socket_t dealer(context, zmq::socket_type::dealer);
  dealer.set(zmq::sockopt::linger, 0);
  dealer.set(zmq::sockopt::rcvtimeo, 20'000);
  dealer.set(zmq::sockopt::heartbeat_ivl, 50);
  dealer.connect(endpoint());
  const auto send = [&dealer](const native::Request& request) {
    dealer.send(zmq::buffer(RawPeer::Envelope(request)), zmq::send_flags::none);
  };
  native::FrameDecoder decoder;
  zmq::message_t message;
  send({0, 0, native::Hello{native::kProtocolVersion, "libzmq", ""}});
  ASSERT_TRUE(dealer.recv(message));
  EXPECT_TRUE(
      std::holds_alternative<native::Welcome>(decoder.DecodeReply(message.to_string_view())->body));
  const std::string key = EncodeItem(ItemBuilder().Set("pk", "1").value());
  send({7, 0, native::Get{"people", key, false, {}, {}}});
  ASSERT_TRUE(dealer.recv(message));
  const auto reply = decoder.DecodeReply(message.to_string_view());
  EXPECT_EQ(reply->id, 7u);
  EXPECT_TRUE(std::get<native::Found>(reply->body).item.empty());
}

// Every write that was acknowledged is there after kill -9, whatever else was under way; the others
// are told apart: not done, or unknown.
TEST(NativeKillTest, AcknowledgedWritesSurvive) {
  const TemporaryDirectory directory;
  ServerProcess server(directory.path() + "/data");
  server.Start();
  server.CreateTable("people");
  ClientOptions options;
  options.endpoint = server.endpoint();
  options.timeout = seconds(60);
  const auto client = std::move(Client::Connect(options)).value();
  int written = 0;
  size_t acknowledged_in_all = 0;
  size_t unknown_in_all = 0;
  for (int round = 0; round < 3; ++round) {
    std::vector<std::future<Result<Item>>> answers;
    const int first = written;
    for (int i = 0; i < 400; ++i) {
      const ItemBuilder item = ItemBuilder().Set("pk", std::to_string(written++));
      answers.push_back(client->PutAsync({.table = "people", .item = item}));
      if (i == 200) answers[static_cast<size_t>(20 * round)].wait();
    }
    server.Kill();
    server.Start();
    for (size_t i = 0; i < answers.size(); ++i) {
      const Result<Item> answer = answers[i].get();
      const ItemBuilder key = ItemBuilder().Set("pk", std::to_string(first + static_cast<int>(i)));
      const auto item = client->Get({.table = "people", .key = key});
      ASSERT_TRUE(item.ok()) << item.status().ToString();
      if (answer.ok()) {
        ++acknowledged_in_all;
        EXPECT_FALSE(item->empty()) << "acknowledged and lost: " << first + static_cast<int>(i);
      } else {
        ++unknown_in_all;
        EXPECT_TRUE(OutcomeUnknown(answer.status())) << answer.status().ToString();
      }
    }
  }
  EXPECT_GT(acknowledged_in_all, 0u);
  EXPECT_EQ(acknowledged_in_all + unknown_in_all, static_cast<size_t>(written));
}

}  // namespace
}  // namespace millrace
