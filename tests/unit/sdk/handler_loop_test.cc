#include "sdk/handler_loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <future>
#include <stdexcept>

#include "tests/support/handler_peer.h"

namespace millrace {
namespace {

// A loop on a thread of its own, against a plain socket.
class HandlerLoopTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = (std::filesystem::temp_directory_path() / "millrace_loop_XXXXXX").string();
    ASSERT_NE(mkdtemp(directory_.data()), nullptr);
    peer_.emplace("ipc://" + Socket());
  }
  void TearDown() override {
    peer_.reset();  // ends a loop that still runs
    if (ended_.valid()) ended_.wait();
    std::filesystem::remove_all(directory_);
  }

  void Start(HandlerFunction function) {
    ended_ = std::async(std::launch::async, [this, function = std::move(function)] {
      auto link = ServerLink::Connect(Socket());
      if (!link.ok()) return link.status();
      return HandlerLoop(std::move(*link), function).Run("secret");
    });
  }
  void StartReady(HandlerFunction function) {
    Start(std::move(function));
    ASSERT_TRUE(peer_->Receive<ReadyFrame>());
  }
  std::string Socket() const { return directory_ + "/handler.sock"; }

  static std::vector<std::string> Records(int count) {
    std::vector<std::string> records;
    for (int i = 0; i < count; ++i) {
      const Value item = ItemBuilder().Set("origin", "ATL").Set("delay", i).value();
      records.push_back(RecordOf(ItemBuilder().Set("origin", "ATL").value(), item, std::nullopt,
                                 static_cast<uint64_t>(i + 1)));
    }
    return records;
  }

  std::string directory_;
  std::optional<HandlerPeer> peer_;
  std::future<Status> ended_;
};

Status DoNothing(const RecordBatch&, Invocation&) {
  return Status::Ok();
}

TEST_F(HandlerLoopTest, SaysReadyAndEndsAtShutdown) {
  Start(DoNothing);
  const auto ready = peer_->Receive<ReadyFrame>();
  ASSERT_TRUE(ready);
  EXPECT_EQ(ready->token, "secret");
  EXPECT_EQ(ready->protocol_version, kFrameProtocolVersion);
  EXPECT_EQ(ready->sdk_version, "0.1.0");
  EXPECT_EQ(ready->pid, static_cast<uint32_t>(getpid()));
  peer_->Send(ShutdownFrame{});
  EXPECT_TRUE(ended_.get().ok());
}

TEST_F(HandlerLoopTest, EndsWhenTheServerGoesAway) {
  StartReady(DoNothing);
  peer_.reset();
  EXPECT_TRUE(ended_.get().Is(ErrorCode::kUnavailable));
}

TEST_F(HandlerLoopTest, EndsWhenThereIsNoServer) {
  peer_.reset();
  Start(DoNothing);
  EXPECT_TRUE(ended_.get().Is(ErrorCode::kUnavailable));
}

