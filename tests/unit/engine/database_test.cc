#include "engine/database.h"

#include <fstream>
#include <mutex>
#include <thread>

#include "engine/log_entries.h"
#include "engine/model/change_record.h"
#include "engine_fixture.h"

namespace millrace::testing {
namespace {

class DatabaseTest : public EngineTest {
 protected:
  DatabaseTest() { Open(); }

  // Every change record of the log, copied.
  std::vector<std::string> Records() {
    std::vector<std::string> records;
    const auto cursor = database_->log()->NewCursor(database_->log()->first_lsn());
    while (true) {
      Result<std::optional<FrameView>> frame = cursor->Next(database_->applied_lsn());
      EXPECT_TRUE(frame.ok()) << frame.status().ToString();
      if (!frame.ok() || !*frame) return records;
      std::string_view rest = (*frame)->entries;
      LogEntry entry;
      while (TakeLogEntry(&rest, &entry)) {
        if (entry.kind == static_cast<uint8_t>(EntryKind::kRecord))
          records.emplace_back(entry.bytes);
      }
    }
  }
};

TEST_F(DatabaseTest, PutGetDelete) {
  const TableRef table = MakeTable("t");
  EXPECT_TRUE(Commit(Put(table, "a", "1", "x")).status.ok());
  EXPECT_EQ(Read(table, "a", "1"), "x");
  const CommitResult removed = Commit(Delete(table, "a", "1"));
  EXPECT_TRUE(removed.outcomes[0].existed);
  EXPECT_EQ(Read(table, "a", "1"), "-");
}

TEST_F(DatabaseTest, AWriteThatChangesNothingMakesNoRecord) {
  const TableRef table = MakeTable("t", StreamViewType::kNewAndOldImages);
  Commit(Put(table, "a", "1", "x"));
  const CommitResult same = Commit(Put(table, "a", "1", "x"));
  EXPECT_TRUE(same.status.ok());
  EXPECT_FALSE(same.outcomes[0].changed);
  EXPECT_EQ(same.lsn, Lsn(0));
  EXPECT_FALSE(Commit(Delete(table, "b", "1")).outcomes[0].changed);
  EXPECT_EQ(Records().size(), 1u);
}

TEST_F(DatabaseTest, RecordsCarryTheOldImageOnlyWhenAskedFor) {
  struct Row {
    const char* name;
    std::optional<StreamViewType> view;
    bool stored;
  };
  const Row rows[] = {{"none", std::nullopt, false},
                      {"keys", StreamViewType::kKeysOnly, false},
                      {"new", StreamViewType::kNewImage, false},
                      {"old", StreamViewType::kOldImage, true},
                      {"both", StreamViewType::kNewAndOldImages, true}};
  for (const Row& row : rows) {
    const TableRef table = MakeTable(row.name, row.view);
    Commit(Put(table, "a", "1", "x"));
    Commit(Put(table, "a", "1", "y"));
    const std::vector<std::string> records = Records();
    const RecordView last(records.back());
    EXPECT_EQ(last.old_image().empty(), !row.stored) << row.name;
    EXPECT_EQ(last.event_name(), EventName::kModify) << row.name;
    EXPECT_EQ(last.item_previous(), RecordView(records[records.size() - 2]).position()) << row.name;
  }
}

TEST_F(DatabaseTest, TurningAStreamOnOrOffHoldsFromThatCommitOn) {
  TableRef table = MakeTable("t");
  Commit(Put(table, "a", "1", "x"));
  const Result<TableRef> enabled = database_->EnableStream("t", StreamViewType::kOldImage);
  ASSERT_TRUE(enabled.ok());
  // The reference from before still works, and the record obeys the new state.
  Commit(Put(table, "a", "1", "y"));
  EXPECT_FALSE(RecordView(Records().back()).old_image().empty());
  EXPECT_FALSE(database_->EnableStream("t", StreamViewType::kOldImage).ok());
  const Result<TableRef> disabled = database_->DisableStream("t");
  ASSERT_TRUE(disabled.ok());
  Commit(Put(table, "a", "1", "z"));
  EXPECT_TRUE(RecordView(Records().back()).old_image().empty());
  const StreamWindow& stream = (*disabled)->streams[0];
  EXPECT_LT(stream.first, *stream.last);
  EXPECT_FALSE(database_->DisableStream("t").ok());
}

TEST_F(DatabaseTest, FailedConditionShowsTheItem) {
  const TableRef table = MakeTable("t");
  Commit(Put(table, "a", "1", "x"));
  const CommitResult failed =
      Commit(Conditioned(Put(table, "a", "1", "y"), "attribute_not_exists(pk)"));
  EXPECT_TRUE(failed.status.Is(ErrorCode::kConditionalCheckFailed));
  EXPECT_EQ(failed.outcomes[0].old_image, Item("a", "1", "x"));
  EXPECT_EQ(Read(table, "a", "1"), "x");
}

TEST_F(DatabaseTest, SeveralWritesAreAllOrNothing) {
  const TableRef table = MakeTable("t");
  CommitRequest request;
  request.writes.push_back(Put(table, "a", "1", "x"));
  request.writes.push_back(Conditioned(Put(table, "b", "1", "x"), "attribute_exists(pk)"));
  request.cells.push_back({"cell", 0, "value"});
  const CommitResult failed = database_->CommitAndWait(request);
  EXPECT_TRUE(failed.status.Is(ErrorCode::kTransactionCanceled));
  EXPECT_TRUE(failed.outcomes[0].status.ok());
  EXPECT_TRUE(failed.outcomes[1].status.Is(ErrorCode::kConditionalCheckFailed));
  EXPECT_EQ(Read(table, "a", "1"), "-");
  EXPECT_FALSE(database_->ReadCell("cell")->has_value());

  request.writes[1].condition.reset();
  const CommitResult done = database_->CommitAndWait(request);
  EXPECT_TRUE(done.status.ok());
  EXPECT_EQ(Read(table, "b", "1"), "x");
  EXPECT_EQ((*database_->ReadCell("cell"))->version, done.lsn.value());
}

TEST_F(DatabaseTest, OneItemTwiceInACommitIsRefused) {
  const TableRef table = MakeTable("t");
  CommitRequest request;
  request.writes.push_back(Put(table, "a", "1", "x"));
  request.writes.push_back(Delete(table, "a", "1"));
  EXPECT_TRUE(database_->CommitAndWait(std::move(request)).status.Is(ErrorCode::kValidation));
}

TEST_F(DatabaseTest, CellsAreComparedAndSet) {
  const auto set = [this](std::optional<uint64_t> expected, std::optional<std::string> value) {
    CommitRequest request;
    request.cells.push_back({"c", expected, std::move(value)});
    return database_->CommitAndWait(std::move(request));
  };
  const CommitResult first = set(0, "1");
  ASSERT_TRUE(first.status.ok());
  EXPECT_TRUE(set(0, "2").status.Is(ErrorCode::kFenced));
  EXPECT_TRUE(set(first.lsn.value() + 1, "2").status.Is(ErrorCode::kFenced));
  EXPECT_TRUE(set(first.lsn.value(), "2").status.ok());
  EXPECT_EQ((*database_->ReadCell("c"))->value, "2");
  EXPECT_TRUE(set(std::nullopt, std::nullopt).status.ok());
  EXPECT_FALSE(database_->ReadCell("c")->has_value());
  EXPECT_EQ(set(std::nullopt, "3").status.ok(), true);
  EXPECT_EQ(database_->ListCells("c")->size(), 1u);
  CommitRequest catalog;
  catalog.cells.push_back({"catalog/table/00000001", std::nullopt, "x"});
  EXPECT_FALSE(database_->CommitAndWait(std::move(catalog)).status.ok());
}

TEST_F(DatabaseTest, ItemSizeAtItsEdgeAndOnePast) {
  const TableRef table = MakeTable("t");
  constexpr size_t kOverhead = 2 + 1 + 2 + 1 + 1;  // pk a, sk 1, v
  const std::string edge(409600 - kOverhead, 'x');
  EXPECT_TRUE(Commit(Put(table, "a", "1", edge)).status.ok());
  EXPECT_TRUE(Commit(Put(table, "a", "1", edge + "x")).status.Is(ErrorCode::kValidation));
}

TEST_F(DatabaseTest, DeletedTableTakesItsItemsWithIt) {
  const TableRef table = MakeTable("t", StreamViewType::kKeysOnly);
  Commit(Put(table, "a", "1", "x"));
  EXPECT_EQ(database_->Statistics(table->id).item_count, 1);
  ASSERT_TRUE(database_->DeleteTable("t").ok());
  EXPECT_EQ(database_->FindTable("t"), nullptr);
  EXPECT_TRUE(Commit(Put(table, "b", "1", "x")).status.Is(ErrorCode::kResourceNotFound));
  const TableRef again = MakeTable("t");
  EXPECT_NE(again->id, table->id);
  EXPECT_EQ(Read(again, "a", "1"), "-");
  EXPECT_EQ(Read(table, "a", "1"), "-");
  EXPECT_EQ(database_->Statistics(table->id).item_count, 0);
  const TableRef kept = database_->FindTable(table->id);
  ASSERT_NE(kept, nullptr);
  EXPECT_TRUE(kept->deleted());
  EXPECT_EQ(kept->streams[0].last, kept->deleted_lsn);
}

TEST_F(DatabaseTest, OnlySoManyTablesAreThereAtOnce) {
  CloseCleanly();
  options_.tables_max = 3;
  Open();
  for (const char* name : {"one", "two", "three"}) {
    ASSERT_TRUE(database_->CreateTable(Spec(name)).ok());
  }
  const Status refused = database_->CreateTable(Spec("four")).status();
  EXPECT_TRUE(refused.Is(ErrorCode::kLimitExceeded));
  EXPECT_EQ(refused.message(),
            "Subscriber limit exceeded: There is a limit of 3 tables per subscriber");
  // A name that is taken is the earlier error.
  EXPECT_TRUE(database_->CreateTable(Spec("one")).status().Is(ErrorCode::kResourceInUse));
  ASSERT_TRUE(database_->DeleteTable("two").ok());
  EXPECT_TRUE(database_->CreateTable(Spec("four")).ok());
  EXPECT_TRUE(database_->CreateTable(Spec("two")).status().Is(ErrorCode::kLimitExceeded));
}

TEST_F(DatabaseTest, QueryReadsARangeInBothDirections) {
  const TableRef table = MakeTable("t");
  for (const char* sk : {"1", "2", "3", "4", "5"}) Commit(Put(table, "a", sk, sk));
  Commit(Put(table, "b", "3", "other"));
  KeyCondition condition;
  condition.pk = "a";
  condition.lower = "2";
  condition.upper = "4";
  condition.upper_inclusive = true;
  PageRequest request;
  request.table = table;
  request.key_condition = &condition;
  request.limit = 2;
  const auto values = [&] {
    Result<Page> page = database_->ReadPage(request);
    EXPECT_TRUE(page.ok());
    std::string text;
    for (const std::string& item : page->items) text += ItemView(item).Find("v")->text();
    request.exclusive_start = page->last_evaluated;
    return text;
  };
  EXPECT_EQ(values(), "23");
  EXPECT_EQ(values(), "4");
  EXPECT_FALSE(request.exclusive_start.has_value());
  request.forward = false;
  EXPECT_EQ(values(), "43");
  EXPECT_EQ(values(), "2");
  EXPECT_FALSE(request.exclusive_start.has_value());
  condition.lower_exclusive = true;
  condition.upper_inclusive = false;
  EXPECT_EQ(values(), "3");
}

TEST_F(DatabaseTest, ScanSegmentsCoverTheTableOnce) {
  const TableRef table = MakeTable("t");
  for (int i = 0; i < 200; ++i) Commit(Put(table, "p" + std::to_string(i), "s", "x"));
  for (const uint32_t total : {1u, 3u, 7u}) {
    std::set<std::string> seen;
    for (uint32_t segment = 0; segment < total; ++segment) {
      PageRequest request;
      request.table = table;
      request.segment = segment;
      request.total_segments = total;
      request.limit = 17;
      do {
        Result<Page> page = database_->ReadPage(request);
        ASSERT_TRUE(page.ok());
        for (const std::string& item : page->items) EXPECT_TRUE(seen.insert(item).second);
        request.exclusive_start = page->last_evaluated;
      } while (request.exclusive_start);
    }
    EXPECT_EQ(seen.size(), 200u) << total;
  }
}

TEST_F(DatabaseTest, PagesEndWithTheItemThatCrossesOneMegabyte) {
  const TableRef table = MakeTable("t");
  const std::string big(100 * 1024, 'x');
  for (int i = 0; i < 12; ++i) Commit(Put(table, "a", std::to_string(100 + i), big));
  PageRequest request;
  request.table = table;
  Result<Page> page = database_->ReadPage(request);
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->items.size(), 11u);
  EXPECT_LE(page->evaluated_size, 1024u * 1024u + big.size() + 100);
  request.exclusive_start = page->last_evaluated;
  page = database_->ReadPage(request);
  EXPECT_EQ(page->items.size(), 1u);
  EXPECT_FALSE(page->last_evaluated.has_value());
}

TEST_F(DatabaseTest, RestartKeepsEverything) {
  const TableRef table = MakeTable("t", StreamViewType::kNewAndOldImages);
  for (int i = 0; i < 100; ++i) Commit(Put(table, "p" + std::to_string(i), "s", std::to_string(i)));
  const Lsn applied = database_->applied_lsn();
  for (const bool clean : {true, false, false, true}) {
    if (clean) {
      CloseCleanly();
    } else {
      Crash();
    }
    Open();
    const TableRef found = database_->FindTable("t");
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->streams[0].first, table->streams[0].first);
    EXPECT_EQ(database_->applied_lsn(), applied);
    EXPECT_EQ(database_->Statistics(found->id).item_count, 100);
    for (int i = 0; i < 100; ++i) {
      EXPECT_EQ(Read(found, "p" + std::to_string(i), "s"), std::to_string(i));
    }
  }
}

