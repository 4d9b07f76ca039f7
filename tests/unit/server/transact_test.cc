// Transactions without JSON: tokens and their time, and what becomes of a commit.

#include <gtest/gtest.h>

#include <future>

#include "engine/base/clock.h"
#include "engine/database.h"
#include "server/protocol/transact_core.h"
#include "server/protocol/transact_tokens.h"
#include "tests/support/held_state.h"
#include "tests/support/temporary_directory.h"

namespace millrace {
namespace {

// Runs callbacks where they are posted.
class AtOnce final : public CompletionQueue {
 public:
  void Post(std::vector<Completion> completions) override {
    for (Completion& completion : completions) completion.callback(std::move(completion.result));
  }
};

class TransactTest : public ::testing::Test {
 protected:
  TransactTest() {
    Open();
    TableSpec spec;
    spec.name = "t";
    spec.schema.hash = {"pk", ValueType::kString};
    table_ = database_->CreateTable(spec).value();
  }
  void Open() {
    DatabaseOptions options;
    options.directory = directory_.path() + "/data";
    options.log_segment_size = 1 << 20;
    options.log_disk_reserve = 0;
    options.clock = &clock_;
    database_ = Database::Open(options).value();
    if (table_) table_ = database_->FindTable("t");
  }

  // ADD n 1 to an item.
  TransactWrite Count(const std::string& pk) {
    TransactWrite write;
    write.request.table = table_;
    write.request.kind = WriteKind::kUpdate;
    write.request.key.pk = pk;
    write.request.update =
        UpdateExpression::Parse("ADD n :one", table_->spec.schema, &placeholders_).value();
    return write;
  }
  TransactResult Transact(std::vector<TransactWrite> writes, const std::string& token = "",
                          const std::string& json = "{}") {
    TransactRequest request;
    request.writes = std::move(writes);
    if (!token.empty()) {
      request.token =
          TransactionToken{"TransactWriteItems", token, DigestOfJson(*parser_.Parse(json))};
    }
    std::promise<TransactResult> done;
    CommitTransaction(database_.get(), clock_, &home_, std::move(request),
                      [&done](TransactResult result) { done.set_value(std::move(result)); });
    return done.get_future().get();
  }
  int CountOf(const std::string& pk) {
    std::string item;
    if (!database_->Get(*table_, {pk, ""}, &item).value()) return 0;
    return static_cast<int>(ItemView(item).Find("n")->number().ToDouble());
  }
  size_t Tokens() { return database_->ListCells("transaction/")->size(); }
  // Steps until all were seen.
  int Sweep() {
    TransactionTokenSweep sweep(database_.get(), &clock_);
    int steps = 1;
    while (!sweep.Step().value()) ++steps;
    return steps;
  }

