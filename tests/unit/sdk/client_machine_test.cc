#include "sdk/client_machine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>

#include "engine/base/random.h"
#include "sdk/zmtp.h"

namespace millrace {
namespace {

using std::chrono::milliseconds;

// A machine, the time, and what became of its requests.
class Bench {
 public:
  Bench() : machine_(Options()) {}

  static ClientMachine::Options Options() {
    ClientMachine::Options options;
    options.attempts_max = 3;
    options.backoff_min = milliseconds(10);
    options.backoff_max = milliseconds(40);
    return options;
  }

  uint64_t Submit(bool read, milliseconds timeout = milliseconds(1000),
                  milliseconds not_before = {}) {
    ClientMachine::Request request;
    request.id = ++last_id_;
    native::Request frame{request.id, 1, native::BatchGet{}};
    request.envelope = encoder_.Encode(frame);
    request.read = read;
    request.deadline = now_ + timeout;
    if (not_before.count() > 0) request.not_before = now_ + not_before;
    request.done = [this, id = last_id_](const Result<const native::ReplyBody*>& reply) {
      EXPECT_FALSE(outcomes_.contains(id)) << "told twice";
      std::string text = "ok";
      if (!reply.ok()) text = reply.status().ToString();
      if (reply.ok() && std::holds_alternative<native::Failure>(**reply)) {
        text = std::string(std::get<native::Failure>(**reply).code);
      }
      outcomes_[id] = text;
    };
    machine_.OnSubmit(std::move(request));
    return last_id_;
  }
  // As the server got it: the requests' ids.
  std::vector<uint64_t> Sent() {
    std::string out;
    machine_.TakeOutput(1 << 20, &out);
    std::vector<uint64_t> ids;
    std::string_view rest = out;
    while (!rest.empty()) {
      const size_t size = static_cast<uint8_t>(rest[1]);
      EXPECT_EQ(rest[0], 0) << "a short message";
      const auto request = decoder_.DecodeRequest(rest.substr(2, size));
      if (!std::holds_alternative<native::Hello>(request->body)) ids.push_back(request->id);
      rest.remove_prefix(2 + size);
    }
    return ids;
  }
  Status Reply(uint64_t id, native::ReplyBody body) {
    return machine_.OnMessage(encoder_.Encode(native::Reply{id, std::move(body)}), now_);
  }
  Status Fail(uint64_t id, std::string_view code) {
    return Reply(id, native::Failure{code, "", ""});
  }
  void Connect() {
    ASSERT_TRUE(machine_.WantsConnection(now_));
    machine_.OnConnected();
    EXPECT_TRUE(Sent().empty()) << "nothing before Welcome";
    ASSERT_TRUE(Reply(0, native::Welcome{native::kProtocolVersion, "0", 8}).ok());
  }
  void Lose() { machine_.OnLost(Status(ErrorCode::kUnavailable, "lost"), now_); }
  void Pass(milliseconds time) {
    now_ += time;
    machine_.OnTime(now_);
  }
  std::string Outcome(uint64_t id) {
    const auto found = outcomes_.find(id);
    return found == outcomes_.end() ? "" : found->second.substr(0, found->second.find(':'));
  }