TEST_F(DatabaseTest, HashChainGoesOnAcrossARestart) {
  const TableRef table = MakeTable("t");
  Commit(Put(table, "a", "1", "x"));
  Crash();
  Open();
  Commit(Put(database_->FindTable("t"), "a", "1", "y"));
  const std::vector<std::string> records = Records();
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(RecordView(records[1]).header().previous_hash,
            ChainHash(RecordView(records[0]).header_bytes()));
  EXPECT_TRUE(VerifyRecordDigest(RecordView(records[1])));
}

TEST_F(DatabaseTest, CommitTimesNeverStepBack) {
  const TableRef table = MakeTable("t");
  Commit(Put(table, "a", "1", "x"));
  clock_.StepWallMicros(-3'600'000'000);
  Commit(Put(table, "a", "2", "x"));
  Crash();
  Open();
  Commit(Put(database_->FindTable("t"), "a", "3", "x"));
  int64_t last = 0;
  for (const std::string& record : Records()) {
    EXPECT_GE(RecordView(record).commit_time_micros(), last);
    last = RecordView(record).commit_time_micros();
  }
}

// What a listener was told, with the lsn that readers could read up to at that time.
class Notices final : public CommitListener {
 public:
  explicit Notices(const Database* database) : database_(database) {}
  void OnDurable() override { Add("durable"); }
  void OnApplied(Lsn) override { Add("applied"); }
  std::vector<std::pair<std::string, Lsn>> Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(seen_, {});
  }

 private:
  void Add(const char* what) {
    const std::lock_guard lock(mutex_);
    seen_.emplace_back(what, database_->applied_lsn());
  }
  const Database* database_;
  std::mutex mutex_;
  std::vector<std::pair<std::string, Lsn>> seen_;
};

