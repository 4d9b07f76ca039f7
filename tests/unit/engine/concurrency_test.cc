// Many threads on few keys: conditions, commits of several items, cells, changes of tables.

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "engine/base/random.h"
#include "engine_fixture.h"
#include "history_check.h"
#include "writers.h"

namespace millrace::testing {
namespace {

constexpr int kThreads = 4;

int64_t IntOf(std::string_view item, std::string_view name) {
  const std::optional<ValueView> value = ItemView(item).Find(name);
  return value ? static_cast<int64_t>(value->number().ToDouble()) : 0;
}

class ConcurrencyTest : public EngineTest {
 protected:
  ConcurrencyTest() {
    options_.log_segment_size = 256 * 1024;
    options_.log_disk_reserve = 0;
    options_.write_buffer_size = 128 * 1024;
    options_.sync = false;  // what is tested here doesn't ask the disk
    Open();
  }

  template <typename Run>
  static void InThreads(Run run) {
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) threads.emplace_back([i, &run] { run(i); });
    for (std::thread& thread : threads) thread.join();
  }

  // An update of item (`pk`, "s") with :x = `number` and, in its condition, :old = `expected`.
  WriteRequest Update(const TableRef& table, const std::string& pk, const std::string& update,
                      int64_t number, const std::string& condition = "", int64_t expected = 0) {
    Placeholders& placeholders = NewPlaceholders();
    EXPECT_TRUE(placeholders.AddValue(":x", Value::OfNumber(Number::FromInt(number))).ok());
    EXPECT_TRUE(placeholders.AddValue(":old", Value::OfNumber(Number::FromInt(expected))).ok());
    WriteRequest write;
    write.table = table;
    write.kind = WriteKind::kUpdate;
    write.key = Key(pk, "s");
    write.update = UpdateExpression::Parse(update, table->spec.schema, &placeholders).value();
    if (!condition.empty()) {
      write.condition = Condition::Parse("ConditionExpression", condition, &placeholders).value();
    }
    return write;
  }
  // They must outlive what was parsed with them.
  Placeholders& NewPlaceholders() {
    const std::lock_guard lock(placeholders_mutex_);
    return placeholders_.emplace_back();
  }
  int64_t ReadInt(const TableRef& table, const std::string& pk, std::string_view name) {
    std::string item;
    const Result<bool> found = database_->Get(*table, Key(pk), &item);
    EXPECT_TRUE(found.ok());
    return found.ok() && *found ? IntOf(item, name) : 0;
  }