  ClientMachine machine_;
  ClientMachine::Time now_{};
  uint64_t last_id_ = 0;
  std::map<uint64_t, std::string> outcomes_;
  native::FrameEncoder encoder_;
  native::FrameDecoder decoder_;
};

using Ids = std::vector<uint64_t>;

TEST(ClientMachineTest, ConnectsWhenSomebodyAsks) {
  Bench bench;
  EXPECT_FALSE(bench.machine_.WantsConnection(bench.now_));
  const uint64_t id = bench.Submit(true);
  bench.Connect();
  EXPECT_EQ(bench.Sent(), Ids{id});
  ASSERT_TRUE(bench.Reply(id, native::Found{}).ok());
  EXPECT_EQ(bench.Outcome(id), "ok");
  ASSERT_TRUE(bench.Reply(id, native::Found{}).ok()) << "a late answer is nobody's";
}

TEST(ClientMachineTest, WhatHasToWaitIsSentThen) {
  Bench bench;
  const uint64_t later = bench.Submit(true, milliseconds(1000), milliseconds(20));
  const uint64_t never = bench.Submit(true, milliseconds(10), milliseconds(20));
  bench.Connect();
  const uint64_t now = bench.Submit(true);
  EXPECT_EQ(bench.Sent(), Ids{now});
  bench.Pass(milliseconds(19));
  EXPECT_EQ(bench.Sent(), Ids{});
  EXPECT_EQ(bench.Outcome(never), "ServiceUnavailable");
  EXPECT_EQ(bench.machine_.NextTime(), bench.now_ + milliseconds(1));
  bench.Pass(milliseconds(1));
  EXPECT_EQ(bench.Sent(), Ids{later});
}

// While nobody can be reached, what is given up leaves nothing behind.
TEST(ClientMachineTest, RequestsThatWereGivenUpTakeNoRoom) {
  Bench bench;
  const uint64_t patient = bench.Submit(true, milliseconds(1'000'000));
  for (int i = 0; i < 10'000; ++i) {
    bench.Submit(true, milliseconds(1));
    bench.Pass(milliseconds(1));
  }
  EXPECT_LT(bench.machine_.queue_size(), 100u);
  bench.Connect();
  EXPECT_EQ(bench.Sent(), Ids{patient});
}

TEST(ClientMachineTest, WritesBeyondTheProvisionedThroughputAreSentAgain) {
  Bench bench;
  const uint64_t write = bench.Submit(false);
  bench.Connect();
  EXPECT_EQ(bench.Sent(), Ids{write});
  for (const int pause : {10, 20}) {
    ASSERT_TRUE(bench.Fail(write, "ProvisionedThroughputExceededException").ok());
    EXPECT_EQ(bench.Outcome(write), "");
    bench.Pass(milliseconds(pause));
    EXPECT_EQ(bench.Sent(), Ids{write});
  }
  ASSERT_TRUE(bench.Fail(write, "ProvisionedThroughputExceededException").ok());
  EXPECT_EQ(bench.Outcome(write), "ProvisionedThroughputExceededException") << "three attempts";
}

TEST(ClientMachineTest, ALostConnectionTellsReadsFromWrites) {
  Bench bench;
  const uint64_t read = bench.Submit(true);
  const uint64_t write = bench.Submit(false);
  bench.Connect();
  EXPECT_EQ(bench.Sent(), (Ids{read, write}));
  const uint64_t unsent = bench.Submit(false);
  bench.Lose();
  EXPECT_EQ(bench.Outcome(write), "InternalServerError") << "it may have been done";
  EXPECT_EQ(bench.Outcome(read), "");
  bench.Connect();  // at once: it was a connection that had stood
  EXPECT_EQ(bench.Sent(), (Ids{unsent, read}));
}

TEST(ClientMachineTest, ReadsAreSentAFewTimesOnly) {
  Bench bench;
  const uint64_t read = bench.Submit(true, milliseconds(100'000));
  for (int i = 0; i < 3; ++i) {
    bench.Connect();
    EXPECT_EQ(bench.Sent(), Ids{read});
    bench.Lose();
    bench.Pass(milliseconds(50));
  }
  EXPECT_EQ(bench.Outcome(read), "ServiceUnavailable");
}

TEST(ClientMachineTest, WhichErrorsAreTriedAgain) {
  const struct {
    const char* code;
    bool read;
    bool again;
  } rows[] = {
      {"ThrottlingException", true, true},        {"ThrottlingException", false, true},
      {"InternalServerError", true, true},        {"InternalServerError", false, false},
      {"ServiceUnavailable", true, true},         {"ServiceUnavailable", false, false},
      {"ValidationException", true, false},       {"ConditionalCheckFailedException", false, false},
      {"ResourceNotFoundException", true, false},
  };
  for (const auto& row : rows) {
    Bench bench;
    const uint64_t id = bench.Submit(row.read);
    bench.Connect();
    for (int attempt = 1; attempt <= 3; ++attempt) {
      ASSERT_EQ(bench.Sent(), Ids{id}) << row.code;
      ASSERT_TRUE(bench.Fail(id, row.code).ok());
      if (!row.again || attempt == 3) break;
      EXPECT_EQ(bench.Outcome(id), "") << row.code;
      EXPECT_TRUE(bench.Sent().empty()) << "not before the pause is over";
      bench.Pass(milliseconds(10 << (attempt - 1)));
    }
    EXPECT_EQ(bench.Outcome(id), row.code);
  }
}

TEST(ClientMachineTest, ARetryThatWouldComeTooLateIsNotMade) {
  Bench bench;
  const uint64_t id = bench.Submit(true, milliseconds(10));
  bench.Connect();
  bench.Sent();
  ASSERT_TRUE(bench.Fail(id, "ThrottlingException").ok());
  EXPECT_EQ(bench.Outcome(id), "ThrottlingException");
}

TEST(ClientMachineTest, DeadlinesSayWhatIsKnown) {
  Bench bench;
  const uint64_t waiting = bench.Submit(false, milliseconds(5));
  bench.Pass(milliseconds(4));
  EXPECT_EQ(bench.Outcome(waiting), "");
  bench.Pass(milliseconds(1));
  EXPECT_EQ(bench.Outcome(waiting), "ServiceUnavailable") << "it was never sent";
  const uint64_t read = bench.Submit(true, milliseconds(5));
  const uint64_t write = bench.Submit(false, milliseconds(5));
  bench.Connect();
  EXPECT_EQ(bench.Sent(), (Ids{read, write})) << "what was given up is not sent";
  bench.Pass(milliseconds(5));
  EXPECT_EQ(bench.Outcome(read), "ServiceUnavailable");
  EXPECT_EQ(bench.Outcome(write), "InternalServerError");
}

TEST(ClientMachineTest, ConnectingPausesLongerEachTime) {
  Bench bench;
  bench.Submit(true, milliseconds(100'000));
  bool first = true;  // what had stood is made anew at once
  for (const int pause : {0, 0, 10, 20, 40, 40}) {
    EXPECT_EQ(bench.machine_.NextTime().has_value(), true);
    bench.now_ += milliseconds(pause);
    ASSERT_TRUE(bench.machine_.WantsConnection(bench.now_)) << pause;
    bench.Lose();
    const bool again = bench.machine_.WantsConnection(bench.now_ + milliseconds(9));
    EXPECT_EQ(again, std::exchange(first, false)) << pause;
  }
}

TEST(ClientMachineTest, AServerOfAnotherVersionEndsEverything) {
  Bench bench;
  const uint64_t id = bench.Submit(true);
  bench.machine_.OnConnected();
  EXPECT_FALSE(bench.Fail(0, "ValidationException").ok());
  EXPECT_EQ(bench.Outcome(id), "ValidationException");
  const uint64_t other = bench.Submit(true);
  bench.Lose();
  bench.now_ += milliseconds(100);
  bench.machine_.OnConnected();
  EXPECT_FALSE(bench.Reply(0, native::Welcome{native::kProtocolVersion + 1, "", 1}).ok());
  bench.Lose();
  EXPECT_EQ(bench.Outcome(other), "") << "the next server may be another";
}

TEST(ClientMachineTest, ClosingTellsEveryone) {
  Bench bench;
  const uint64_t write = bench.Submit(false);
  const uint64_t read = bench.Submit(true);
  bench.Connect();
  bench.Sent();
  const uint64_t unsent = bench.Submit(false);
  bench.machine_.OnStop();
  EXPECT_EQ(bench.Outcome(write), "InternalServerError");
  EXPECT_EQ(bench.Outcome(read), "ServiceUnavailable");
  EXPECT_EQ(bench.Outcome(unsent), "ServiceUnavailable");
}

// Whatever happens in whatever order: each request has one outcome, a write is sent once unless
// the server said that it did nothing, and what is acknowledged was sent.
TEST(ClientMachineTest, AnyOrderOfEvents) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    Bench bench;
    std::set<uint64_t> writes;
    std::set<uint64_t> out;  // at the server
    std::set<uint64_t> sent_writes;
    bool connected = false;
    for (int step = 0; step < 200; ++step) {
      switch (random.Uniform(7)) {
        case 0:
        case 1: {
          const bool read = random.Uniform(2) == 0;
          const uint64_t id = bench.Submit(read, milliseconds(random.Uniform(200)));
          if (!read) writes.insert(id);
          break;
        }
        case 2:
          if (!connected && bench.machine_.WantsConnection(bench.now_)) {
            bench.Connect();
            connected = true;
          }
          break;
        case 3:
          if (connected) {
            for (const uint64_t id : bench.Sent()) {
              EXPECT_EQ(bench.Outcome(id), "");
              if (writes.contains(id)) {
                EXPECT_TRUE(sent_writes.insert(id).second) << "sent twice";
              }
              out.insert(id);
            }
          }
          break;
        case 4:
          if (connected && !out.empty()) {
            const uint64_t id = *out.begin();
            out.erase(id);
            const bool throttled = random.Uniform(3) == 0;
            if (throttled) sent_writes.erase(id);
            ASSERT_TRUE(throttled ? bench.Fail(id, "ThrottlingException").ok()
                                  : bench.Reply(id, native::Found{}).ok());
          }
          break;
        case 5:
          if (connected) {
            bench.Lose();
            out.clear();
            connected = false;
          }
          break;
        default:
          bench.Pass(milliseconds(random.Uniform(30)));
      }
    }
    bench.machine_.OnStop();
    EXPECT_EQ(bench.outcomes_.size(), bench.last_id_);
  }
}

}  // namespace
}  // namespace millrace
