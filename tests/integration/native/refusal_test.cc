// What a client refuses: requests that would cost it its connection, answers that don't fit, and
// servers of something else.
#include <sys/socket.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "engine/base/limits.h"
#include "sdk/native_endpoint.h"
#include "sdk/zmtp.h"
#include "tests/integration/native/native_fixture.h"
#include "tests/integration/native/scripted_server.h"
#include "tests/support/eventually.h"

namespace millrace {
namespace {

ItemBuilder Key(const std::string& pk) {
  return ItemBuilder().Set("pk", pk);
}

Value Nested(int levels) {
  Value value = Value::Bool(true);
  for (; levels > 0; --levels) {
    Value map = Value::OfMap({});
    map.SetInMap("m", std::move(value));
    value = std::move(map);
  }
  return value;
}

Expression Names(size_t count) {
  Expression expression("a");
  for (size_t i = 0; i < count; ++i) expression.Name("#n" + std::to_string(i), "a");
  return expression;
}

// Whatever is wrong with a request, the others on its connection are answered.
TEST_F(NativeTest, AMalformedRequestHarmsNobodyElse) {
  const auto client = Connect();
  const auto put = [](Value value) {
    return PutItem{.table = "people", .item = Key("1").Set("v", value)};
  };
  const auto put_bytes = [](size_t size) {
    return PutItem{.table = "people", .item = Key("1").Set("v", std::string(size, 'x'))};
  };
  PutItem values = put(Value::Bool(true));
  values.condition = Expression("v = :v").Value(":v", Nested(kNestingDepthMax));
  PutItem names = put(Value::Bool(true));
  names.condition = Names(1025);
  const struct {
    PutItem put;
    const char* why;
  } rows[] = {
      {put(Value::String("\xff")), "not UTF-8"},
      {put(Nested(kNestingDepthMax)), "nested too deeply"},
      {put_bytes(kItemSizeMax), "Item size has exceeded the maximum allowed size"},
      {put_bytes(size_t{33} << 20), "Item size has exceeded the maximum allowed size"},
      {{.table = std::string(1026, 't'), .item = Key("1")}, "too long"},
      {{.table = "\xff", .item = Key("1")}, "not UTF-8"},
      {values, "nested too deeply"},
      {names, "1024 placeholders"},
  };
  for (const auto& row : rows) {
    std::vector<std::future<Result<Item>>> others;
    for (int i = 0; i < 20; ++i) {
      others.push_back(client->PutAsync({.table = "people", .item = Key(std::to_string(i))}));
    }
    const Status refused = client->Put(row.put).status();
    EXPECT_TRUE(refused.Is(ErrorCode::kValidation)) << row.why << ": " << refused.ToString();
    EXPECT_NE(refused.message().find(row.why), std::string::npos) << refused.ToString();
    EXPECT_EQ(client->PutAsync(row.put).get().status().ToString(), refused.ToString());
    for (auto& other : others) {
      const Status done = other.get().status();
      EXPECT_TRUE(done.ok()) << row.why << ": " << done.ToString();
    }
  }
  EXPECT_TRUE(client->Put(put(Nested(kNestingDepthMax - 1))).ok()) << "32 levels with the item";
}

TEST_F(NativeTest, AFailedConditionGivesTheItem) {
  const auto client = Connect();
  ASSERT_TRUE(client->Put({.table = "people", .item = Key("1").Set("name", "Ada")}).ok());
  Item there;
  const Expression absent("attribute_not_exists(pk)");
  PutItem put{.table = "people", .item = Key("1"), .condition = absent};
  put.item_on_failure = &there;
  EXPECT_TRUE(client->Put(put).status().Is(ErrorCode::kConditionalCheckFailed));
  EXPECT_EQ(there.GetString("name"), "Ada");

  there = Item();
  UpdateItem update{.table = "people", .key = Key("1"), .update = "REMOVE x", .condition = absent};
  update.item_on_failure = &there;
  EXPECT_FALSE(client->UpdateAsync(update).get().ok());
  EXPECT_EQ(there.GetString("name"), "Ada");

  there = Item();
  DeleteItem remove{.table = "people", .key = Key("1"), .condition = absent};
  EXPECT_FALSE(client->DeleteWithCapacity(remove).ok());
  EXPECT_TRUE(there.empty()) << "only when asked for";
  remove.item_on_failure = &there;
  EXPECT_FALSE(client->DeleteWithCapacity(remove).ok());
  EXPECT_EQ(there.GetString("name"), "Ada");

  remove = {.table = "people", .key = Key("2"), .condition = "attribute_exists(pk)"};
  remove.item_on_failure = &there;
  EXPECT_TRUE(client->Delete(remove).status().Is(ErrorCode::kConditionalCheckFailed));
  EXPECT_TRUE(there.empty()) << "there was none";

  put = {.table = "people", .item = Key("3").Set("name", "Eve"), .condition = absent};
  put.item_on_failure = &there;
  there = Item(EncodeItem(Key("untouched").value()));
  EXPECT_TRUE(client->Put(put).ok());
  EXPECT_EQ(there.GetString("pk"), "untouched");
}

// A chain of callbacks ends with its client, and so does what it started last.
TEST_F(NativeTest, WhatIsStartedWhileClosingIsDropped) {
  auto client = Connect();
  Client* const raw = client.get();
  const GetItem get{.table = "people", .key = Key("1")};
  std::future<Result<Item>> last;
  std::function<void(const Result<Item>&)> next = [&](const Result<Item>& item) {
    if (item.ok()) return raw->GetAsync(get, next);
    last = raw->GetAsync(get);
  };
  raw->GetAsync(get, next);
  client.reset();
  const Status dropped = last.get().status();
  EXPECT_EQ(dropped.ToString(), "ServiceUnavailable: the client was closed");
}

// A batch's answer is one for each entry, or an error.
TEST(NativeRefusalTest, AnswersThatDoNotFitAreErrors) {
  const TemporaryDirectory directory;
  const std::string endpoint = "ipc://" + directory.path() + "/scripted.sock";
  native::Batch too_many;
  too_many.ends = {0, 0, 0};
  too_many.unprocessed = {2};
  native::Batch third;
  third.unprocessed = {2};
  native::Batch second;
  second.unprocessed = {1};
  const std::vector<native::Batch> answers = {native::Batch(), too_many, too_many, third, second};
  ScriptedServer server(endpoint, [&answers, next = answers.begin()](
                                      const native::RequestBody&) mutable { return *next++; });
  std::thread answering(
      [&server, &answers] { server.Answer(1 + static_cast<int>(answers.size())); });
  const auto client = Client::Connect({.endpoint = endpoint, .timeout = std::chrono::seconds(20)});
  ASSERT_TRUE(client.ok()) << client.status().ToString();
  BatchGetItems gets;
  gets.keys = {{"people", Key("1")}, {"people", Key("2")}};
  BatchWriteItems writes;
  writes.Put("people", Key("1")).Put("people", Key("2"));

  EXPECT_TRUE((*client)->BatchGet(gets).status().Is(ErrorCode::kInternal)) << "no items";
  EXPECT_TRUE((*client)->BatchGet(gets).status().Is(ErrorCode::kInternal)) << "too many";
  EXPECT_TRUE((*client)->BatchGetAsync(gets).get().status().Is(ErrorCode::kInternal));
  const auto written = (*client)->BatchWrite(writes);
  EXPECT_TRUE(OutcomeUnknown(written.status())) << "the third of two";
  EXPECT_EQ((*client)->BatchWrite(writes).value(), Unprocessed{1});
  answering.join();
}

// What Connect says of a server that says `first`, and then, if there is one, `flood` for ever.
Status ConnectTo(std::string_view first, std::string_view flood, std::chrono::milliseconds timeout,
                 NativeEndpoint* endpoint) {
  const int listener = ListenOn(endpoint).value();
  std::thread answering([listener, first, flood] {
    int fd = -1;
    EXPECT_TRUE(Eventually(std::chrono::seconds(20), [&fd, listener] {
      fd = accept(listener, nullptr, nullptr);
      return fd >= 0;
    }));
    send(fd, first.data(), first.size(), MSG_NOSIGNAL);
    while (!flood.empty() && send(fd, flood.data(), flood.size(), MSG_NOSIGNAL) > 0) {
    }
    shutdown(fd, SHUT_WR);
    char rest[256];
    while (recv(fd, rest, sizeof rest, 0) > 0) {
    }
    close(fd);
  });
  const Status status =
      Client::Connect({.endpoint = endpoint->ToString(), .timeout = timeout}).status();
  answering.join();
  close(listener);
  return status;
}

// The port of another server, HTTP's for one.
TEST(NativeRefusalTest, AnotherProtocolIsToldFromANativeServer) {
  NativeEndpoint endpoint{"", "127.0.0.1", 0};
  const Status status =
      ConnectTo("HTTP/1.1 400 Bad Request\r\n\r\n", "", std::chrono::seconds(20), &endpoint);
  EXPECT_EQ(status.ToString(),
            "ValidationException: " + endpoint.ToString() +
                " is not the native endpoint of a server: not the protocol: not ZMTP");
}

// A server that never stops keeps nobody from looking at the clock.
TEST(NativeRefusalTest, AServerThatFloodsIsGivenUp) {
  std::string greeting;
  ZmtpPeer(ZmtpPeer::Role::kRouter, 0).Start(&greeting);
  std::string flood;
  while (flood.size() < 1'000'000) flood += std::string("\x04\x09\x04PING\x00\x64xy", 11);
  NativeEndpoint endpoint{"", "127.0.0.1", 0};
  const Status status = ConnectTo(greeting, flood, std::chrono::milliseconds(300), &endpoint);
  EXPECT_TRUE(status.Is(ErrorCode::kUnavailable)) << status.ToString();
}

}  // namespace
}  // namespace millrace
