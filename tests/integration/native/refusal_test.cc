// What a client refuses: requests that would cost it its connection, answers that don't fit, and
// servers of something else.
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "engine/base/limits.h"
#include "sdk/native_endpoint.h"
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

// A batch's answer is one for each entry, or an error.
TEST(NativeRefusalTest, AnswersThatDoNotFitAreErrors) {
  const TemporaryDirectory directory;
  const std::string endpoint = "ipc://" + directory.path() + "/scripted.sock";
  native::Batch answer;
  ScriptedServer server(endpoint, [&answer](const native::RequestBody&) { return answer; });
  std::thread answering([&server] { server.Answer(1 + 5); });
  const auto client = Client::Connect({.endpoint = endpoint, .timeout = std::chrono::seconds(20)});
  ASSERT_TRUE(client.ok()) << client.status().ToString();
  BatchGetItems gets;
  gets.keys = {{"people", Key("1")}, {"people", Key("2")}};
  BatchWriteItems writes;
  writes.Put("people", Key("1")).Put("people", Key("2"));

  EXPECT_TRUE((*client)->BatchGet(gets).status().Is(ErrorCode::kInternal)) << "no items";
  answer.ends = {0, 0, 0};
  answer.unprocessed = {2};
  EXPECT_TRUE((*client)->BatchGet(gets).status().Is(ErrorCode::kInternal)) << "too many";
  EXPECT_TRUE((*client)->BatchGetAsync(gets).get().status().Is(ErrorCode::kInternal));
  answer.ends = {};
  const auto written = (*client)->BatchWrite(writes);
  EXPECT_TRUE(OutcomeUnknown(written.status())) << "the third of two";
  answer.unprocessed = {1};
  EXPECT_EQ((*client)->BatchWrite(writes).value(), Unprocessed{1});
  answering.join();
}

// The port of another server, HTTP's for one.
TEST(NativeRefusalTest, AnotherProtocolIsToldFromANativeServer) {
  NativeEndpoint endpoint{"", "127.0.0.1", 0};
  const int listener = ListenOn(&endpoint).value();
  std::thread answering([listener] {
    int fd = -1;
    EXPECT_TRUE(Eventually(std::chrono::seconds(20), [&fd, listener] {
      fd = accept(listener, nullptr, nullptr);
      return fd >= 0;
    }));
    const std::string_view reply = "HTTP/1.1 400 Bad Request\r\n\r\n";
    EXPECT_EQ(send(fd, reply.data(), reply.size(), MSG_NOSIGNAL), ssize_t(reply.size()));
    shutdown(fd, SHUT_WR);
    char rest[256];
    while (recv(fd, rest, sizeof rest, 0) > 0) {
    }
    close(fd);
  });
  const auto client =
      Client::Connect({.endpoint = endpoint.ToString(), .timeout = std::chrono::seconds(20)});
  answering.join();
  close(listener);
  EXPECT_EQ(client.status().ToString(),
            "ValidationException: " + endpoint.ToString() +
                " is not the native endpoint of a server: not the protocol: not ZMTP");
}

}  // namespace
}  // namespace millrace