  TemporaryDirectory directory_;
  ManualClock clock_;
  std::unique_ptr<Database> database_;
  TableRef table_;
  AtOnce home_;
  JsonParser parser_;
  Placeholders placeholders_ = [] {
    Placeholders made;
    EXPECT_TRUE(made.AddValue(":one", Value::OfNumber(Number::FromInt(1))).ok());
    return made;
  }();
};

TEST_F(TransactTest, ATokenIsValidForTenMinutesAndNotLonger) {
  EXPECT_FALSE(Transact({Count("a")}, "T").repeated);
  clock_.AdvanceMicros(kTransactionTokenMicros - 1);
  const TransactResult again = Transact({Count("a")}, "T");
  EXPECT_TRUE(again.status.ok());
  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(CountOf("a"), 1);
  EXPECT_EQ(Transact({Count("a")}, "T", "[]").status.code(),
            ErrorCode::kIdempotentParameterMismatch);
  clock_.AdvanceMicros(1);
  const TransactResult anew = Transact({Count("a")}, "T", "[]");
  EXPECT_TRUE(anew.status.ok()) << anew.status.ToString();
  EXPECT_FALSE(anew.repeated);
  EXPECT_EQ(CountOf("a"), 2);
  EXPECT_TRUE(Transact({Count("a")}, "T", "[]").repeated);
}

TEST_F(TransactTest, ATokenOutlivesAProcessThatDies) {
  EXPECT_TRUE(Transact({Count("a")}, "T").status.ok());
  database_.reset();  // as kill -9 leaves it
  Open();
  EXPECT_TRUE(Transact({Count("a")}, "T").repeated);
  EXPECT_EQ(CountOf("a"), 1);
}

TEST_F(TransactTest, OldTokensAreSweptInSteps) {
  constexpr int kTokens = 2500;
  for (int i = 0; i < kTokens; ++i) {
    CommitRequest token;  // as a transaction writes it
    token.cells.push_back(
        LookUpToken(*database_, clock_, {"TransactWriteItems", std::to_string(i), Digest{}})
            ->change);
    database_->Commit(std::move(token), &home_, [](const CommitResult&) {});
  }
  EXPECT_TRUE(Transact({Count("a")}).status.ok());  // behind them all
  clock_.AdvanceMicros(1);
  EXPECT_TRUE(Transact({Count("a")}, "young").status.ok());
  EXPECT_EQ(Tokens(), kTokens + 1u);
  EXPECT_EQ(Sweep(), 3);
  EXPECT_EQ(Tokens(), kTokens + 1u);
  clock_.AdvanceMicros(kTransactionTokenMicros - 1);
  EXPECT_EQ(Sweep(), 3);
  EXPECT_EQ(Tokens(), 1u);
  EXPECT_TRUE(Transact({Count("a")}, "young").repeated);
}

TEST_F(TransactTest, ATokenThatIsUnderWayIsInProgress) {
  HeldState state(database_.get());
  state.Hold();
  std::promise<TransactResult> first;
  std::promise<TransactResult> second;
  const auto begin = [&](std::promise<TransactResult>* done) {
    TransactRequest request;
    request.writes.push_back(Count("a"));
    request.token = TransactionToken{"TransactWriteItems", "T", Digest{}};
    CommitTransaction(database_.get(), clock_, &home_, std::move(request),
                      [done](TransactResult result) { done->set_value(std::move(result)); });
  };
  begin(&first);
  state.AwaitHeld();
  begin(&second);
  state.Release();
  EXPECT_TRUE(first.get_future().get().status.ok());
  EXPECT_EQ(second.get_future().get().status.code(), ErrorCode::kTransactionInProgress);
  EXPECT_EQ(CountOf("a"), 1);
}

TEST_F(TransactTest, TokensOfOperationsAreTheirOwn) {
  EXPECT_TRUE(Transact({Count("a")}, "T").status.ok());
  const Result<TokenLookup> other =
      LookUpToken(*database_, clock_, {"ExecuteTransaction", "T", Digest{}});
  EXPECT_EQ(other->use, TokenUse::kNew);
}

TEST_F(TransactTest, WhatOneActionIsInvalidForCancelsAll) {
  std::vector<TransactWrite> writes;
  writes.push_back(Count("a"));
  writes.push_back(TransactWrite());
  writes.back().invalid = Status::Validation("not so");
  const TransactResult result = Transact(std::move(writes));
  EXPECT_EQ(result.status.message(),
            "Transaction cancelled, please refer cancellation reasons for specific reasons "
            "[None, ValidationError]");
  ASSERT_EQ(result.reasons.size(), 2u);
  EXPECT_EQ(result.reasons[0].code, "None");
  EXPECT_EQ(result.reasons[1].message, "not so");
  EXPECT_EQ(CountOf("a"), 0);
}

TEST_F(TransactTest, ATableThatGoesMeanwhileIsNoReason) {
  TransactWrite write = Count("a");
  ASSERT_TRUE(database_->DeleteTable("t").ok());
  EXPECT_EQ(Transact({std::move(write)}).status.code(), ErrorCode::kResourceNotFound);
}

TEST_F(TransactTest, AReasonOfOnesOwn) {
  EXPECT_TRUE(Transact({Count("a")}).status.ok());
  TransactWrite write = Count("a");
  write.request.condition =
      Condition::Parse("ConditionExpression", "attribute_not_exists(pk)", &placeholders_).value();
  write.failure = CancellationReason{"DuplicateItem", "it is there", ""};
  write.old_item_on_failure = true;
  const TransactResult result = Transact({std::move(write)});
  ASSERT_EQ(result.reasons.size(), 1u);
  EXPECT_EQ(result.reasons[0].code, "DuplicateItem");
  EXPECT_EQ(ItemView(result.reasons[0].item).Find("pk")->text(), "a");
}

struct JsonRow {
  const char* one;
  const char* other;
  bool same;
};

TEST_F(TransactTest, RequestsThatSayTheSameHaveOneDigest) {
  const JsonRow rows[] = {
      {R"({"a":1,"b":[1,2]})", R"({ "b":[1,2], "a":1 })", true},
      {R"({"a":[1,2]})", R"({"a":[2,1]})", false},
      {R"({"SS":["x","y"]})", R"({"SS":["y","x"]})", true},
      {R"({"NS":["1","2"]})", R"({"NS":["2","1"]})", true},
      {R"({"L":["1","2"]})", R"({"L":["2","1"]})", false},
      {R"({"a":null})", R"({})", true},
      {R"({"a":"1"})", R"({"a":1})", false},
      {R"({"a":true})", R"({"a":false})", false},
      {R"(["a","b"])", R"(["ab",""])", false},
      {R"([["a"],"b"])", R"([["a","b"]])", false},
      {R"({"a":"b","c":"d"})", R"({"a":"bc","":"d"})", false},
      {R"({"a":1.5})", R"({"a":2.5})", false},
  };
  for (const JsonRow& row : rows) {
    const Digest one = DigestOfJson(*parser_.Parse(row.one));
    EXPECT_EQ(one == DigestOfJson(*parser_.Parse(row.other)), row.same)
        << row.one << " and " << row.other;
  }
}

}  // namespace
}  // namespace millrace