TEST_F(DatabaseTest, ListenersAreTwiceToldOfACommit) {
  const TableRef table = MakeTable("t");
  const Lsn before = database_->applied_lsn();
  Notices notices(database_.get());
  database_->AddListener(&notices);
  const CommitResult put = Commit(Put(table, "a", "1", "x"));
  const std::vector<std::pair<std::string, Lsn>> expected = {{"durable", before},
                                                             {"applied", put.lsn}};
  EXPECT_EQ(notices.Take(), expected);
  database_->RemoveListener(&notices);
  Commit(Put(table, "a", "2", "x"));
  EXPECT_TRUE(notices.Take().empty());
}

TEST_F(DatabaseTest, ACommitThatIsTooLargeIsRefusedAndHarmsNothing) {
  CloseCleanly();
  options_.commit_size_max = size_t{1} << 20;
  Open();
  // `key length varint | key | present u8 | value`, and 128 bytes.
  const size_t largest = options_.commit_size_max - 1 - 1 - 1 - 128;
  const auto commit = [this](std::vector<size_t> sizes) {
    CommitRequest request;
    for (const size_t size : sizes) {
      const std::string key(1, static_cast<char>('a' + request.cells.size()));
      request.cells.push_back({key, std::nullopt, std::string(size, 'x')});
    }
    return database_->CommitAndWait(std::move(request)).status;
  };
  EXPECT_EQ(commit({largest + 1}).code(), ErrorCode::kValidation);
  EXPECT_EQ(commit({largest / 2, largest / 2}).code(), ErrorCode::kValidation) << "of many";
  EXPECT_FALSE(database_->ReadCell("a")->has_value());
  EXPECT_TRUE(commit({largest}).ok());
  EXPECT_EQ((*database_->ReadCell("a"))->value.size(), largest);
  EXPECT_TRUE(Commit(Put(MakeTable("t"), "a", "1", "x")).status.ok());
}

