// Secondary indexes of a database: against a map and against the table, through restarts and
// crashes; reads of all kinds; the back-fill beside writers; what is dropped.

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "engine/base/random.h"
#include "engine_fixture.h"
#include "index_audit.h"
#include "log_audit.h"
#include "tests/support/eventually.h"

namespace millrace::testing {
namespace {

IndexSpec GlobalIndex(const std::string& name, IndexKeySchema schema,
                      ProjectionType projection = ProjectionType::kAll) {
  IndexSpec spec;
  spec.name = name;
  spec.schema = std::move(schema);
  spec.projection = projection;
  return spec;
}

IndexSpec LocalIndex(const std::string& name, KeyAttribute range, ProjectionType projection) {
  IndexSpec spec =
      GlobalIndex(name, {{{"pk", ValueType::kString}}, {std::move(range)}}, projection);
  spec.kind = IndexKind::kLocal;
  return spec;
}

// Holds the committer at the end of its next group, until it is released.
class Holder final : public CommitListener {
 public:
  void OnApplied(Lsn) override {
    std::unique_lock lock(mutex_);
    held_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return released_; });
  }
  bool WaitUntilHeld() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [this] { return held_; });
  }
  void Release() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  bool released_ = false;
};

class IndexTest : public EngineTest {
 protected:
  IndexTest() {
    options_.log_disk_reserve = 0;
    options_.write_buffer_size = 64 * 1024;
  }
  ~IndexTest() override { database_.reset(); }

  TableRef Make(std::vector<IndexSpec> indexes) {
    TableSpec spec = Spec("t");
    spec.indexes = std::move(indexes);
    const Result<TableRef> table = database_->CreateTable(spec);
    EXPECT_TRUE(table.ok()) << table.status().ToString();
    return *table;
  }
  TableRef Table() { return database_->FindTable("t"); }

  CommitResult PutMap(Value::Map map) {
    WriteRequest write;
    write.table = Table();
    write.item = EncodeItem(Value::OfMap(std::move(map)));
    write.key = *KeyOfItem(write.table->spec.schema, ItemView(write.item));
    return Commit(std::move(write));
  }
  void PutItem(const std::string& pk, const std::string& sk, const std::string& g, int64_t n) {
    const CommitResult result = PutMap({{"pk", Value::String(pk)},
                                        {"sk", Value::String(sk)},
                                        {"g", Value::String(g)},
                                        {"n", Value::OfNumber(Number::FromInt(n))},
                                        {"v", Value::String("of " + sk)}});
    ASSERT_TRUE(result.status.ok()) << result.status.ToString();
  }

  static KeyCondition ParseCondition(const std::string& text, const IndexKeySchema& schema,
                                     Value::Map values) {
    Placeholders placeholders;
    for (const auto& [name, value] : values) EXPECT_TRUE(placeholders.AddValue(name, value).ok());
    Result<KeyCondition> condition = KeyCondition::Parse(text, schema, &placeholders);
    EXPECT_TRUE(condition.ok()) << condition.status().ToString();
    return condition.ok() ? *condition : KeyCondition();
  }
  // The sort keys of what a query of the index finds, with a space after each.
  std::string Query(const std::string& index, const std::string& text, Value::Map values,
                    bool forward = true, size_t limit = SIZE_MAX) {
    PageRequest request;
    request.table = Table();
    request.index = request.table->FindIndex(index);
    EXPECT_NE(request.index, nullptr);
    const KeyCondition condition =
        ParseCondition(text, request.index->spec.schema, std::move(values));
    request.key_condition = &condition;
    request.forward = forward;
    std::string found;
    for (const std::string& item : ReadAll(*database_, request, limit)) {
      found += std::string(ItemView(item).Find("sk")->text()) + " ";
    }
    return found;
  }

  void CreateIndex(const IndexSpec& spec) {
    TableUpdate update;
    update.create_index = spec;
    const Result<TableRef> table = database_->UpdateTable("t", update);
    ASSERT_TRUE(table.ok()) << table.status().ToString();
    EXPECT_EQ((*table)->FindIndex(spec.name)->status, IndexStatus::kCreating);
  }
  Status DeleteIndex(const std::string& name) {
    TableUpdate update;
    update.delete_index = name;
    return database_->UpdateTable("t", update).status();
  }
  bool IsActive(const std::string& name) {
    const Index* const index = Table()->FindIndex(name);
    return index != nullptr && index->status == IndexStatus::kActive;
  }
  void AwaitActive(const std::string& name) {
    ASSERT_TRUE(Eventually(std::chrono::seconds(60), [&] { return IsActive(name); }));
  }
};

const IndexKeySchema kByG = {{{"g", ValueType::kString}}, {{"n", ValueType::kNumber}}};

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
  EXPECT_TRUE(Commit(Put(Table(), "q", "b", std::string(1000, 'v'))).status.ok());
  EXPECT_TRUE(Commit(Put(Table(), "p", "a", "v")).status.ok());
  EXPECT_TRUE(Commit(Put(Table(), "p", "b", std::string(500, 'v'))).status.ok());
  CloseCleanly();
  Open();
  ASSERT_TRUE(Commit(Delete(Table(), "p", "a")).status.ok());
  ASSERT_TRUE(Commit(Delete(Table(), "p", "b")).status.ok());
  EXPECT_EQ(*database_->ItemCollectionSize(*Table(), "p"), 0u);
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

