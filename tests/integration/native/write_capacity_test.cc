// What writes cost, through the client; the figures themselves are compared with the HTTP API's in
// tests/blackbox/test_native_capacity.py.
#include <future>
#include <thread>
#include "tests/integration/native/scripted_server.h"

#include "sdk/native_frames.h"
#include "server/protocol/throughput.h"
#include "tests/integration/native/native_fixture.h"

namespace millrace {
namespace {

ItemBuilder Person(const std::string& pk) {
  return ItemBuilder().Set("pk", pk).Set("pad", std::string(1500, 'x'));
}

TEST_F(NativeTest, AllFormsOfAWriteTellWhatItCost) {
  const auto client = Connect();
  const PutItem put{.table = "people", .item = Person("1"), .returns = Return::kAllOld};
  const auto first = client->PutWithCapacity(put);
  ASSERT_TRUE(first.ok()) << first.status().ToString();
  EXPECT_TRUE(first->attributes.empty());
  ASSERT_TRUE(first->capacity.has_value());
  EXPECT_EQ(first->capacity->table_name, "people");
  EXPECT_EQ(first->capacity->table, 2);
  EXPECT_TRUE(first->capacity->indexes.empty());
  const auto second = client->PutWithCapacityAsync(put).get();
  EXPECT_EQ(second->attributes.GetString("pk"), "1") << "with what it returns";
  EXPECT_EQ(second->capacity->total(), 2);

  const ItemBuilder key = ItemBuilder().Set("pk", "1");
  const UpdateItem update{
      .table = "people", .key = key, .update = Expression("SET n = :n").Value(":n", 1)};
  EXPECT_EQ(client->UpdateWithCapacity(update)->capacity->total(), 2);
  EXPECT_EQ(client->UpdateWithCapacityAsync(update).get()->capacity->total(), 2);
  std::promise<Result<WrittenItem>> called;
  client->DeleteWithCapacityAsync(
      {.table = "people", .key = key, .returns = Return::kAllOld},
      [&called](Result<WrittenItem> written) { called.set_value(std::move(written)); });
  const auto removed = called.get_future().get();
  ASSERT_TRUE(removed.ok()) << removed.status().ToString();
  EXPECT_EQ(removed->attributes.GetInt("n"), 1);
  EXPECT_EQ(removed->capacity->total(), 2);
  EXPECT_EQ(client->DeleteWithCapacity({.table = "people", .key = key})->capacity->total(), 1);
}

TEST_F(NativeTest, WhatABatchLeavesUnprocessedCostsNothing) {
  MakeTable("metered", false, 1);
  throughput_.Charge(*database_->FindTable("metered"), ThroughputLimiter::Kind::kWrite, 300'001);
  const auto client = Connect();
  BatchWriteItems writes;
  writes.Put("people", Person("1")).Put("metered", Person("1"));
  writes.Delete("people", ItemBuilder().Set("pk", "2"));
  for (const auto& written : {client->BatchWriteWithCapacity(writes),
                              client->BatchWriteWithCapacityAsync(writes).get()}) {
    ASSERT_TRUE(written.ok()) << written.status().ToString();
    EXPECT_EQ(written->unprocessed, Unprocessed{1});
    ASSERT_EQ(written->capacity.size(), 2u);
    EXPECT_EQ(written->capacity[0].table_name, "metered");
    EXPECT_EQ(written->capacity[0].total(), 0);
    EXPECT_EQ(written->capacity[1].table_name, "people");
    EXPECT_EQ(written->capacity[1].total(), 3);
  }
}

// A server that knows nothing of capacity: it overlooks the question.
native::ReplyBody EarlierReply(const native::RequestBody& body) {
  if (std::holds_alternative<native::BatchWrite>(body)) return native::Batch{};
  return native::Written{};
}

TEST(NativeEarlierServerTest, WritesAreDoneWithoutCapacity) {
  const TemporaryDirectory directory;
  const std::string endpoint = "ipc://" + directory.path() + "/earlier.sock";
  ScriptedServer server(endpoint, EarlierReply);
  std::thread answering([&server] { server.Answer(3); });
  const auto client = Client::Connect({.endpoint = endpoint, .timeout = std::chrono::seconds(20)});
  ASSERT_TRUE(client.ok()) << client.status().ToString();
  const auto written = (*client)->PutWithCapacity({.table = "people", .item = Person("1")});
  EXPECT_TRUE(written.ok()) << written.status().ToString();
  if (written.ok()) {
    EXPECT_FALSE(written->capacity.has_value());
  }
  const auto batch =
      (*client)->BatchWriteWithCapacity(BatchWriteItems().Put("people", Person("1")));
  EXPECT_TRUE(batch.ok()) << batch.status().ToString();
  if (batch.ok()) {
    EXPECT_TRUE(batch->capacity.empty());
  }
  answering.join();
}

}  // namespace
}  // namespace millrace