TEST_F(DatabaseTest, OneDirectoryOneDatabase) {
  const Result<std::unique_ptr<Database>> second = Database::Open(Options());
  ASSERT_FALSE(second.ok());
  EXPECT_TRUE(second.status().Is(ErrorCode::kDirectoryInUse)) << second.status().ToString();
}

TEST_F(DatabaseTest, ForeignAndNewerDirectoriesAreRefused) {
  CloseCleanly();
  std::ofstream(options_.directory + "/format") << "millrace data format 2\n";
  Result<std::unique_ptr<Database>> newer = Database::Open(Options());
  ASSERT_FALSE(newer.ok());
  EXPECT_TRUE(newer.status().Is(ErrorCode::kUnsupportedFormat));
  std::filesystem::remove(options_.directory + "/format");
  Result<std::unique_ptr<Database>> foreign = Database::Open(Options());
  ASSERT_FALSE(foreign.ok());
  EXPECT_TRUE(foreign.status().Is(ErrorCode::kUnsupportedFormat));
}

TEST_F(DatabaseTest, ALogThatLostItsEndIsRefused) {
  const TableRef table = MakeTable("t");
  Commit(Put(table, "a", "1", "x"));
  CloseCleanly();
  std::filesystem::remove_all(options_.directory + "/log");
  const Result<std::unique_ptr<Database>> opened = Database::Open(Options());
  ASSERT_FALSE(opened.ok());
  EXPECT_TRUE(opened.status().Is(ErrorCode::kCorruption)) << opened.status().ToString();
}

