#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "engine/base/limits.h"
#include "tests/integration/native/native_fixture.h"

namespace millrace {
namespace {

ItemBuilder Key(const std::string& pk) {
  return ItemBuilder().Set("pk", pk);
}
ItemBuilder Visit(const std::string& pk, int sk) {
  return Key(pk).Set("sk", sk);
}

TEST_F(NativeTest, PutsGetsUpdatesAndDeletes) {
  const auto client = Connect();
  PutItem put{.table = "people", .item = Key("1").Set("name", "Ada")};
  ASSERT_TRUE(client->Put(put).ok());
  put.item.Set("name", "Bob");
  put.returns = Return::kAllOld;
  const auto old = client->Put(put);
  ASSERT_TRUE(old.ok()) << old.status().ToString();
  EXPECT_EQ(old->GetString("name"), "Ada");

  UpdateItem update{.table = "people", .key = Key("1")};
  update.update = Expression("SET #n = :n, visits = :one").Name("#n", "name").Value(":n", "Eve");
  update.update.Value(":one", 1);
  update.condition = Expression("#n = :b").Name("#n", "name").Value(":b", "Bob");
  update.returns = Return::kUpdatedNew;
  const auto updated = client->Update(update);
  ASSERT_TRUE(updated.ok()) << updated.status().ToString();
  EXPECT_EQ(updated->GetString("name"), "Eve");
  EXPECT_FALSE(updated->Has("pk")) << "only what was updated";

  GetItem get{.table = "people", .key = Key("1")};
  EXPECT_EQ(client->Get(get)->GetInt("visits"), 1);
  get.projection = "visits";
  EXPECT_FALSE(client->Get(get)->Has("name"));

  DeleteItem remove{.table = "people", .key = Key("1"), .returns = Return::kAllOld};
  EXPECT_EQ(client->Delete(remove)->GetString("name"), "Eve");
  EXPECT_TRUE(client->Get(get)->empty());
}

TEST_F(NativeTest, ErrorsAreThoseOfTheApi) {
  const auto client = Connect();
  const auto get = [&](GetItem request) { return client->Get(request).status().ToString(); };
  EXPECT_EQ(get({.table = "nobody", .key = Key("1")}),
            "ResourceNotFoundException: Requested resource not found");
  EXPECT_EQ(get({.table = "people", .key = ItemBuilder().Set("id", 1)}),
            "ValidationException: The provided key element does not match the schema");
  GetItem named{.table = "people", .key = Key("1"), .projection = Expression("a").Name("#b", "b")};
  EXPECT_EQ(get(named),
            "ValidationException: Value provided in ExpressionAttributeNames unused in "
            "expressions: keys: {#b}");

  PutItem put{.table = "people", .item = Key("1"), .condition = "attribute_exists(pk)"};
  EXPECT_EQ(client->Put(put).status().ToString(),
            "ConditionalCheckFailedException: The conditional request failed");
  put.returns = Return::kAllNew;
  EXPECT_EQ(client->Put(put).status().message(), "ReturnValues can only be ALL_OLD or NONE");
  UpdateItem update{
      .table = "people", .key = Key("1"), .update = Expression("SET pk = :v").Value(":v", 1)};
  EXPECT_NE(client->Update(update).status().message().find("Cannot update attribute pk"),
            std::string::npos);
  put = {.table = "people", .item = Key("1").Set("big", std::string(kItemSizeMax, 'x'))};
  EXPECT_EQ(client->Put(put).status().message(), "Item size has exceeded the maximum allowed size");
  put = {.table = "people", .item = Key("1").Set("nan", 0.0 / 0.0)};
  EXPECT_TRUE(client->Put(put).status().Is(ErrorCode::kValidation)) << "found before it is sent";
}

TEST_F(NativeTest, QueriesInPages) {
  const auto client = Connect();
  for (int sk = 0; sk < 10; ++sk) {
    ASSERT_TRUE(client->Put({.table = "visits", .item = Visit("a", sk).Set("odd", sk % 2)}).ok());
  }
  QueryItems query{.table = "visits"};
  query.key_condition = Expression("pk = :pk AND sk >= :from").Value(":pk", "a").Value(":from", 2);
  query.filter = Expression("odd = :odd").Value(":odd", 1);
  query.limit = 3;
  query.forward = false;
  std::string found;
  int pages = 0;
  do {
    const auto page = client->Query(query);
    ASSERT_TRUE(page.ok()) << page.status().ToString();
    for (const Item& item : page->items) found += std::to_string(*item.GetInt("sk")) + " ";
    EXPECT_EQ(page->items.size(), page->count);
    query.start_key = page->last_key;
    ++pages;
  } while (!query.start_key.empty());
  EXPECT_EQ(found, "9 7 5 3 ");
  EXPECT_EQ(pages, 3);
  query.limit = 0;
  query.count_only = true;
  const auto counted = client->Query(query);
  EXPECT_EQ(counted->count, 4u);
  EXPECT_EQ(counted->scanned_count, 8u);
  EXPECT_TRUE(counted->items.empty());
  query.key_condition = {};
  EXPECT_EQ(client->Query(query).status().message(),
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in "
            "the request.");
}

TEST_F(NativeTest, Batches) {
  const auto client = Connect();
  BatchWriteItems writes;
  for (int i = 0; i < 24; ++i) writes.Put("people", Key(std::to_string(i)).Set("i", i));
  writes.Put("visits", Visit("a", 1));
  const auto written = client->BatchWrite(writes);
  ASSERT_TRUE(written.ok()) << written.status().ToString();
  EXPECT_TRUE(written->empty());
  writes.Delete("people", Key("26th"));
  EXPECT_EQ(client->BatchWrite(writes).status().message(),
            "Too many items requested for the BatchWriteItem call");
  EXPECT_EQ(client->BatchWrite(BatchWriteItems().Put("people", Key("1")).Delete("people", Key("1")))
                .status()
                .message(),
            "Provided list of item keys contains duplicates");

  BatchGetItems gets;
  for (int i = 0; i < 99; ++i) gets.keys.push_back({"people", Key(std::to_string(i))});
  gets.keys.push_back({"visits", Visit("a", 1)});
  const auto got = client->BatchGet(gets);
  ASSERT_TRUE(got.ok()) << got.status().ToString();
  ASSERT_EQ(got->items.size(), 100u);
  EXPECT_EQ(got->items[23].GetInt("i"), 23);
  EXPECT_TRUE(got->items[24].empty());
  EXPECT_FALSE(got->items[99].empty());
  gets.keys.push_back({"people", Key("100")});
  EXPECT_EQ(client->BatchGet(gets).status().message(),
            "Too many items requested for the BatchGetItem call");
  EXPECT_FALSE(client->BatchGet({}).ok());
}

TEST_F(NativeTest, WhatDoesNotFitIsAskedForAgain) {
  const auto client = Connect();
  const auto once = Connect({.attempts_max = 1});
  BatchGetItems gets;
  const std::string big(390 * 1024, 'x');
  for (int i = 0; i < 44; ++i) {
    const ItemBuilder key = Key(std::to_string(i));
    ASSERT_TRUE(client->Put({.table = "people", .item = ItemBuilder(key).Set("big", big)}).ok());
    gets.keys.push_back({"people", key});
  }
  const auto first = once->BatchGet(gets);
  ASSERT_TRUE(first.ok()) << first.status().ToString();
  EXPECT_EQ(first->unprocessed, (std::vector<size_t>{42, 43})) << "16 MB are 42 of them";
  EXPECT_TRUE(first->items[42].empty());
  const auto got = client->BatchGet(gets);
  ASSERT_TRUE(got.ok()) << got.status().ToString();
  EXPECT_TRUE(got->unprocessed.empty());
  for (size_t i = 0; i < 44; ++i) EXPECT_EQ(got->items[i].GetString("pk"), std::to_string(i));
}

// A table of one unit a second, of whose burst there is nothing left, and one without limits.
class ThrottledTest : public NativeTest {
 protected:
  void SetUp() override {
    NativeTest::SetUp();
    MakeTable("metered", false, 1);
    const auto client = Connect();
    for (int i = 0; i < 6; ++i) {
      const std::string table = i % 2 == 0 ? "people" : "metered";
      const ItemBuilder item = Key(std::to_string(i));
      ASSERT_TRUE(client->Put({.table = table, .item = item}).ok());
      gets_.keys.push_back({table, item});
    }
    throughput_.Charge(*database_->FindTable("metered"), ThroughputLimiter::Kind::kRead, 300);
  }
  static void ExpectAll(const Result<BatchGot>& got) {
    ASSERT_TRUE(got.ok()) << got.status().ToString();
    EXPECT_TRUE(got->unprocessed.empty());
    ASSERT_EQ(got->items.size(), 6u);
    for (size_t i = 0; i < 6; ++i) EXPECT_EQ(got->items[i].GetString("pk"), std::to_string(i));
  }

