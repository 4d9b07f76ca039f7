#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <millrace/handler.h>
#include "engine/base/clock.h"

// Runs a handler's function in a test, without a server: over records made of JSON, with a clock
// that moves only when told to, and tables that Get reads from. Link millrace::test_kit.
//
//   TEST(Greeter, CountsGreetings) {
//     millrace::HandlerTest test(Greet);
//     test.Item("greetings", R"({"pk": {"S": "Ada"}, "count": {"N": "2"}})");
//     test.Insert(R"({"pk": {"S": "1"}, "name": {"S": "Ada"}})");
//     const millrace::HandlerRun run = test.Run();
//     ASSERT_TRUE(run.status.ok()) << run.status.ToString();
//     ASSERT_EQ(run.writes.size(), 1u);
//     EXPECT_EQ(run.writes[0].table, "greetings");
//     EXPECT_EQ(run.writes[0].item.GetInt("count"), 3);
//   }
//
// What is wrong with a test itself (JSON that cannot be read, a record without its keys) is the
// status of its runs.
namespace millrace {

// A write that the handler collected. Expressions are not evaluated, nothing is applied.
struct CollectedWrite {
  TableWriteKind kind = TableWriteKind::kPut;
  std::string table;
  Item item;                                 // kPut: the item; kUpdate, kDelete: the key
  std::string update;                        // expressions, empty: none
  std::string condition;                     // the same
  std::map<std::string, std::string> names;  // "#n", attribute name
  std::map<std::string, Value> values;       // ":v", value
};

// What came of one attempt, as the server would see it.
struct HandlerRun {
  // What the function returned, or the first thing wrong with its writes (also what only the
  // server checks of them: 100 writes, 4 MB); an exception is kInternal with its text. Not OK: the
  // server writes nothing and delivers the same records again.
  Status status;
  std::vector<CollectedWrite> writes;  // none unless the status is OK
  // Indexes of records that the function says failed.
  std::vector<uint32_t> failed_records;
  uint32_t attempt = 0;  // 1 for the first
};

// One thread.
class HandlerTest {
 public:
  explicit HandlerTest(HandlerFunction function);
  ~HandlerTest();
  HandlerTest(const HandlerTest&) = delete;
  HandlerTest& operator=(const HandlerTest&) = delete;

  // --- records, in the order of the calls ---
  // An event of DynamoDB Streams as Lambda's functions get it: {"Records": [{"eventName": "INSERT",
  // "dynamodb": {"Keys": .., "NewImage": .., "OldImage": .., "SequenceNumber": "..",
  // "ApproximateCreationDateTime": 1763694000}, "userIdentity": {"type": "Service", "principalId":
  // "dynamodb.amazonaws.com"}}]}. Only the keys are required. Source: "Using AWS Lambda with Amazon
  // DynamoDB".
  HandlerTest& Event(std::string_view json);
  // Items as DynamoDB's JSON, {"pk": {"S": "1"}}, or built. Their keys are the attributes pk and,
  // where it is there, sk, unless KeyNames said otherwise. Made now, as the clock says.
  HandlerTest& Insert(std::string_view item);
  HandlerTest& Insert(const ItemBuilder& item);
  HandlerTest& Modify(std::string_view before, std::string_view after);
  HandlerTest& Modify(const ItemBuilder& before, const ItemBuilder& after);
  HandlerTest& Remove(std::string_view item);
  HandlerTest& Remove(const ItemBuilder& item);
  // The same by time to live: the record has its user_identity.
  HandlerTest& Expire(std::string_view item);
  HandlerTest& Expire(const ItemBuilder& item);
  HandlerTest& KeyNames(std::vector<std::string> names);
  // The next batch: forgets the records and counts attempts from 1 again.
  HandlerTest& Clear();

  // --- what the function finds ---
  // An item that Get finds, in place of one with the same key attributes. A table of which nothing
  // was said is not found.
  HandlerTest& Item(const std::string& table, std::string_view item);
  HandlerTest& Item(const std::string& table, const ItemBuilder& item);
  HandlerTest& Table(const std::string& table);  // without items
  // The next Get fails so.
  HandlerTest& FailNextGet(Status status);
  // The tables' and the invocation's: names, ARN, shard, timeout.
  HandlerTest& FunctionTimeout(std::chrono::milliseconds timeout);
  HandlerTest& From(std::string table_name, std::string event_source_arn = "",
                    std::string shard_id = "");
  // Advance it between runs, or from within the function.
  ManualClock& clock() { return clock_; }

  // Calls the function over the records: the next attempt. Nothing is taken over from the one
  // before: as after a failure, or a commit whose condition failed.
  HandlerRun Run();
  // Runs until it succeeds, as the server retries; the last run.
  HandlerRun RunUntilDone(uint32_t attempts_max = 10);

 private:
  class Tables;
  struct Parts;

  HandlerTest& Add(const Value* before, const Value* after, std::string_view service = {});
  Value Parse(std::string_view item);
  Value KeysOf(const Value& item);
  void Append(const Value& keys, const Value* before, const Value* after, bool existed,
              int64_t micros, std::string_view sequence_number, std::string_view service);
  Status AddEvent(std::string_view json);
  void Note(const Status& status);

  HandlerFunction function_;
  ManualClock clock_;
  std::unique_ptr<Parts> parts_;
  std::vector<std::string> key_names_{"pk", "sk"};
  std::vector<std::string> records_;
  uint64_t last_lsn_ = 0;
  uint32_t attempt_ = 0;
  std::chrono::milliseconds timeout_{30'000};
  InvokeFrame frame_;
  Status broken_;
};

}  // namespace millrace