TEST_F(DatabaseTest, HotKeyUnderManyWritersCountsEveryIncrement) {
  const TableRef table = MakeTable("t", StreamViewType::kNewAndOldImages);
  constexpr int kThreads = 8;
  constexpr int kWrites = 200;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, this] {
      for (int i = 0; i < kWrites; ++i) {
        Placeholders placeholders;
        ASSERT_TRUE(placeholders.AddValue(":one", Value::OfNumber(Number::FromInt(1))).ok());
        WriteRequest write;
        write.table = table;
        write.kind = WriteKind::kUpdate;
        write.key = Key("hot");
        Result<UpdateExpression> update =
            UpdateExpression::Parse("ADD hits :one", table->spec.schema, &placeholders);
        ASSERT_TRUE(update.ok()) << update.status().ToString();
        write.update = *update;
        ASSERT_TRUE(Commit(std::move(write)).status.ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::string item;
  ASSERT_TRUE(*database_->Get(*table, Key("hot"), &item));
  EXPECT_EQ(ItemView(item).Find("hits")->number(), Number::FromInt(kThreads * kWrites));
  const std::vector<std::string> records = Records();
  ASSERT_EQ(records.size(), size_t{kThreads * kWrites});
  for (size_t i = 1; i < records.size(); ++i) {
    EXPECT_EQ(RecordView(records[i]).item_previous(), RecordView(records[i - 1]).position());
    EXPECT_EQ(RecordView(records[i]).old_image().bytes(),
              RecordView(records[i - 1]).new_image().bytes());
  }
}

TEST_F(DatabaseTest, UpdatesThatOnlyRemoveMakeNoItem) {
  const TableRef table = MakeTable("t", StreamViewType::kNewAndOldImages);
  struct Row {
    const char* expression;
    bool exists;
  };
  for (const Row& row : {Row{"REMOVE a", false}, Row{"DELETE tags :s", false},
                         Row{"REMOVE a DELETE tags :s", false}, Row{"REMOVE a SET b = :s", true}}) {
    Placeholders placeholders;
    ASSERT_TRUE(placeholders.AddValue(":s", Value::OfSet(ValueType::kStringSet, {"x"})).ok());
    WriteRequest write;
    write.table = table;
    write.kind = WriteKind::kUpdate;
    write.key = Key("absent");
    write.return_images = true;
    Result<UpdateExpression> update =
        UpdateExpression::Parse(row.expression, table->spec.schema, &placeholders);
    ASSERT_TRUE(update.ok()) << update.status().ToString();
    write.update = *update;
    const CommitResult result = Commit(std::move(write));
    ASSERT_TRUE(result.status.ok()) << row.expression;
    EXPECT_EQ(result.outcomes[0].changed, row.exists) << row.expression;
    EXPECT_EQ(result.outcomes[0].new_image.empty(), !row.exists) << row.expression;
    std::string item;
    EXPECT_EQ(*database_->Get(*table, Key("absent"), &item), row.exists) << row.expression;
  }
  EXPECT_EQ(Records().size(), 1u);
}

TEST_F(DatabaseTest, TrimmingForgetsEndedStreamsAndTables) {
  CloseCleanly();
  options_.log_segment_size = 64 * 1024;
  options_.log_disk_reserve = 0;
  Open();
  const TableRef gone = MakeTable("gone", StreamViewType::kKeysOnly);
  MakeTable("t", StreamViewType::kKeysOnly);
  ASSERT_TRUE(database_->DisableStream("t").ok());
  ASSERT_TRUE(database_->DeleteTable("gone").ok());
  const TableRef table = database_->FindTable("t");
  const std::string filler(8 * 1024, 'x');
  for (int i = 0; i < 40; ++i) Commit(Put(table, "a", std::to_string(i), filler));
  const int64_t now = clock_.WallMicros();
  EXPECT_EQ(*database_->TrimLog(Lsn(UINT64_MAX), now - 1'000'000), 0u);
  EXPECT_NE(database_->FindTable(gone->id), nullptr);
  clock_.AdvanceMicros(10'000'000);
  EXPECT_GT(*database_->TrimLog(Lsn(UINT64_MAX), clock_.WallMicros()), 0u);
  EXPECT_EQ(database_->FindTable(gone->id), nullptr);
  EXPECT_TRUE(database_->FindTable("t")->streams.empty());
  Crash();
  Open();
  EXPECT_EQ(Read(database_->FindTable("t"), "a", "7"), filler);
}

}  // namespace
}  // namespace millrace::testing
