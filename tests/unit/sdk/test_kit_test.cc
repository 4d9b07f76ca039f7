#include <millrace/test_kit.h>

#include <gtest/gtest.h>

#include <stdexcept>

// The example as it is, but for its main.
#define main AirportDelaysMain
#include "examples/airport_delays/airport_delays.cc"
#undef main

namespace millrace {
namespace {

// --- an example's test, as its author would write it ---

TEST(AirportDelaysKitTest, AddsToWhatIsThere) {
  HandlerTest test(CountDelays);
  test.Item("airports", R"({"pk": {"S": "ATL"}, "count": {"N": "2"}, "sum": {"N": "10"},
                            "maximum": {"N": "9"}, "version": {"N": "1"}})");
  test.Insert(R"({"pk": {"S": "ATL"}, "sk": {"S": "a"}, "delay": {"N": "30"}})");
  test.Modify(R"({"pk": {"S": "ATL"}, "sk": {"S": "b"}, "delay": {"N": "4"}})",
              R"({"pk": {"S": "ATL"}, "sk": {"S": "b"}, "delay": {"N": "5"}})");
  const HandlerRun run = test.Run();
  ASSERT_TRUE(run.status.ok()) << run.status.ToString();
  ASSERT_EQ(run.writes.size(), 1u);
  EXPECT_EQ(run.writes[0].table, "airports");
  EXPECT_EQ(run.writes[0].condition, "version = :version");
  EXPECT_EQ(run.writes[0].item.GetInt("count"), 3);
  EXPECT_EQ(run.writes[0].item.GetInt("sum"), 41);
  EXPECT_EQ(run.writes[0].item.GetString("max_flight"), "a");
}

TEST(AirportDelaysKitTest, AFailedReadIsTriedAgain) {
  HandlerTest test(CountDelays);
  test.Table("airports").FailNextGet(Status(ErrorCode::kThrottling, "busy"));
  test.Insert(R"({"pk": {"S": "ATL"}, "sk": {"S": "a"}, "delay": {"N": "30"}})");
  const HandlerRun run = test.RunUntilDone();
  ASSERT_TRUE(run.status.ok()) << run.status.ToString();
  EXPECT_EQ(run.attempt, 2u);
  EXPECT_EQ(run.writes[0].condition, "attribute_not_exists(pk)");
}

// --- the kit itself ---

TEST(TestKitTest, TakesAwsEvents) {
  std::string seen;
  HandlerTest test([&seen](const RecordBatch& batch, Invocation&) {
    for (const Record record : batch) {
      seen += std::string(WireName(record.event_name())) + " " +
              std::to_string(*record.keys().GetInt("Id")) + " " +
              (record.new_image().Has("Message") ? "new " : "") +
              (record.old_image().Has("Message") ? "old " : "") +
              std::to_string(record.approximate_creation_time().time_since_epoch() /
                             std::chrono::seconds(1)) +
              "; ";
    }
    return Status::Ok();
  });
  // "Using AWS Lambda with Amazon DynamoDB", shortened.
  test.Event(R"({"Records": [
      {"eventID": "1", "eventVersion": "1.0", "eventName": "INSERT",
       "dynamodb": {"ApproximateCreationDateTime": 1763694000, "Keys": {"Id": {"N": "101"}},
                    "NewImage": {"Message": {"S": "New item!"}, "Id": {"N": "101"}},
                    "SequenceNumber": "111", "SizeBytes": 26, "StreamViewType": "NEW_AND_OLD_IMAGES"},
       "awsRegion": "us-west-2", "eventSource": "aws:dynamodb"},
      {"eventName": "MODIFY",
       "dynamodb": {"ApproximateCreationDateTime": 1763694001.5, "Keys": {"Id": {"N": "101"}},
                    "NewImage": {"Message": {"S": "Changed"}, "Id": {"N": "101"}},
                    "OldImage": {"Message": {"S": "New item!"}, "Id": {"N": "101"}}}},
      {"eventName": "REMOVE",
       "dynamodb": {"ApproximateCreationDateTime": 1763694002, "Keys": {"Id": {"N": "101"}},
                    "OldImage": {"Message": {"S": "Changed"}, "Id": {"N": "101"}}}},
      {"eventName": "REMOVE",
       "dynamodb": {"ApproximateCreationDateTime": 1763694003, "Keys": {"Id": {"N": "102"}}}}]})");
  EXPECT_TRUE(test.Run().status.ok());
  EXPECT_EQ(seen,
            "INSERT 101 new 1763694000; MODIFY 101 new old 1763694001; REMOVE 101 old 1763694002; "
            "REMOVE 102 1763694003; ");
}

