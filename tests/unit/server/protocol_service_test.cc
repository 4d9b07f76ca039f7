#include "server/protocol/protocol_service.h"

#include <gtest/gtest.h>

#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/model/item.h"
#include "server/protocol/log.h"
#include "tests/support/eventually.h"
#include "tests/unit/server/scripted_database.h"

namespace millrace {
namespace {

// Runs what is posted when told to, on the test's thread.
class ManualExecutor final : public IoExecutor {
 public:
  void Post(std::function<void()> task) override {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  void PostAfter(std::chrono::milliseconds, std::function<void()> task) override {
    Post(std::move(task));
  }
  size_t index() const override { return 0; }
  void RunAll() {
    while (true) {
      std::vector<std::function<void()>> tasks;
      {
        const std::lock_guard lock(mutex_);
        tasks.swap(tasks_);
      }
      if (tasks.empty()) return;
      for (auto& task : tasks) task();
    }
  }

 private:
  std::mutex mutex_;
  std::vector<std::function<void()>> tasks_;
};

class TestExchange final : public Exchange {
 public:
  TestExchange(IoExecutor* thread, std::string_view operation, std::string_view body)
      : thread_(thread), target_("DynamoDB_20120810." + std::string(operation)), body_(body) {
    request_.method = HttpMethod::kPost;
    request_.amz_target = target_;
    request_.authorization =
        "AWS4-HMAC-SHA256 Credential=tester/d/r/s/t, SignedHeaders=h, Signature=s";
    request_.content_type = "application/x-amz-json-1.0";
    request_.has_date = true;
    request_.body = body_;
  }
  const HttpRequest& request() const override { return request_; }
  std::string_view request_id() const override { return "ID"; }
  std::string* reply_body() override { return &reply_; }
  IoExecutor* io_thread() override { return thread_; }
  void Send(int status, ContentType) override { sent_.set_value(status); }

  // Whoever reads the request from now on can't understand it.
  void SpoilBody() { body_.assign(body_.size(), '?'); }

  bool sent() { return future_.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }
  // "STATUS BODY"; waits for it.
  std::string Reply() { return std::to_string(future_.get()) + " " + reply_; }

 private:
  IoExecutor* thread_;
  std::string target_;
  std::string body_;
  HttpRequest request_;
  std::string reply_;
  std::promise<int> sent_;
  std::future<int> future_ = sent_.get_future();
};

class MemoryLog final : public Log {
 public:
  void Info(std::string_view) override {}
  void Warning(std::string_view) override {}
  void Error(std::string_view text) override { errors.emplace_back(text); }
  std::vector<std::string> errors;
};

class ProtocolServiceTest : public ::testing::Test {
 protected:
  void SetUp() override { Start({}); }
  void Start(ProtocolOptions options) {
    Services services;
    services.database = &database_;
    services.log = &log_;
    services.scope = ArnScope{"us-east-1", "000000000000"};
    options.request_threads = {&executor_};
    service_ = std::make_unique<ProtocolService>(services, options);
  }
  std::unique_ptr<TestExchange> Handle(std::string_view operation, std::string_view body) {
    auto exchange = std::make_unique<TestExchange>(&executor_, operation, body);
    service_->Handle(exchange.get());
    return exchange;
  }
  // Of a request that is answered without waiting for another thread.
  std::string ReplyTo(std::string_view operation, std::string_view body) {
    const auto exchange = Handle(operation, body);
    executor_.RunAll();
    return exchange->sent() ? exchange->Reply() : "nothing was sent";
  }