class BackfillTest : public IndexTest {
 protected:
  BackfillTest() {
    options_.backfill_step_items = 1;
    options_.sync = false;
  }

  void Fill(int count) {
    for (int i = 0; i < count; ++i) {
      PutItem("p" + std::to_string(i % 10), std::to_string(i), "g" + std::to_string(i % 3), i);
    }
  }
};

TEST_F(BackfillTest, TakesUpWhatWasThereAndLeavesOutWhatCannotBeAKey) {
  Open();
  Make({});
  Fill(50);
  ASSERT_TRUE(PutMap({{"pk", Value::String("p")},
                      {"sk", Value::String("wrong")},
                      {"g", Value::Bool(true)},
                      {"n", Value::OfNumber(Number())}})
                  .status.ok());
  CreateIndex(GlobalIndex("by_g", kByG));
  AwaitActive("by_g");
  EXPECT_EQ(database_->IndexStatistics(Table()->FindIndex("by_g")->id).item_count, 50);
  AuditIndexes(*database_);
  Crash();
  Open();
  AuditIndexes(*database_);
  EXPECT_TRUE(IsActive("by_g"));
}

TEST_F(BackfillTest, WritersGoOnMeanwhile) {
  Open();
  Make({GlobalIndex("other", {{{"n", ValueType::kNumber}}, {}})});
  Fill(300);
  CreateIndex(GlobalIndex("by_g", kByG));
  Random random(3);
  int writes = 0;
  while (!IsActive("by_g") || writes < 200) {
    const std::string sk = std::to_string(random.Uniform(320));
    const std::string pk = "p" + std::to_string(std::stoi(sk) % 10);
    if (random.OneIn(3)) {
      ASSERT_TRUE(Commit(Delete(Table(), pk, sk)).status.ok());
    } else {
      PutItem(pk, sk, "g" + std::to_string(random.Uniform(4)),
              static_cast<int64_t>(random.Uniform(5)));
    }
    ++writes;
  }
  AuditIndexes(*database_);
  Crash();
  Open();
  AuditIndexes(*database_);
}

// Steps are taken between writes, one item each; the database dies before it can have finished.
TEST_F(BackfillTest, GoesOnAfterARestart) {
  for (const bool clean : {false, true}) {
    SCOPED_TRACE(clean);
    options_.directory = scratch_.path() + (clean ? "/clean" : "/crashed");
    Open();
    Make({});
    Fill(400);
    CreateIndex(GlobalIndex("by_g", kByG));
    PutItem("p1", "1", "moved", 1);
    if (clean) {
      CloseCleanly();
    } else {
      ASSERT_TRUE(database_->Flush().ok());
      Crash();
    }
    Open();
    PutItem("p2", "2", "moved", 2);
    ASSERT_TRUE(Commit(Delete(Table(), "p3", "3")).status.ok());
    AwaitActive("by_g");
    EXPECT_EQ(database_->IndexStatistics(Table()->FindIndex("by_g")->id).item_count, 399);
    AuditIndexes(*database_);
    database_.reset();
  }
}

TEST_F(BackfillTest, AnIndexThatIsBeingFilledCanGoAndOnlyOneIsMadeAtATime) {
  Open();
  Make({GlobalIndex("there", {{{"n", ValueType::kNumber}}, {}})});
  Fill(400);
  CreateIndex(GlobalIndex("by_g", kByG));
  Holder holder;
  database_->AddListener(&holder);
  std::thread writer([this] { PutItem("p", "held", "g", 1); });
  ASSERT_TRUE(holder.WaitUntilHeld());
  EXPECT_FALSE(IsActive("by_g"));
  TableUpdate second;
  second.create_index = GlobalIndex("second", kByG);
  EXPECT_EQ(database_->UpdateTable("t", second).status().message(),
            "Subscriber limit exceeded: Only 1 online index can be created or deleted "
            "simultaneously per table");
  EXPECT_TRUE(database_->DeleteTable("t").status().Is(ErrorCode::kResourceInUse));
  std::thread deleter([this] { EXPECT_TRUE(DeleteIndex("by_g").ok()); });
  holder.Release();
  writer.join();
  deleter.join();
  database_->RemoveListener(&holder);

  EXPECT_EQ(Table()->FindIndex("by_g"), nullptr);
  CreateIndex(GlobalIndex("by_g", {{{"v", ValueType::kString}}, {}}));
  AwaitActive("by_g");
  AuditIndexes(*database_);
  EXPECT_EQ(DeleteIndex("none").message(), "Requested resource not found: Index none for table t");
}

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

// A state made anew from the whole log: an index that the log says is active is filled before
// anybody can read it.
TEST_F(IndexTest, TheLogAloneMakesTheIndexes) {
  Open();
  Make({LocalIndex("local", {"n", ValueType::kNumber}, ProjectionType::kAll)});
  for (int i = 0; i < 40; ++i) PutItem("p", std::to_string(i), "g", i % 4);
  CreateIndex(GlobalIndex("by_g", kByG, ProjectionType::kKeysOnly));
  AwaitActive("by_g");
  PutItem("p", "7", "moved", 7);
  CloseCleanly();
  std::filesystem::remove_all(options_.directory + "/state");
  Open();
  EXPECT_TRUE(IsActive("by_g"));
  AuditIndexes(*database_);
  AuditDatabase(database_.get());
  EXPECT_EQ(database_->IndexStatistics(Table()->FindIndex("by_g")->id).item_count, 40);
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