// "DynamoDB Streams and Time to Live": what tells an item that ended from one that was deleted.
TEST(TestKitTest, SaysWhoMadeAWrite) {
  std::string seen;
  HandlerTest test([&seen](const RecordBatch& batch, Invocation&) {
    for (const Record record : batch) {
      const auto identity = record.user_identity();
      seen += identity ? std::string(identity->type) + " " + std::string(identity->principal_id)
                       : std::string("a user");
      seen += "; ";
    }
    return Status::Ok();
  });
  test.Event(R"({"Records": [
      {"eventName": "REMOVE", "dynamodb": {"Keys": {"Id": {"N": "101"}}},
       "userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"}},
      {"eventName": "REMOVE", "dynamodb": {"Keys": {"Id": {"N": "102"}}},
       "userIdentity": {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}},
      {"eventName": "REMOVE", "dynamodb": {"Keys": {"Id": {"N": "103"}}}}]})");
  test.Remove(R"({"pk": {"S": "1"}})").Expire(R"({"pk": {"S": "2"}})");
  test.Expire(ItemBuilder().Set("pk", "3"));
  EXPECT_TRUE(test.Run().status.ok());
  const std::string service = "Service dynamodb.amazonaws.com; ";
  EXPECT_EQ(seen, service + service + "a user; a user; " + service + service);
}

TEST(TestKitTest, SaysWhatIsWrongWithTheTest) {
  const auto run_of = [](const std::function<void(HandlerTest*)>& prepare) {
    HandlerTest test([](const RecordBatch&, Invocation&) { return Status::Ok(); });
    prepare(&test);
    return test.Run().status.message();
  };
  EXPECT_EQ(run_of([](HandlerTest* t) { t->Insert("{"); }), "the test itself: not JSON: {");
  EXPECT_NE(run_of([](HandlerTest* t) { t->Insert(R"({"id": {"S": "1"}})"); }).find("KeyNames"),
            std::string::npos);
  EXPECT_EQ(run_of([](HandlerTest* t) { t->KeyNames({"id"}).Insert(R"({"id": {"S": "1"}})"); }),
            "");
  EXPECT_NE(run_of([](HandlerTest* t) { t->Event(R"({"records": []})"); }).find("without Records"),
            std::string::npos);
  EXPECT_NE(run_of([](HandlerTest* t) {
              t->Event(R"({"Records": [{"dynamodb": {}}]})");
            }).find("without Keys"),
            std::string::npos);
}

TEST(TestKitTest, ErrorsExceptionsAndLimitsFailTheRun) {
  const auto run_of = [](HandlerFunction function) {
    HandlerTest test(std::move(function));
    test.Insert(R"({"pk": {"S": "1"}})");
    return test.Run();
  };
  EXPECT_EQ(run_of([](const RecordBatch&, Invocation&) { return Failure("no"); }).status.message(),
            "no");
  EXPECT_EQ(run_of([](const RecordBatch&, Invocation&) -> Status {
              throw std::runtime_error("thrown");
            }).status.message(),
            "thrown");
  EXPECT_EQ(run_of([](const RecordBatch&, Invocation&) -> Status { throw 42; }).status.message(),
            "the handler threw something not derived from std::exception");
  const auto writes = [](int count) {
    return [count](const RecordBatch&, Invocation& invocation) {
      for (int i = 0; i < count; ++i) invocation.Put("t", ItemBuilder().Set("pk", i));
      return Status::Ok();
    };
  };
  EXPECT_EQ(run_of(writes(100)).writes.size(), 100u);
  const HandlerRun many = run_of(writes(101));
  EXPECT_FALSE(many.status.ok());
  EXPECT_TRUE(many.writes.empty());
}

TEST(TestKitTest, TheClockMovesOnlyWhenTold) {
  HandlerTest* running = nullptr;
  std::chrono::milliseconds left{};
  HandlerTest test([&](const RecordBatch&, Invocation& invocation) {
    running->clock().AdvanceMicros(900'000);
    left = invocation.remaining();
    return Status::Ok();
  });
  running = &test;
  test.FunctionTimeout(std::chrono::seconds(1)).Insert(R"({"pk": {"S": "1"}})");
  EXPECT_TRUE(test.Run().status.ok());
  EXPECT_EQ(left, std::chrono::milliseconds(100));
  test.FunctionTimeout(std::chrono::milliseconds(900));
  EXPECT_TRUE(test.Run().status.Is(ErrorCode::kUnavailable)) << "too late";
}

TEST(TestKitTest, GetsReadTheTablesThatWereGiven) {
  HandlerTest test([](const RecordBatch&, Invocation& invocation) -> Status {
    ASSIGN_OR_RETURN(const Item one, invocation.Get("t", ItemBuilder().Set("pk", "1")));
    ASSIGN_OR_RETURN(const Item two, invocation.Get("t", ItemBuilder().Set("pk", "2")));
    EXPECT_EQ(one.GetInt("n"), 2) << "the last one given";
    EXPECT_TRUE(two.empty());
    return invocation.Get("unknown", ItemBuilder().Set("pk", "1")).status();
  });
  test.Item("t", R"({"pk": {"S": "1"}, "n": {"N": "1"}})");
  test.Item("t", ItemBuilder().Set("pk", "1").Set("n", 2));
  test.Remove(R"({"pk": {"S": "1"}})");
  EXPECT_TRUE(test.Run().status.Is(ErrorCode::kResourceNotFound));
}

}  // namespace
}  // namespace millrace