  std::mutex placeholders_mutex_;
  std::deque<Placeholders> placeholders_;
};

TEST_F(ConcurrencyTest, CompareAndSetCountersCountEverySuccess) {
  constexpr int kTries = 150;
  const TableRef table = MakeTable("t", StreamViewType::kNewAndOldImages);
  ASSERT_TRUE(Commit(Update(table, "cas", "SET n = :x", 0)).status.ok());
  std::atomic<int64_t> swapped{0};
  InThreads([&](int) {
    for (int i = 0; i < kTries; ++i) {
      const int64_t seen = ReadInt(table, "cas", "n");
      const CommitResult result =
          Commit(Update(table, "cas", "SET n = :x", seen + 1, "n = :old", seen));
      if (result.status.ok()) {
        ++swapped;
      } else {
        EXPECT_EQ(result.status.code(), ErrorCode::kConditionalCheckFailed);
        // What it was refused for is there to be read now.
        EXPECT_GE(ReadInt(table, "cas", "n"), IntOf(result.outcomes[0].old_image, "n"));
      }
      EXPECT_TRUE(Commit(Update(table, "sum", "ADD n :x", 1)).status.ok());
    }
  });
  EXPECT_GE(swapped, kTries);
  EXPECT_EQ(ReadInt(table, "cas", "n"), swapped);
  EXPECT_EQ(ReadInt(table, "sum", "n"), kThreads * kTries);
  AuditDatabase(database_.get());
}

TEST_F(ConcurrencyTest, TransfersKeepTheSumInEverySnapshot) {
  constexpr int kAccounts = 6;
  constexpr int64_t kEach = 50;
  const TableRef table = MakeTable("bank", StreamViewType::kNewAndOldImages);
  for (int i = 0; i < kAccounts; ++i) {
    ASSERT_TRUE(Commit(Update(table, std::to_string(i), "SET n = :x", kEach)).status.ok());
  }
  const Lsn start = database_->applied_lsn();
  std::atomic<bool> done{false};
  std::vector<BankSnapshot> snapshots;
  std::thread observer([&] {
    while (!done) {
      PageRequest request;
      request.table = table;
      const Result<Page> page = database_->ReadPage(request);
      ASSERT_TRUE(page.ok());
      BankSnapshot& snapshot = snapshots.emplace_back();
      snapshot.as_of = page->as_of.value();
      for (const std::string& item : page->items) {
        snapshot.balances.emplace(ItemView(item).Find("pk")->text(), IntOf(item, "n"));
      }
    }
  });
  std::atomic<int> moved{0};
  std::atomic<int> refused{0};
  InThreads([&](int thread) {
    Random random(static_cast<uint64_t>(thread) + 1);
    for (int i = 0; i < 200; ++i) {
      const uint64_t from = random.Uniform(kAccounts);
      const uint64_t to = (from + 1 + random.Uniform(kAccounts - 1)) % kAccounts;
      const int64_t amount = 1 + static_cast<int64_t>(random.Uniform(60));
      CommitRequest transfer;
      transfer.writes.push_back(
          Update(table, std::to_string(from), "SET n = n - :x", amount, "n >= :x"));
      transfer.writes.push_back(Update(table, std::to_string(to), "SET n = n + :x", amount));
      const CommitResult result = database_->CommitAndWait(std::move(transfer));
      if (!result.status.ok()) {
        EXPECT_EQ(result.status.code(), ErrorCode::kTransactionCanceled);
      }
      ++(result.status.ok() ? moved : refused);
    }
  });
  done = true;
  observer.join();
  EXPECT_GT(moved, 0);
  EXPECT_GT(refused, 0);

  const AuditedLog log = AuditDatabase(database_.get());
  ASSERT_EQ(log.records.size(), static_cast<size_t>(kAccounts + 2 * moved));
  std::vector<BankChange> changes;
  for (const AuditedRecord& record : log.records) {
    changes.push_back({record.position.lsn.value(), record.key.pk, IntOf(record.new_image, "n")});
  }
  EXPECT_EQ(CheckBank(changes, snapshots, kAccounts * kEach, start.value()), Faults());
}

// What a handler's checkpoint does: a cell moved on by compare-and-set, and the effect with it.
TEST_F(ConcurrencyTest, CellsMoveOnExactlyOnceWithTheirEffect) {
  constexpr int kSteps = 200;
  const TableRef table = MakeTable("effects");
  std::atomic<int> fenced{0};
  InThreads([&](int) {
    while (true) {
      const Result<std::optional<Cell>> cell = database_->ReadCell("checkpoint");
      ASSERT_TRUE(cell.ok());
      const int step = *cell ? std::stoi((*cell)->value) : 0;
      if (step == kSteps) return;
      CommitRequest request;
      request.writes.push_back(Update(table, "done", "ADD n :x", 1));
      request.cells.push_back(
          {"checkpoint", *cell ? (*cell)->version : 0, std::to_string(step + 1)});
      const CommitResult result = database_->CommitAndWait(std::move(request));
      if (result.status.ok()) continue;
      EXPECT_EQ(result.status.code(), ErrorCode::kFenced) << result.status.ToString();
      ++fenced;
    }
  });
  EXPECT_EQ(ReadInt(table, "done", "n"), kSteps);
  const AuditedLog log = AuditDatabase(database_.get());
  EXPECT_EQ(log.records.size(), static_cast<size_t>(kSteps));
  ASSERT_EQ(log.cells.size(), static_cast<size_t>(kSteps));
  for (int i = 0; i < kSteps; ++i) {
    EXPECT_EQ(log.cells[static_cast<size_t>(i)].value, std::to_string(i + 1));
    EXPECT_EQ(log.cells[static_cast<size_t>(i)].lsn,
              log.records[static_cast<size_t>(i)].position.lsn);
  }
}

// The audit finds old images in exactly the records that a stream asks for one of, and none of a
// deleted table.
TEST_F(ConcurrencyTest, ChangesOfTablesRaceWithWriters) {
  MakeTable("switched");
  MakeTable("remade");
  std::atomic<bool> done{false};
  std::atomic<int> gone{0};
  std::vector<std::vector<Attempt>> attempts(kThreads);
  const auto write = [&](int thread) {
    WritersOptions options;
    options.padding_max = 100;
    Random random(static_cast<uint64_t>(thread) + 1);
    for (int i = 0; !done; ++i) {
      std::vector<TableRef> tables = {database_->FindTable("switched")};
      if (const TableRef remade = database_->FindTable("remade")) tables.push_back(remade);
      CommitRequest request;
      Attempt attempt =
          MakeAttempt(tables, options, "t" + std::to_string(thread) + "n" + std::to_string(i),
                      &random, &request);
      const CommitResult result = database_->CommitAndWait(std::move(request));
      attempt.answered = true;
      attempt.status = result.status;
      attempt.lsn = result.lsn;
      for (const WriteOutcome& outcome : result.outcomes) {
        gone += outcome.status.Is(ErrorCode::kResourceNotFound) ? 1 : 0;
      }
      attempts[static_cast<size_t>(thread)].push_back(std::move(attempt));
    }
  };
  std::thread writers([&] { InThreads(write); });
  constexpr StreamViewType kViews[] = {StreamViewType::kKeysOnly, StreamViewType::kOldImage,
                                       StreamViewType::kNewImage, StreamViewType::kNewAndOldImages};
  for (int i = 0; i < 40; ++i) {
    EXPECT_TRUE(database_->EnableStream("switched", kViews[i % 4]).ok());
    if (i % 2 == 0) {
      EXPECT_TRUE(database_->DeleteTable("remade").ok());
      EXPECT_EQ(database_->FindTable("remade"), nullptr);
    } else {
      EXPECT_NE(MakeTable("remade", kViews[i / 2 % 4]), nullptr);
    }
    EXPECT_TRUE(database_->DisableStream("switched").ok());
  }
  done = true;
  writers.join();

  std::vector<Attempt> all;
  for (std::vector<Attempt>& each : attempts) all.insert(all.end(), each.begin(), each.end());
  CheckAttempts(all, AuditDatabase(database_.get()));
  Crash();
  Open();
  CheckAttempts(all, AuditDatabase(database_.get()));
  const TableRef switched = database_->FindTable("switched");
  EXPECT_EQ(switched->streams.size(), 40u);
  EXPECT_GT(all.size(), 40u);
  RecordProperty("writes_refused_for_a_deleted_table", gone.load());
}

// Writers that never wait for anything are always planning something: a change of a table, which
// has to come between plans, must get its turn all the same.
TEST_F(ConcurrencyTest, ChangesOfTablesGetTheirTurn) {
  const TableRef table = MakeTable("t");
  std::atomic<bool> done{false};
  std::thread writers([&] {
    InThreads([&](int) {
      const WriteRequest refused = Conditioned(Delete(table, "a", "s"), "attribute_exists(pk)");
      while (!done) {
        EXPECT_EQ(Commit(refused).status.code(), ErrorCode::kConditionalCheckFailed);
      }
    });
  });
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(database_->EnableStream("t", StreamViewType::kOldImage).ok());
    EXPECT_TRUE(database_->DisableStream("t").ok());
  }
  done = true;
  writers.join();
}