  BatchGetItems gets_;
};

TEST_F(ThrottledTest, KeysComeBackUnprocessedAfterSoManyAttempts) {
  for (const int attempts : {1, 3}) {
    const auto client =
        Connect({.attempts_max = attempts, .backoff_min = std::chrono::milliseconds(1)});
    const auto got = client->BatchGet(gets_);
    ASSERT_TRUE(got.ok()) << got.status().ToString();
    EXPECT_EQ(got->unprocessed, (std::vector<size_t>{1, 3, 5}));
    for (size_t i = 0; i < 6; ++i) EXPECT_EQ(got->items[i].empty(), i % 2 == 1);
    // Nothing of it can be read: that is an error.
    BatchGetItems metered;
    metered.keys.push_back(gets_.keys[1]);
    EXPECT_EQ(client->BatchGet(metered).status().code(), ErrorCode::kProvisionedThroughputExceeded);
  }
}

TEST_F(ThrottledTest, TheClientAsksForThemAgain) {
  // Half a unit each: there is one after some attempts, and the next after some more.
  throughput_clock_.SetStep(std::chrono::milliseconds(100));
  const auto client = Connect({.attempts_max = 100,
                               .backoff_min = std::chrono::milliseconds(1),
                               .backoff_max = std::chrono::milliseconds(2)});
  ExpectAll(client->BatchGet(gets_));
  throughput_.Charge(*database_->FindTable("metered"), ThroughputLimiter::Kind::kRead, 3);
  ExpectAll(client->BatchGetAsync(gets_).get());
}

TEST_F(ThrottledTest, ItsTimeEndsTheAsking) {
  const auto client = Connect({.attempts_max = 1000, .backoff_min = std::chrono::milliseconds(5)});
  gets_.timeout = std::chrono::milliseconds(200);
  const auto got = client->BatchGet(gets_);
  ASSERT_TRUE(got.ok()) << got.status().ToString();
  EXPECT_EQ(got->unprocessed, (std::vector<size_t>{1, 3, 5}));
}

// Whoever asks in vain when the client is closed has what was read.
TEST_F(ThrottledTest, ClosingTheClientEndsTheAsking) {
  auto client = Connect({.attempts_max = 1000,
                         .backoff_min = std::chrono::hours(1),
                         .backoff_max = std::chrono::hours(1)});
  gets_.timeout = std::chrono::hours(2);
  std::future<Result<BatchGot>> later = client->BatchGetAsync(gets_);
  client.reset();
  const auto got = later.get();
  EXPECT_TRUE(!got.ok() || got->unprocessed == (std::vector<size_t>{1, 3, 5}));
}

TEST_F(NativeTest, ManyThreadsAndCallbacksShareOneClient) {
  const auto client = Connect({.in_flight_max = 16});
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  std::atomic<int> called{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&client, &called, t] {
      for (int i = 0; i < kEach; ++i) {
        const ItemBuilder key = Key(std::to_string(t) + "-" + std::to_string(i));
        if (i % 3 == 0) {
          ASSERT_TRUE(client->Put({.table = "people", .item = key}).ok());
        } else {
          client->PutAsync({.table = "people", .item = key}, [&called](const Result<Item>& done) {
            EXPECT_TRUE(done.ok()) << done.status().ToString();
            ++called;
          });
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int t = 0; t < kThreads; ++t) {
    for (int i = 0; i < kEach; ++i) {
      const ItemBuilder key = Key(std::to_string(t) + "-" + std::to_string(i));
      while (client->Get({.table = "people", .key = key})->empty()) {
      }  // callbacks may still be out
    }
  }
}

// Callbacks keep many requests under way; all come back, and the chain stays within its bound.
TEST_F(NativeTest, CallbacksMayAskForMore) {
  const auto client = Connect({.in_flight_max = 8});
  std::promise<void> over;
  int left = 2000;
  int open = 1;
  bool refused = false;
  std::function<void()> next = [&] {
    client->GetAsync({.table = "people", .key = Key("1")}, [&](const Result<Item>& item) {
      if (!item.ok()) {
        EXPECT_TRUE(item.status().Is(ErrorCode::kThrottling)) << item.status().ToString();
        refused = true;
      }
      for (int i = 0; i < 2 && item.ok() && left > 0 && open < 20; ++i) {
        --left;
        ++open;
        next();
      }
      if (--open == 0) over.set_value();
    });
  };
  next();
  over.get_future().wait();
  EXPECT_TRUE(refused) << "20 do not fit into 8";
}

TEST_F(NativeTest, ARestartedServerIsFoundAgain) {
  const auto client = Connect();
  ASSERT_TRUE(client->Put({.table = "people", .item = Key("1")}).ok());
  for (int i = 0; i < 3; ++i) {
    StartServer();
    EXPECT_TRUE(client->Put({.table = "people", .item = Key("2")}).ok());
    EXPECT_FALSE(client->Get({.table = "people", .key = Key("1")})->empty());
  }
  server_->Stop();
  const Timeout soon = std::chrono::milliseconds(50);
  const auto lost = client->Put({.table = "people", .item = Key("3"), .timeout = soon});
  EXPECT_TRUE(lost.status().Is(ErrorCode::kUnavailable)) << lost.status().ToString();
  EXPECT_NE(lost.status().message().find("cannot connect to ipc://"), std::string::npos);
  server_.reset();
  StartServer();
  EXPECT_TRUE(client->Get({.table = "people", .key = Key("3")})->empty()) << "it was not done";
}

TEST_F(NativeTest, NobodyThere) {
  server_->Stop();
  ClientOptions options;
  options.endpoint = endpoint();
  const auto none = Client::Connect(options);
  EXPECT_TRUE(none.status().Is(ErrorCode::kUnavailable)) << none.status().ToString();
  options.endpoint = "http://127.0.0.1:8000";
  EXPECT_TRUE(Client::Connect(options).status().Is(ErrorCode::kInvalidParameterValue));
}

TEST_F(NativeTest, ClosingTheClientAnswersEverybody) {
  std::atomic<int> called{0};
  {
    const auto client = Connect();
    for (int i = 0; i < 500; ++i) {
      client->PutAsync({.table = "people", .item = Key(std::to_string(i))},
                       [&called](const Result<Item>&) { ++called; });
    }
  }
  EXPECT_EQ(called, 500);
}

}  // namespace
}  // namespace millrace