TEST_F(HandlerLoopTest, HandsOverRecordsAndWhatIsKnownOfTheInvocation) {
  StartReady([](const RecordBatch& batch, Invocation& invocation) -> Status {
    int64_t sum = 0;
    for (const Record record : batch) {
      if (record.event_name() != EventName::kInsert) return Failure("event name");
      if (!record.old_image().empty()) return Failure("old image");
      if (record.keys().GetString("origin") != "ATL") return Failure("keys");
      sum += record.new_image().GetInt("delay").value_or(-1);
    }
    // Generation 0, lsn 1, ordinal 0: "1" and 2^24 in 34 digits.
    if (batch[0].sequence_number() != "10000000000000000000000000016777216") {
      return Failure("sequence number " + batch[0].sequence_number());
    }
    const auto since = batch[0].approximate_creation_time().time_since_epoch();
    if (since != std::chrono::microseconds(1'700'000'000'123'456)) return Failure("time");
    if (invocation.attempt() != 2 || invocation.idempotency_key() != "same" ||
        invocation.function_name() != "function" || invocation.table_name() != "flights" ||
        invocation.shard_id() != "shardId-0" || invocation.remaining().count() < 1000) {
      return Failure("invocation");
    }
    return Failure(std::to_string(batch.size()) + " records, sum " + std::to_string(sum));
  });
  InvokeFrame invoke = InvocationOf(5, "same");
  invoke.attempt = 2;
  peer_->Invoke(invoke, Records(100));
  const auto reply = peer_->Receive<ReplyFrame>();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->invocation_id, 5u);
  EXPECT_EQ(reply->error_type, "InternalServerError");
  EXPECT_EQ(reply->error_message, "100 records, sum 4950");
}

TEST_F(HandlerLoopTest, ErrorsKeepTheFramesLimits) {
  StartReady([](const RecordBatch&, Invocation&) -> Status {
    throw std::runtime_error("\xff" + std::string(kErrorMessageSizeMax, 'x'));
  });
  peer_->Invoke(InvocationOf(1), Records(1));
  const auto reply = peer_->Receive<ReplyFrame>();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->error_message, "\xef\xbf\xbd" + std::string(kErrorMessageSizeMax - 3, 'x'));
}

TEST_F(HandlerLoopTest, GetsAndWrites) {
  StartReady([](const RecordBatch&, Invocation& invocation) -> Status {
    ASSIGN_OR_RETURN(const Item atl,
                     invocation.Get("airports", ItemBuilder().Set("airport", "ATL")));
    ASSIGN_OR_RETURN(const Item none,
                     invocation.Get("airports", ItemBuilder().Set("airport", "X")));
    if (!none.empty()) return Failure("found");
    const auto missing = invocation.Get("missing", ItemBuilder());
    if (!missing.status().Is(ErrorCode::kResourceNotFound)) return Failure("error lost");
    invocation.Put("airports", ItemBuilder(atl).Set("flights", *atl.GetInt("flights") + 1));
    return Status::Ok();
  });
  peer_->Invoke(InvocationOf(1), Records(1));
  const auto first = peer_->Receive<GetFrame>();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->invocation_id, 1u);
  EXPECT_EQ(first->table_name, "airports");
  EXPECT_EQ(Image(ItemView(first->key)).GetString("airport"), "ATL");
  GetReplyFrame answer;
  answer.request_id = first->request_id + 1000;  // of nobody: ignored
  peer_->Send(answer);
  answer.request_id = first->request_id;
  answer.found = true;
  answer.item = EncodeItem(ItemBuilder().Set("airport", "ATL").Set("flights", 41).value());
  peer_->Send(answer);
  const auto second = peer_->Receive<GetFrame>();
  ASSERT_TRUE(second);
  GetReplyFrame none;
  none.request_id = second->request_id;
  peer_->Send(none);
  const auto third = peer_->Receive<GetFrame>();
  ASSERT_TRUE(third);
  GetReplyFrame error;
  error.request_id = third->request_id;
  error.error_code = "ResourceNotFoundException";
  peer_->Send(error);
  const auto reply = peer_->Receive<ReplyFrame>();
  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply->ok()) << reply->error_message;
  ASSERT_EQ(reply->writes.size(), 1u);
  EXPECT_EQ(Image(ItemView(reply->writes[0].item)).GetInt("flights"), 42);
}

TEST_F(HandlerLoopTest, FailedRecordsAreReported) {
  StartReady([](const RecordBatch& batch, Invocation& invocation) -> Status {
    invocation.Fail(batch[4]);
    for (const Record record : batch) {
      if (record.new_image().GetInt("delay") == 2) invocation.Fail(record);
    }
    invocation.Fail(batch[4]);
    return Status::Ok();
  });
  peer_->Invoke(InvocationOf(1), Records(5));
  const auto reply = peer_->Receive<ReplyFrame>();
  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply->ok());
  EXPECT_EQ(reply->failed_records, (std::vector<uint32_t>{2, 4}));
}

