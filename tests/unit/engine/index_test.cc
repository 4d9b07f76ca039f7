// Secondary indexes of a database: against a map and against the table, through restarts and
// crashes; reads of all kinds; what is dropped.

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/random.h"
#include "index_fixture.h"
#include "log_audit.h"

namespace millrace::testing {
namespace {

TEST_F(IndexTest, QueriesKeepTheOrderOfTheirKeys) {
  Open();
  Make({GlobalIndex("by_g", kByG)});
  int64_t n = 0;
  for (const char* sk : {"a", "b", "c", "d", "e"}) {
    PutItem("p" + std::to_string(n % 2), sk, "x", n);
    ++n;
  }
  PutItem("p9", "z", "y", 2);
  const Value::Map x = {{":g", Value::String("x")}};
  EXPECT_EQ(Query("by_g", "g = :g", x), "a b c d e ");
  EXPECT_EQ(Query("by_g", "g = :g", x, false), "e d c b a ");
  EXPECT_EQ(Query("by_g", "g = :g", x, true, 2), "a b c d e ");
  EXPECT_EQ(Query("by_g", "g = :g", x, false, 2), "e d c b a ");
  const auto with = [](int64_t low, int64_t high) {
    return Value::Map{{":g", Value::String("x")},
                      {":a", Value::OfNumber(Number::FromInt(low))},
                      {":b", Value::OfNumber(Number::FromInt(high))}};
  };
  EXPECT_EQ(Query("by_g", "g = :g AND n BETWEEN :a AND :b", with(1, 3)), "b c d ");
  EXPECT_EQ(Query("by_g", "g = :g AND n > :a", with(1, 0)), "c d e ");
  EXPECT_EQ(Query("by_g", "g = :g AND n >= :a", with(1, 0)), "b c d e ");
  EXPECT_EQ(Query("by_g", "g = :g AND n < :a", with(1, 0)), "a ");
  EXPECT_EQ(Query("by_g", "g = :g AND n <= :a", with(1, 0)), "a b ");
  EXPECT_EQ(Query("by_g", "g = :g AND n = :a", with(-7, 0)), "");
}

TEST_F(IndexTest, EqualKeysComeInTheTablesOrderAndPagesMissNone) {
  Open();
  Make({GlobalIndex("by_g", kByG)});
  for (int i = 0; i < 30; ++i)
    PutItem("p" + std::to_string(i % 3), "s" + std::to_string(10 + i), "x", 5);
  const Value::Map x = {{":g", Value::String("x")}};
  const std::string all = Query("by_g", "g = :g", x);
  EXPECT_EQ(std::count(all.begin(), all.end(), ' '), 30);
  for (const size_t limit : {1u, 7u, 30u}) EXPECT_EQ(Query("by_g", "g = :g", x, true, limit), all);
}

TEST_F(IndexTest, KeysOfSeveralAttributes) {
  Open();
  Make({GlobalIndex("many", {{{"g", ValueType::kString}, {"n", ValueType::kNumber}},
                             {{"v", ValueType::kString}, {"sk", ValueType::kString}}})});
  for (const char* sk : {"a", "b", "ba", "c"}) PutItem("p", sk, "x", 1);
  PutItem("p", "d", "x", 2);
  const auto with = [](const std::string& v, const std::string& sk) {
    return Value::Map{{":g", Value::String("x")},
                      {":n", Value::OfNumber(Number::FromInt(1))},
                      {":v", Value::String(v)},
                      {":s", Value::String(sk)}};
  };
  EXPECT_EQ(Query("many", "g = :g AND n = :n", with("", "")), "a b ba c ");
  EXPECT_EQ(Query("many", "n = :n AND g = :g AND v = :v", with("of b", "")), "b ");
  EXPECT_EQ(Query("many", "g = :g AND n = :n AND begins_with(v, :v)", with("of b", "")), "b ba ");
  EXPECT_EQ(Query("many", "g = :g AND n = :n AND v > :v", with("of b", "")), "ba c ");
  EXPECT_EQ(Query("many", "g = :g AND n = :n AND v = :v AND sk >= :s", with("of b", "b")), "b ");
  EXPECT_EQ(Query("many", "g = :g AND n = :n AND v = :v AND sk > :s", with("of b", "b")), "");
}

TEST_F(IndexTest, AnIndexIsSparseAndLocalItemsAreFetchedWhole) {
  Open();
  Make({LocalIndex("local", {"n", ValueType::kNumber}, ProjectionType::kKeysOnly)});
  PutItem("p", "a", "x", 2);
  PutItem("p", "b", "x", 1);
  ASSERT_TRUE(PutMap({{"pk", Value::String("p")}, {"sk", Value::String("c")}}).status.ok());
  const TableRef table = Table();
  PageRequest request;
  request.table = table;
  request.index = table->FindIndex("local");
  const std::vector<std::string> entries = ReadAll(*database_, request);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_FALSE(ItemView(entries[0]).Find("v"));
  request.whole_items = true;
  const Result<Page> page = database_->ReadPage(request);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->items.size(), 2u);
  EXPECT_EQ(ItemView(page->items[0]).Find("v")->text(), "of b");
  EXPECT_EQ(page->fetched_blocks, 2u);
  EXPECT_EQ(page->evaluated_size,
            ItemView(entries[0]).aws_size() + ItemView(entries[1]).aws_size());
}

TEST_F(IndexTest, SegmentsCoverAnIndexOnce) {
  Open();
  Make({GlobalIndex("by_g", kByG, ProjectionType::kKeysOnly)});
  for (int i = 0; i < 100; ++i) {
    PutItem("p", std::to_string(i), "g" + std::to_string(i % 37), i);
  }
  PageRequest request;
  request.table = Table();
  request.index = request.table->FindIndex("by_g");
  std::vector<std::string> found;
  request.total_segments = 7;
  for (request.segment = 0; request.segment < 7; ++request.segment) {
    request.exclusive_start.reset();
    for (std::string& item : ReadAll(*database_, request, 3)) found.push_back(std::move(item));
  }
  request.segment = 0;
  request.total_segments = 1;
  request.exclusive_start.reset();
  EXPECT_EQ(found, ReadAll(*database_, request));
  EXPECT_EQ(found.size(), 100u);
}

TEST_F(IndexTest, WritesOfWrongKeysAreRefused) {
  Open();
  Make({GlobalIndex("by_g", kByG)});
  const CommitResult put = PutMap(
      {{"pk", Value::String("p")}, {"sk", Value::String("s")}, {"g", Value::OfNumber(Number())}});
  EXPECT_EQ(put.status.message(),
            "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S "
            "Actual: N IndexName: by_g");
  EXPECT_EQ(Read(Table(), "p", "s"), "-");
}

TEST_F(IndexTest, AWriteTellsWhatItDidToIndexes) {
  Open();
  Make({GlobalIndex("by_g", kByG),
        LocalIndex("local", {"g", ValueType::kString}, ProjectionType::kKeysOnly)});
  WriteRequest write = Put(Table(), "p", "s", "v");
  write.count_indexes = true;
  EXPECT_TRUE(Commit(write).outcomes[0].index_writes.empty());
  write.item = EncodeItem(Value::OfMap(
      {{"pk", Value::String("p")}, {"sk", Value::String("s")}, {"g", Value::String("x")}}));
  const CommitResult result = Commit(write);
  ASSERT_EQ(result.outcomes[0].index_writes.size(), 1u);
  EXPECT_EQ(result.outcomes[0].index_writes[0].index, "local");
  EXPECT_EQ(result.outcomes[0].index_writes[0].kind, IndexKind::kLocal);
  EXPECT_EQ(result.outcomes[0].index_writes[0].units, 1u);
}

TEST_F(IndexTest, AnItemCollectionHasALimit) {
  options_.item_collection_size_max = 2000;
  Open();
  Make({LocalIndex("local", {"v", ValueType::kString}, ProjectionType::kKeysOnly)});
  ASSERT_TRUE(Commit(Put(Table(), "p", "a", std::string(500, 'v'))).status.ok());
  const Result<uint64_t> size = database_->ItemCollectionSize(*Table(), "p");
  ASSERT_TRUE(size.ok());
  const uint64_t item = ItemView(Item("p", "a", std::string(500, 'v'))).aws_size();
  EXPECT_EQ(*size, 2 * item);  // the entry projects all that there is
  const CommitResult refused = Commit(Put(Table(), "p", "b", std::string(1000, 'v')));
  EXPECT_TRUE(refused.status.Is(ErrorCode::kItemCollectionSizeLimitExceeded))
      << refused.status.ToString();
  EXPECT_TRUE(Commit(Put(Table(), "q", "b", std::string(900, 'v'))).status.ok());
  EXPECT_TRUE(Commit(Put(Table(), "p", "a", "v")).status.ok());
  EXPECT_TRUE(Commit(Put(Table(), "p", "b", std::string(500, 'v'))).status.ok());
  CloseCleanly();
  Open();
  ASSERT_TRUE(Commit(Delete(Table(), "p", "a")).status.ok());
  ASSERT_TRUE(Commit(Delete(Table(), "p", "b")).status.ok());
  EXPECT_EQ(*database_->ItemCollectionSize(*Table(), "p"), 0u);
}

// The items and their entries together, to the byte.
TEST_F(IndexTest, AnItemCollectionIsFullAtItsLimit) {
  const uint64_t item = ItemView(Item("p", "a", std::string(500, 'v'))).aws_size();
  options_.item_collection_size_max = 4 * item;
  Open();
  Make({LocalIndex("local", {"v", ValueType::kString}, ProjectionType::kKeysOnly)});
  ASSERT_TRUE(Commit(Put(Table(), "p", "a", std::string(500, 'v'))).status.ok());
  const auto put = [this](size_t length) {
    return Commit(Put(Table(), "p", "b", std::string(length, 'v'))).status;
  };
  EXPECT_TRUE(put(501).Is(ErrorCode::kItemCollectionSizeLimitExceeded));
  EXPECT_TRUE(put(500).ok());
  EXPECT_TRUE(put(501).Is(ErrorCode::kItemCollectionSizeLimitExceeded));
  EXPECT_TRUE(put(499).ok());
}

// What one transaction plans is counted against the next write of it, and given back when it fails.
TEST_F(IndexTest, ATransactionThatOverfillsAnItemCollectionTakesNothing) {
  const uint64_t item = ItemView(Item("p", "a", std::string(500, 'v'))).aws_size();
  options_.item_collection_size_max = 4 * item;
  Open();
  Make({LocalIndex("local", {"v", ValueType::kString}, ProjectionType::kKeysOnly)});
  CommitRequest request;
  request.transaction = true;
  for (const char* sk : {"a", "b", "c"}) {
    request.writes.push_back(Put(Table(), "p", sk, std::string(500, 'v')));
  }
  const CommitResult result = database_->CommitAndWait(request);
  EXPECT_TRUE(result.status.Is(ErrorCode::kTransactionCanceled)) << result.status.ToString();
  EXPECT_TRUE(result.outcomes[1].status.ok());
  EXPECT_TRUE(result.outcomes[2].status.Is(ErrorCode::kItemCollectionSizeLimitExceeded));
  request.writes.pop_back();
  EXPECT_TRUE(database_->CommitAndWait(request).status.ok());
  EXPECT_EQ(*database_->ItemCollectionSize(*Table(), "p"), 4 * item);
}

// Many at once, so that most are planned while others are queued: exactly as many as fit.
TEST_F(IndexTest, WhatIsQueuedCountsInAnItemCollection) {
  constexpr int kThreads = 8;
  constexpr int kItems = 40;  // a thread
  constexpr uint64_t kFit = 150;
  const uint64_t item = ItemView(Item("p", "0-00", std::string(100, 'v'))).aws_size();
  options_.item_collection_size_max = kFit * 2 * item + item;
  Open();
  Make({LocalIndex("local", {"v", ValueType::kString}, ProjectionType::kKeysOnly)});
  std::atomic<uint64_t> fitted{0};
  std::atomic<uint64_t> refused{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kItems; ++i) {
        const std::string sk = std::to_string(thread) + "-" + std::to_string(10 + i);
        const Status status = Commit(Put(Table(), "p", sk, std::string(100, 'v'))).status;
        ++(status.ok() ? fitted : refused);
        EXPECT_TRUE(status.ok() || status.Is(ErrorCode::kItemCollectionSizeLimitExceeded));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(fitted, kFit);
  EXPECT_EQ(refused, kThreads * kItems - kFit);
  EXPECT_EQ(*database_->ItemCollectionSize(*Table(), "p"), kFit * 2 * item);
}

class IndexModelTest : public IndexTest, public ::testing::WithParamInterface<uint64_t> {
 protected:
  IndexModelTest() : random_(GetParam()) {
    options_.log_segment_size = 256 * 1024;
    options_.backfill_step_items = 7;
  }

  void Step() {
    const std::string pk = "p" + std::to_string(random_.Uniform(12));
    const std::string sk = std::to_string(random_.Uniform(8));
    if (random_.OneIn(5)) {
      ASSERT_TRUE(Commit(Delete(Table(), pk, sk)).status.ok());
      return;
    }
    Value::Map map = {{"pk", Value::String(pk)}, {"sk", Value::String(sk)}};
    if (!random_.OneIn(4))
      map.emplace_back("g", Value::String("g" + std::to_string(random_.Uniform(5))));
    if (!random_.OneIn(4))
      map.emplace_back("n",
                       Value::OfNumber(Number::FromInt(static_cast<int64_t>(random_.Uniform(9)))));
    if (random_.OneIn(2))
      map.emplace_back("x", Value::String(std::string(random_.Uniform(600), 'x')));
    const CommitResult result = PutMap(std::move(map));
    ASSERT_TRUE(result.status.ok()) << result.status.ToString();
  }

  Random random_;
};

TEST_P(IndexModelTest, IndexesAreTheProjectionOfTheTable) {
  Open();
  IndexSpec included =
      GlobalIndex("included", {{{"n", ValueType::kNumber}}, {}}, ProjectionType::kInclude);
  included.included = {"x"};
  Make({GlobalIndex("by_g", kByG), included,
        GlobalIndex("many",
                    {{{"n", ValueType::kNumber}, {"g", ValueType::kString}},
                     {{"sk", ValueType::kString}, {"pk", ValueType::kString}}},
                    ProjectionType::kKeysOnly),
        LocalIndex("local", {"g", ValueType::kString}, ProjectionType::kAll)});
  for (int round = 0; round < 8; ++round) {
    SCOPED_TRACE("seed " + std::to_string(GetParam()) + " round " + std::to_string(round));
    const uint64_t steps = 20 + random_.Uniform(80);
    for (uint64_t i = 0; i < steps; ++i) ASSERT_NO_FATAL_FAILURE(Step());
    if (round == 3) {
      CreateIndex(
          GlobalIndex("late", {{{"g", ValueType::kString}}, {}}, ProjectionType::kKeysOnly));
    }
    if (round == 5) {
      AwaitActive("late");
      ASSERT_TRUE(DeleteIndex("many").ok());
    }
    if (random_.OneIn(3)) {
      ASSERT_TRUE(database_->Flush().ok());
    }
    random_.OneIn(2) ? Crash() : CloseCleanly();
    Open();
    AuditIndexes(*database_);
    // Whose back-fill ends in a commit: nobody may be writing.
    const bool filling = Table()->FindIndex("late") != nullptr && !IsActive("late");
    if (!filling) AuditDatabase(database_.get());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, IndexModelTest, ::testing::Range<uint64_t>(1, 6));

TEST_F(IndexTest, TheTwentyFirstGlobalIndexIsRefused) {
  Open();
  std::vector<IndexSpec> indexes;
  for (int i = 0; i < 19; ++i) indexes.push_back(GlobalIndex("i" + std::to_string(i), kByG));
  Make(indexes);
  CreateIndex(GlobalIndex("i19", kByG));
  AwaitActive("i19");
  TableUpdate update;
  update.create_index = GlobalIndex("i20", kByG);
  const Status refused = database_->UpdateTable("t", update).status();
  EXPECT_TRUE(refused.Is(ErrorCode::kLimitExceeded));
  EXPECT_EQ(refused.message(),
            "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit "
            "of 20");
  update.create_index = GlobalIndex("i3", kByG);
  EXPECT_EQ(database_->UpdateTable("t", update).status().message(),
            "Attempting to create an index which already exists");
}

TEST_F(IndexTest, DeletedTablesTakeTheirIndexesAlong) {
  Open();
  const TableRef table = Make({GlobalIndex("by_g", kByG)});
  for (int i = 0; i < 10; ++i) PutItem("p", std::to_string(i), "g", i);
  ASSERT_TRUE(database_->DeleteTable("t").ok());
  PageRequest request;
  request.table = table;
  request.index = table->FindIndex("by_g");
  EXPECT_TRUE(ReadAll(*database_, request).empty());
  EXPECT_EQ(database_->IndexStatistics(request.index->id).item_count, 0);
  const TableRef again = Make({GlobalIndex("by_g", kByG)});
  EXPECT_GT(again->FindIndex("by_g")->id, request.index->id);
  AuditIndexes(*database_);
}

}  // namespace
}  // namespace millrace::testing