TEST_F(ConcurrencyTest, TableIsCreatedOnceAndWritesFollowItsDeletion) {
  for (int round = 0; round < 10; ++round) {
    std::atomic<int> created{0};
    std::atomic<int> deleted{0};
    InThreads([&](int) {
      const Result<TableRef> made = database_->CreateTable(Spec("t"));
      if (made.ok()) ++created;
      const TableRef table = database_->FindTable("t");
      ASSERT_NE(table, nullptr);
      EXPECT_TRUE(made.ok() || made.status().Is(ErrorCode::kResourceInUse));
      EXPECT_TRUE(Commit(Put(table, "a", "s", "x")).status.ok());
    });
    const TableRef table = database_->FindTable("t");
    InThreads([&](int) {
      const Result<TableRef> removed = database_->DeleteTable("t");
      if (removed.ok()) ++deleted;
      EXPECT_TRUE(removed.ok() || removed.status().Is(ErrorCode::kResourceNotFound));
      EXPECT_EQ(Commit(Put(table, "a", "s", "y")).status.code(), ErrorCode::kResourceNotFound);
      EXPECT_EQ(Read(table, "a", "s"), "-");
    });
    EXPECT_EQ(created, 1);
    EXPECT_EQ(deleted, 1);
  }
  AuditDatabase(database_.get());
}

}  // namespace
}  // namespace millrace::testing