TEST_F(HandlerLoopTest, WhatIsThrownIsReported) {
  int call = 0;
  StartReady([&call](const RecordBatch&, Invocation& invocation) -> Status {
    invocation.Put("t", ItemBuilder().Set("k", 1));  // must not be written
    if (++call == 1) throw std::out_of_range("index");
    if (call == 2) throw 42;
    return Status::Validation("returned");
  });
  const std::pair<const char*, const char*> wanted[] = {
      {"std::out_of_range", "index"},
      {"UnknownException", "the handler threw something not derived from std::exception"},
      {"ValidationException", "returned"},
  };
  for (const auto& [type, message] : wanted) {
    peer_->Invoke(InvocationOf(1), Records(1));
    const auto reply = peer_->Receive<ReplyFrame>();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->error_type, type);
    EXPECT_EQ(reply->error_message, message);
    EXPECT_TRUE(reply->writes.empty());
  }
}

TEST_F(HandlerLoopTest, WritesThatKeepNoLimitAreAnError) {
  std::atomic<int> writes = 100;
  StartReady([&writes](const RecordBatch&, Invocation& invocation) -> Status {
    for (int i = 0; i < writes; ++i) invocation.Put("t", ItemBuilder().Set("k", i));
    return Status::Ok();
  });
  peer_->Invoke(InvocationOf(1), Records(1));
  auto reply = peer_->Receive<ReplyFrame>();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->writes.size(), 100u);
  writes = 101;
  peer_->Invoke(InvocationOf(2), Records(1));
  reply = peer_->Receive<ReplyFrame>();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->error_type, "InvalidReply");
  EXPECT_NE(reply->error_message.find("100 writes"), std::string::npos);
}

TEST_F(HandlerLoopTest, AGetGivesUpAtTheDeadline) {
  StartReady([](const RecordBatch&, Invocation& invocation) -> Status {
    return invocation.Get("t", ItemBuilder().Set("k", 1)).status();
  });
  peer_->Invoke(InvocationOf(1, "key", std::chrono::milliseconds(30)), Records(1));
  const auto get = peer_->Receive<GetFrame>();
  ASSERT_TRUE(get);
  const auto reply = peer_->Receive<ReplyFrame>();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->error_type, "ServiceUnavailable");
  // The answer that comes too late does no harm.
  GetReplyFrame late;
  late.request_id = get->request_id;
  peer_->Send(late);
  peer_->Invoke(InvocationOf(2), Records(1));
  EXPECT_TRUE(peer_->Receive<GetFrame>());
}

TEST_F(HandlerLoopTest, ShutdownDuringAGetEndsTheLoop) {
  StartReady([](const RecordBatch&, Invocation& invocation) -> Status {
    const Status first = invocation.Get("t", ItemBuilder().Set("k", 1)).status();
    const Status second = invocation.Get("t", ItemBuilder().Set("k", 1)).status();
    return first.ok() ? first : second;
  });
  peer_->Invoke(InvocationOf(1), Records(1));
  ASSERT_TRUE(peer_->Receive<GetFrame>());
  peer_->Send(ShutdownFrame{});
  EXPECT_TRUE(ended_.get().ok());
}

TEST_F(HandlerLoopTest, FramesThatLieEndTheLoop) {
  const std::string invoke = EncodeFrame(InvocationOf(1));
  const std::function<void()> lies[] = {
      [this] { peer_->SendBytes("no frame"); },
      [this] { peer_->SendBytes(EncodeFrame(ReadyFrame())); },
      [this, &invoke] { peer_->SendBytes(invoke); },  // without records
      [this, &invoke] { peer_->SendParts(invoke, "no records"); },
  };
  for (const auto& lie : lies) {
    peer_.reset();
    peer_.emplace("ipc://" + Socket());
    StartReady(DoNothing);
    lie();
    EXPECT_TRUE(ended_.get().Is(ErrorCode::kValidation));
  }
}

}  // namespace
}  // namespace millrace