  ManualExecutor executor_;
  ScriptedDatabase database_;
  MemoryLog log_;
  std::unique_ptr<ProtocolService> service_;
};

constexpr std::string_view kGet = R"({"TableName":"abc","Key":{"pk":{"S":"a"}}})";
constexpr std::string_view kPut = R"({"TableName":"abc","Item":{"pk":{"S":"a"}}})";
constexpr std::string_view kBatch =
    R"({"RequestItems":{"abc":[{"PutRequest":{"Item":{"pk":{"S":"a"},"n":{"N":"1"}}}},)"
    R"({"DeleteRequest":{"Key":{"pk":{"S":"b"}}}},{"PutRequest":{"Item":{"pk":{"S":"c"}}}}]}})";

std::string ItemOf(std::string_view pk) {
  return EncodeItem(Value::OfMap({{"pk", Value::String(pk)}}));
}

TEST_F(ProtocolServiceTest, AnswersACachedGetAtOnce) {
  database_.get = [](bool cached_only) {
    EXPECT_TRUE(cached_only);
    return ItemOf("a");
  };
  EXPECT_EQ(ReplyTo("GetItem", kGet), R"(200 {"Item":{"pk":{"S":"a"}}})");
}

TEST_F(ProtocolServiceTest, TakesAColdGetToThePool) {
  database_.get = [](bool cached_only) -> Result<std::string> {
    if (cached_only) return Status(ErrorCode::kUnavailable, "cold");
    return ItemOf("a");
  };
  EXPECT_EQ(Handle("GetItem", kGet)->Reply(), R"(200 {"Item":{"pk":{"S":"a"}}})");
}

TEST_F(ProtocolServiceTest, TakesColdWritesToThePool) {
  struct Row {
    std::string_view operation, body;
    size_t commits;
    std::string_view reply;
  };
  const Row rows[] = {
      {"PutItem", kPut, 1, "200 {}"},
      {"DeleteItem", kGet, 1, "200 {}"},
      {"UpdateItem", kGet, 1, "200 {}"},
      {"BatchWriteItem", kBatch, 3, R"(200 {"UnprocessedItems":{}})"},
  };
  const std::thread::id test_thread = std::this_thread::get_id();
  for (const Row& row : rows) {
    for (const bool cold : {false, true}) {
      SCOPED_TRACE(std::string(row.operation) + (cold ? " cold" : " cached"));
      size_t probes = 0;
      std::vector<std::thread::id> committed_on;
      database_.get = [&](bool cached_only) -> Result<std::string> {
        EXPECT_EQ(cached_only, std::this_thread::get_id() == test_thread);
        // Of a batch, the last item is the one that isn't cached.
        if (++probes == row.commits && cold) return Status(ErrorCode::kUnavailable, "cold");
        return ItemOf("a");
      };
      std::promise<void> all_committed;
      database_.commit = [&](const CommitRequest&) {
        committed_on.push_back(std::this_thread::get_id());
        if (committed_on.size() == row.commits) all_committed.set_value();
        return Status::Ok();
      };
      const auto exchange = Handle(row.operation, row.body);
      all_committed.get_future().wait();
      EXPECT_TRUE(Eventually(std::chrono::seconds(10), [&] {
        executor_.RunAll();
        return exchange->sent();
      }));
      EXPECT_EQ(exchange->Reply(), row.reply);
      EXPECT_EQ(probes, row.commits + (cold ? 1 : 0));
      for (const std::thread::id& thread : committed_on) {
        EXPECT_EQ(thread != test_thread, cold);
      }
    }
  }
}

// The pool takes over what was read of a batch, and the items that were not probed yet.
TEST_F(ProtocolServiceTest, ReadsAColdBatchOnce) {
  TestExchange exchange(&executor_, "BatchWriteItem", kBatch);
  std::vector<bool> probed_cached_only;
  database_.get = [&](bool cached_only) -> Result<std::string> {
    probed_cached_only.push_back(cached_only);
    if (probed_cached_only.size() == 2) {
      exchange.SpoilBody();
      return Status(ErrorCode::kUnavailable, "cold");
    }
    return std::string();
  };
  std::promise<std::vector<std::string>> all_committed;
  std::vector<std::string> committed;
  database_.commit = [&](const CommitRequest& request) {
    EXPECT_EQ(request.origin.principal, "tester");
    EXPECT_EQ(request.origin.request_id, "ID");
    committed.push_back(request.writes[0].key.pk);
    if (committed.size() == 3) all_committed.set_value(committed);
    return Status::Ok();
  };
  service_->Handle(&exchange);
  EXPECT_EQ(all_committed.get_future().get(), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_TRUE(Eventually(std::chrono::seconds(10), [&] {
    executor_.RunAll();
    return exchange.sent();
  }));
  EXPECT_EQ(exchange.Reply(), R"(200 {"UnprocessedItems":{}})");
  EXPECT_EQ(probed_cached_only, (std::vector<bool>{true, true, false, false}));
}

TEST_F(ProtocolServiceTest, LeavesOtherErrorsOfTheProbeToTheCommit) {
  database_.get = [](bool) -> Result<std::string> { return Status(ErrorCode::kIo, "broken"); };
  database_.commit = [](const CommitRequest&) { return Status::Ok(); };
  EXPECT_EQ(ReplyTo("PutItem", kPut), "200 {}");
}

TEST_F(ProtocolServiceTest, AnswersAWriteWhenItIsCommitted) {
  database_.complete_later = true;
  database_.commit = [](const CommitRequest& request) {
    EXPECT_EQ(request.origin.principal, "tester");
    EXPECT_EQ(request.origin.request_id, "ID");
    return Status::Ok();
  };
  const auto exchange = Handle("PutItem", kPut);
  executor_.RunAll();
  EXPECT_FALSE(exchange->sent());
  database_.CompleteHeld();
  EXPECT_FALSE(exchange->sent());  // only on the connection's thread
  executor_.RunAll();
  EXPECT_EQ(exchange->Reply(), "200 {}");
}

TEST_F(ProtocolServiceTest, ReturnsWhatWasThrottledOfABatch) {
  database_.commit = [](const CommitRequest& request) {
    const bool refused = request.writes[0].key.pk != "c";
    return refused ? Status(ErrorCode::kThrottling, "full") : Status::Ok();
  };
  EXPECT_EQ(ReplyTo("BatchWriteItem", kBatch),
            R"(200 {"UnprocessedItems":{"abc":[{"PutRequest":{"Item":{"n":{"N":"1"},)"
            R"("pk":{"S":"a"}}}},{"DeleteRequest":{"Key":{"pk":{"S":"b"}}}}]}})");
}

TEST_F(ProtocolServiceTest, FailsABatchThatWasThrottledWhole) {
  database_.commit = [](const CommitRequest&) { return Status(ErrorCode::kThrottling, "full"); };
  EXPECT_EQ(
      ReplyTo("BatchWriteItem", kBatch),
      R"(400 {"__type":"com.amazon.coral.availability#ThrottlingException","message":"full"})");
}

TEST_F(ProtocolServiceTest, AnswersABatchOnceAllOfItIsCommitted) {
  database_.complete_later = true;
  database_.commit = [](const CommitRequest&) { return Status::Ok(); };
  const auto exchange = Handle("BatchWriteItem", kBatch);
  ASSERT_EQ(database_.held.size(), 3u);
  auto last = std::move(database_.held.back());
  database_.held.pop_back();
  database_.CompleteHeld();
  executor_.RunAll();
  EXPECT_FALSE(exchange->sent());
  database_.held.push_back(std::move(last));
  database_.CompleteHeld();
  executor_.RunAll();
  EXPECT_EQ(exchange->Reply(), R"(200 {"UnprocessedItems":{}})");
}

TEST_F(ProtocolServiceTest, KeepsItsInsidesToItself) {
  for (const ErrorCode code : {ErrorCode::kIo, ErrorCode::kInternal, ErrorCode::kCorruption}) {
    log_.errors.clear();
    database_.commit = [code](const CommitRequest&) { return Status(code, "/secret/path"); };
    EXPECT_EQ(ReplyTo("PutItem", kPut),
              R"(500 {"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError",)"
              R"("message":"Internal server error"})");
    ASSERT_EQ(log_.errors.size(), 1u);
    EXPECT_NE(log_.errors[0].find("/secret/path"), std::string::npos);
  }
}

TEST_F(ProtocolServiceTest, CatchesWhatIsThrown) {
  database_.get = [](bool) -> Result<std::string> { throw std::bad_alloc(); };
  EXPECT_EQ(ReplyTo("GetItem", kGet).substr(0, 3), "500");
  EXPECT_EQ(log_.errors.size(), 1u);
}

TEST_F(ProtocolServiceTest, ThrottlesWhenThePoolIsFull) {
  ProtocolOptions options;
  options.pool_threads = 1;
  options.pool_queue_max = 1;
  Start(options);
  std::promise<void> entered, go;
  database_.get = [&](bool cached_only) -> Result<std::string> {
    if (cached_only) return Status(ErrorCode::kUnavailable, "cold");
    entered.set_value();
    go.get_future().wait();
    return std::string();
  };
  const auto running = Handle("GetItem", kGet);
  entered.get_future().wait();
  const auto queued = Handle("DescribeTable", R"({"TableName":"nope"})");
  const auto refused = Handle("DescribeTable", R"({"TableName":"nope"})");
  const auto refused_later = Handle("BatchWriteItem", kBatch);  // once it has been read
  for (const auto& exchange : {refused.get(), refused_later.get()}) {
    EXPECT_EQ(exchange->Reply().substr(0, 72),
              R"(400 {"__type":"com.amazon.coral.availability#ThrottlingException","messa)");
  }
  go.set_value();
  EXPECT_EQ(running->Reply(), "200 {}");
  EXPECT_EQ(queued->Reply().substr(0, 3), "400");
}

}  // namespace
}  // namespace millrace
