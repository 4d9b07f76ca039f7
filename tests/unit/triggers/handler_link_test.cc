#include "triggers/handler_link.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "sdk/native_endpoint.h"

namespace millrace {
namespace {

using Received = HandlerLink::Received;

constexpr size_t kMegabyte = 1024 * 1024;

std::string Message(std::string_view body) {
  std::string out;
  ZmtpPeer::AppendHeader(body.size(), &out);
  return out.append(body);
}

std::string Ping() {
  return std::string("\4\11\4PING\0\0ab", 11);
}

// A link and whoever connects to it.
class HandlerLinkTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = (std::filesystem::temp_directory_path() / "millrace_link_XXXXXX").string();
    ASSERT_NE(mkdtemp(directory_.data()), nullptr);
    auto link = HandlerLink::Listen(Address());
    ASSERT_TRUE(link.ok()) << link.status().ToString();
    link_ = std::move(*link);
    handler_ = *Connect();
  }
  void TearDown() override {
    if (handler_ >= 0) close(handler_);
    std::filesystem::remove_all(directory_);
  }

  std::string Address() const { return "ipc://" + directory_ + "/handler.sock"; }
  Result<int> Connect() const { return ConnectTo(*ParseNativeEndpoint(Address())); }
  // As the handler. All of it, while the link reads.
  Received Say(std::string_view bytes, std::string* text) {
    std::string_view message;
    Received received = Received::kNothing;
    while (!bytes.empty() && received == Received::kNothing) {
      const ssize_t size = send(handler_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (size > 0) bytes.remove_prefix(static_cast<size_t>(size));
      received = link_->Receive(&message);
    }
    for (int i = 0; i < 10 && received == Received::kNothing; ++i) {
      received = link_->Receive(&message);
    }
    *text = message;
    return received;
  }
  void Greet() {
    std::string hello;
    peer_.Start(&hello);
    std::string text;
    ASSERT_EQ(Say(hello, &text), Received::kNothing) << text;
    ASSERT_EQ(Hear(), std::vector<std::string>());
    ASSERT_TRUE(peer_.ready());
  }
  // As the handler: the parts that came.
  std::vector<std::string> Hear() {
    std::vector<std::string> parts;
    std::string buffer(kMegabyte, 0);
    std::string answers;
    std::string_view message;
    while (true) {
      const ssize_t size = recv(handler_, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (size > 0) {
        heard_.append(buffer, 0, static_cast<size_t>(size));
        EXPECT_NE(link_->Receive(&message), Received::kMalformed);
        continue;
      }
      std::string_view in = heard_;
      std::string_view part;
      while (*peer_.Next(&in, &part, &answers) != ZmtpPeer::Event::kNeedMore) {
        parts.emplace_back(part);
      }
      heard_ = std::string(in);
      return parts;
    }
  }

  std::string directory_;
  std::unique_ptr<HandlerLink> link_;
  int handler_ = -1;
  ZmtpPeer peer_{ZmtpPeer::Role::kDealers, 64 * kMegabyte, 2};
  std::string heard_;
};

TEST_F(HandlerLinkTest, MessagesBothWays) {
  EXPECT_FALSE(link_->Send("nobody is there yet"));
  Greet();
  const std::string large(3 * kMegabyte, 'x');
  std::string text;
  for (const std::string& body : {std::string(), std::string("one"), large}) {
    EXPECT_EQ(Say(Message(body), &text), Received::kMessage);
    EXPECT_EQ(text, body);
    EXPECT_TRUE(link_->Send(body));
    EXPECT_EQ(Hear(), std::vector<std::string>{body});
  }
  EXPECT_EQ(Say(Ping(), &text), Received::kNothing);
  EXPECT_FALSE(link_->wants_write());
}

// More than the socket takes: the rest goes when it is read, and only then is the buffer free.
TEST_F(HandlerLinkTest, RecordsAreSharedUntilTheyAreSent) {
  Greet();
  RecordHeader header;
  std::string record;
  AppendRecordHeader(header, &record);
  record.resize(kMegabyte, 'r');
  auto records = std::make_shared<RecordsBuffer>(8);
  for (int i = 0; i < 8; ++i) records->Append(RecordView(record));
  const std::string payload(records->Payload());
  EXPECT_TRUE(link_->Send("envelope", records));
  EXPECT_TRUE(link_->Send("behind it"));
  EXPECT_TRUE(link_->wants_write());
  EXPECT_EQ(records.use_count(), 2);
  EXPECT_EQ(Hear(), (std::vector<std::string>{"envelope", payload, "behind it"}));
  EXPECT_FALSE(link_->wants_write());
  EXPECT_EQ(records.use_count(), 1);
}

TEST_F(HandlerLinkTest, WhoDoesNotReadIsSentNoMoreThanABit) {
  Greet();
  const std::string answer(400 * 1024, 'a');
  int sent = 0;
  while (link_->Send(answer)) ASSERT_LT(++sent, 20);
  EXPECT_GE(sent, 10);
  EXPECT_EQ(Hear().size(), static_cast<size_t>(sent));
  EXPECT_TRUE(link_->Send(answer));
}

TEST_F(HandlerLinkTest, PingsWhoseAnswersAreNotReadEndIt) {
  Greet();
  std::string pings;
  for (int i = 0; i < 100'000; ++i) pings += Ping();
  std::string text;
  Received received = Received::kNothing;
  for (int i = 0; i < 20 && received == Received::kNothing; ++i) received = Say(pings, &text);
  EXPECT_EQ(received, Received::kMalformed);
  EXPECT_EQ(text, "it doesn't read the answers to its PINGs");
}

TEST_F(HandlerLinkTest, WhatIsNotOfTheProtocolIsTold) {
  const std::pair<std::string, std::string> rows[] = {
      {"\1\4part", "a message of several parts"},
      {std::string("\3\0\0\0\0\0\0\0\4part", 13), "a message of several parts"},
      {std::string("\2\0\0\0\0\0\x80\0\1", 9), "a message that is too long"},  // 8 MB and 1
      {"\2\xff\xff\xff\xff\xff\xff\xff\xff", "a message that is too long"},
      {std::string("\x8\0", 2), "reserved flags"},
  };
  for (const auto& [bytes, why] : rows) {
    Greet();
    std::string text;
    EXPECT_EQ(Say(bytes, &text), Received::kMalformed);
    EXPECT_EQ(text, "not the protocol: " + why);
    TearDown();
    peer_ = ZmtpPeer(ZmtpPeer::Role::kDealers, 64 * kMegabyte, 2);
    SetUp();
  }
}

TEST_F(HandlerLinkTest, HalfAMessageIsWaitedFor) {
  Greet();
  const std::string bytes = Message(std::string(1000, 'x'));
  std::string text;
  EXPECT_EQ(Say(bytes.substr(0, 500), &text), Received::kNothing);
  EXPECT_EQ(Say(bytes.substr(500), &text), Received::kMessage);
  EXPECT_EQ(text.size(), 1000u);
}

TEST_F(HandlerLinkTest, OneConnectionOnly) {
  const int early = *Connect();  // before anybody was accepted
  Greet();
  char byte = 0;
  EXPECT_LE(recv(early, &byte, 1, MSG_DONTWAIT), 0);
  EXPECT_NE(errno, EAGAIN);
  close(early);
  const Result<int> late = Connect();
  EXPECT_TRUE(late.status().Is(ErrorCode::kUnavailable));
}

TEST_F(HandlerLinkTest, WhoHasGoneIsNotWaitedFor) {
  Greet();
  EXPECT_GE(link_->fd(), 0);
  close(std::exchange(handler_, -1));
  std::string_view message;
  EXPECT_EQ(link_->Receive(&message), Received::kNothing);
  EXPECT_EQ(link_->fd(), -1);
  EXPECT_FALSE(link_->Send("gone"));
}

}  // namespace
}  // namespace millrace
