// Streams on the engine itself: what a log in memory can't show. Segments that seal and go, a
// restart, writers on other threads.

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "engine/base/random.h"
#include "streams/history.h"
#include "streams/reader_pins.h"
#include "streams/rebuild.h"
#include "streams/retention.h"
#include "streams/stream_service.h"
#include "streams/table_copy.h"
#include "streams/table_feed.h"
#include "streams/verify.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/streams/fake_database.h"

namespace millrace {
namespace {

using Strings = std::vector<std::string>;

constexpr uint64_t kSegment = 256 << 10;  // bytes

class RealDatabaseTest : public testing::Test {
 protected:
  RealDatabaseTest() {
    Open();
    table_ = database_->CreateTable(SpecOf("t", StreamViewType::kNewAndOldImages)).value();
  }

  void Open() {
    DatabaseOptions options;
    options.directory = directory_.path() + "/data";
    options.clock = &clock_;
    options.sync = false;
    options.log_segment_size = kSegment;
    options.log_disk_reserve = 0;
    auto opened = Database::Open(options);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    database_ = std::move(*opened);
    service_.emplace(database_.get(), &clock_, ArnScope{"eu-central-1", "000000000000"});
  }
  void Reopen(bool cleanly) {
    if (cleanly) {
      ASSERT_TRUE(database_->Close().ok());
    }
    database_.reset();
    Open();
    table_ = database_->FindTable("t");
  }

  static WriteRequest PutOf(const TableRef& table, const ItemKey& key, std::string_view value) {
    WriteRequest write;
    write.table = table;
    write.key = key;
    Value item(ItemView(KeysItem(table->spec.schema, key)).value());
    item.SetInMap("v", Value::String(value));
    write.item = EncodeItem(item);
    return write;
  }
  CommitResult Commit(WriteRequest write) {
    CommitRequest request;
    request.writes.push_back(std::move(write));
    return database_->CommitAndWait(std::move(request));
  }
  Lsn Put(const ItemKey& key, std::string_view value) {
    const CommitResult result = Commit(PutOf(table_, key, value));
    EXPECT_TRUE(result.status.ok()) << result.status.ToString();
    return result.lsn;
  }
  void Delete(const ItemKey& key) {
    WriteRequest write;
    write.table = table_;
    write.kind = WriteKind::kDelete;
    write.key = key;
    EXPECT_TRUE(Commit(std::move(write)).status.ok());
  }
  // Enough records, in another table, that the segment at hand seals.
  void FillASegment() {
    if (!filler_) filler_ = database_->CreateTable(SpecOf("filler")).value();
    for (uint64_t bytes = 0; bytes < 2 * kSegment; bytes += 100'000) {
      ASSERT_TRUE(Commit(PutOf(filler_, {"pk-" + std::to_string(++fillers_), ""},
                               std::string(100'000, 'x')))
                      .status.ok());
    }
  }

  std::string Iterator(const StreamWindow& window, uint32_t shard, ShardIteratorType type) const {
    return service_
        ->GetShardIterator(service_->ArnOf(*table_, window),
                           ShardIdOf(*table_, window, ShardIndex(shard)), type, std::nullopt)
        .value();
  }
  // The values in a stream, of all shards, and whether all of these have ended.
  std::multiset<std::string> ValuesOf(const StreamWindow& window, bool* ended = nullptr) const {
    std::multiset<std::string> values;
    if (ended) *ended = true;
    for (uint32_t shard = 0; shard < kShardCount; ++shard) {
      std::optional<std::string> next = Iterator(window, shard, ShardIteratorType::kTrimHorizon);
      bool more = true;
      while (next && more) {
        const auto page = service_->GetRecords(*next, 7).value();
        for (const StreamRecord& record : page.records) {
          values.emplace(record.record().new_image().Find("v")->text());
        }
        more = !page.records.empty();
        next = page.next_iterator;
      }
      if (ended && next) *ended = false;
    }
    return values;
  }
  const StreamWindow& Stream(size_t i) {
    table_ = database_->FindTable("t");
    return table_->streams.at(i);
  }
  RebuildReport Rebuild(size_t page_items = 100) {
    RebuildOptions options;
    options.scratch_directory = directory_.path() + "/scratch";
    options.page_items = page_items;
    auto report = RebuildAndCompare(database_.get(), table_->id, options);
    EXPECT_TRUE(report.ok()) << report.status().ToString();
    return report.ok() ? *report : RebuildReport();
  }

  TemporaryDirectory directory_;
  ManualClock clock_;
  std::unique_ptr<Database> database_;
  std::optional<StreamService> service_;
  TableRef filler_;
  int fillers_ = 0;
  TableRef table_;
};

ItemKey KeyOf(uint64_t n) {
  return {"pk-" + std::to_string(n), ""};
}

TEST_F(RealDatabaseTest, StreamsOffAndOnOverRestarts) {
  Put(KeyOf(1), "a");
  Put(KeyOf(2), "b");
  const std::string held = Iterator(Stream(0), 0, ShardIteratorType::kLatest);
  Reopen(false);
  EXPECT_TRUE(service_->GetRecords(held).ok());
  ASSERT_TRUE(database_->DisableStream("t").ok());
  Put(KeyOf(1), "between");
  ASSERT_TRUE(database_->EnableStream("t", StreamViewType::kNewImage).ok());
  Put(KeyOf(1), "c");
  for (const bool cleanly : {true, false}) {
    Reopen(cleanly);
    bool ended = false;
    EXPECT_EQ(ValuesOf(Stream(0), &ended), (std::multiset<std::string>{"a", "b"}));
    EXPECT_TRUE(ended);
    EXPECT_EQ(ValuesOf(Stream(1), &ended), (std::multiset<std::string>{"c"}));
    EXPECT_FALSE(ended);
    EXPECT_FALSE(service_->GetRecords(held)->next_iterator.has_value());
  }
  EXPECT_NE(Stream(0).label, Stream(1).label);
}

TEST_F(RealDatabaseTest, AWriteThatChangesNothingMakesNoRecord) {
  Put(KeyOf(1), "a");
  Put(KeyOf(1), "a");
  Delete(KeyOf(2));
  EXPECT_EQ(ValuesOf(Stream(0)), (std::multiset<std::string>{"a"}));
}

TEST_F(RealDatabaseTest, ReadsThroughManySegments) {
  std::multiset<std::string> expected;
  for (int i = 0; i < 60; ++i) {
    expected.insert(std::to_string(i));
    Put(KeyOf(static_cast<uint64_t>(i) % 5), std::to_string(i));
    if (i % 10 == 9) FillASegment();
  }
  ASSERT_GT(database_->log()->Segments().size(), 6u);
  EXPECT_EQ(ValuesOf(Stream(0)), expected);

  TableFeed feed(database_->log(), table_->id, table_->created_lsn);
  int last = -1;
  for (;;) {
    const auto next = feed.Next(database_->applied_lsn()).value();
    if (!next) break;
    EXPECT_EQ(next->record.new_image().Find("v")->text(), std::to_string(++last));
  }
  EXPECT_EQ(last, 59);

  HistoryRequest request;
  request.table = table_;
  request.key = KeyOf(3);
  const auto history = ItemHistory(database_.get()).Read(request).value();
  EXPECT_EQ(history.versions.size(), 12u);
  EXPECT_FALSE(history.beginning_trimmed);
  for (size_t i = 1; i < history.versions.size(); ++i) {
    EXPECT_EQ(history.versions[i].record().item_previous(),
              history.versions[i - 1].record().position());
  }
}

TEST_F(RealDatabaseTest, TrimmingFreesDiskAndShows) {
  Put(KeyOf(1), "old");
  FillASegment();
  const Lsn before = database_->log()->first_lsn();
  Retention retention(database_.get(), &clock_, {});
  clock_.AdvanceMicros(kStreamRetentionMicros);
  EXPECT_EQ(retention.Run()->bytes_freed, 0u);
  clock_.AdvanceMicros(1);
  const auto report = retention.Run().value();
  EXPECT_GE(report.bytes_freed, kSegment);
  EXPECT_GT(report.first_lsn, before);
  EXPECT_TRUE(ValuesOf(Stream(0)).empty());
  Put(KeyOf(1), "young");
  EXPECT_EQ(ValuesOf(Stream(0)), (std::multiset<std::string>{"young"}));

  RebuildOptions options;
  options.scratch_directory = directory_.path() + "/scratch";
  EXPECT_TRUE(RebuildAndCompare(database_.get(), table_->id, options)
                  .status()
                  .Is(ErrorCode::kTrimmedDataAccess));
  const auto verified = VerifyTable(database_.get(), table_->id).value();
  EXPECT_TRUE(verified.intact());
  EXPECT_TRUE(verified.beginning_trimmed);
}

TEST_F(RealDatabaseTest, AClosedStreamIsReadableFor24HoursThenForgotten) {
  Put(KeyOf(1), "a");
  ASSERT_TRUE(database_->DisableStream("t").ok());
  FillASegment();
  clock_.AdvanceMicros(kStreamRetentionMicros - 1);
  EXPECT_EQ(ValuesOf(Stream(0)).size(), 1u);
  clock_.AdvanceMicros(2);
  EXPECT_TRUE(service_->ListStreams("t", std::nullopt)->streams.empty());
  ASSERT_TRUE(Retention(database_.get(), &clock_, {}).Run().ok());
  EXPECT_TRUE(database_->FindTable("t")->streams.empty());
}

TEST_F(RealDatabaseTest, TheLogRebuildsTheTableOverRestarts) {
  Random random(5);
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 150; ++i) {
      const ItemKey key = KeyOf(random.Uniform(80));
      random.OneIn(4) ? Delete(key) : void(Put(key, std::to_string(random.Next())));
    }
    const RebuildReport report = Rebuild();
    EXPECT_TRUE(report.equal);
    EXPECT_GT(report.live_items, 20u);
    EXPECT_TRUE(VerifyTable(database_.get(), table_->id)->intact());
    Reopen(round % 2 == 0);
  }
}

TEST_F(RealDatabaseTest, RebuildsAndReadsWhileOthersWrite) {
  for (uint64_t i = 0; i < 300; ++i) Put(KeyOf(i), "start");
  std::optional<std::string> next = Iterator(Stream(0), 1, ShardIteratorType::kTrimHorizon);
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> written{0};
  std::vector<std::thread> writers;
  for (uint64_t seed = 1; seed <= 2; ++seed) {
    writers.emplace_back([this, seed, &stop, &written] {
      Random random(seed);
      while (!stop) {
        Put(KeyOf(random.Uniform(300)), std::to_string(random.Next()));
        ++written;
      }
    });
  }
  // A reader that follows one shard through its iterators sees each record once, in order.
  Digest head{};
  uint64_t followed = 0;
  const auto follow = [&] {
    for (;;) {
      const auto page = service_->GetRecords(*next, 50).value();
      for (const StreamRecord& record : page.records) {
        ASSERT_EQ(record.record().header().previous_hash, head);
        head = record.hash;
        ++followed;
      }
      next = page.next_iterator;
      if (page.records.empty()) return;
    }
  };
  for (int i = 0; i < 5; ++i) {
    const RebuildReport report = Rebuild(20);
    EXPECT_TRUE(report.equal);
    EXPECT_EQ(report.live_items, 300u);
    follow();
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();
  follow();
  EXPECT_GT(written.load(), 0u);
  const auto verified = VerifyTable(database_.get(), table_->id).value();
  EXPECT_TRUE(verified.intact());
  EXPECT_EQ(verified.shards[1].records, followed);
  EXPECT_EQ(verified.shards[1].head, head);
}

// The retention runs in the middle of an audit, when all of the log is old enough to go.
TEST_F(RealDatabaseTest, AnAuditKeepsTheLogThatItReads) {
  constexpr uint64_t kItems = 5000;  // more than are read before it asks whether to go on
  for (uint64_t i = 0; i < kItems;) {
    CommitRequest request;
    for (int n = 0; n < 100; ++n) request.writes.push_back(PutOf(table_, KeyOf(i++), "a value"));
    ASSERT_TRUE(database_->CommitAndWait(std::move(request)).status.ok());
  }
  FillASegment();
  ASSERT_TRUE(database_->Flush().ok());
  clock_.AdvanceMicros(kStreamRetentionMicros + 1);
  ReaderPins pins;
  Retention retention(database_.get(), &clock_, {&pins});
  uint64_t freed = 0;
  RebuildOptions options;
  options.scratch_directory = directory_.path() + "/scratch";
  options.cancelled = [&retention, &freed] {
    freed += retention.Run()->bytes_freed;
    return false;
  };
  {
    const ReaderPins::Hold hold(&pins, {"an audit", table_->created_lsn});
    const ReaderPins::Hold later(&pins, {"another", database_->applied_lsn()});
    const auto report = RebuildAndCompare(database_.get(), table_->id, options);
    ASSERT_TRUE(report.ok()) << report.status().ToString();
    EXPECT_TRUE(report->equal);
    EXPECT_EQ(report->records, kItems);
    EXPECT_EQ(pins.Pins().size(), 2u);
  }
  EXPECT_TRUE(pins.Pins().empty());
  EXPECT_LE(database_->log()->first_lsn(), table_->created_lsn);
  // Without the pin the same run loses what it has not read.
  EXPECT_TRUE(RebuildAndCompare(database_.get(), table_->id, options)
                  .status()
                  .Is(ErrorCode::kTrimmedDataAccess));
  EXPECT_GE(freed, kSegment);
}

TEST_F(RealDatabaseTest, AnUnfinishedCopyKeepsTheLog) {
  for (int i = 0; i < 300; ++i) Put({"a" + std::to_string(i), ""}, std::string(2000, 'v'));
  TableCopyRequest request;
  request.source_name = "t";
  request.target_name = "copy";
  request.as_of = database_->applied_lsn();
  request.as_of_text = "-2h";
  const auto once = [] { return true; };
  TableCopy copy = BeginTableCopy(database_.get(), request).value();
  ASSERT_TRUE(ContinueTableCopy(database_.get(), {}, once, &copy).ok());
  ASSERT_FALSE(copy.done());
  TableCopyPins pins(database_.get());
  ASSERT_EQ(pins.Pins().size(), 1u);
  EXPECT_EQ(pins.Pins()[0].keep_from, copy.next.lsn);

  // Other segments go when they are old, but not those that the copy has not read.
  clock_.AdvanceMicros(kStreamRetentionMicros + 1);
  Retention retention(database_.get(), &clock_, {&pins});
  ASSERT_TRUE(database_->Flush().ok());
  ASSERT_TRUE(retention.Run().ok());
  EXPECT_LE(database_->log()->first_lsn(), copy.next.lsn);

  // The same words mean the same copy, though they mean another commit by now.
  request.as_of = Put({"later", ""}, "v");
  copy = BeginTableCopy(database_.get(), request).value();
  EXPECT_LT(copy.as_of, *request.as_of);
  request.as_of_text = "-3h";
  EXPECT_TRUE(BeginTableCopy(database_.get(), request).status().Is(ErrorCode::kResourceInUse));
  while (!copy.done()) ASSERT_TRUE(ContinueTableCopy(database_.get(), {}, once, &copy).ok());
  EXPECT_EQ(copy.records, 300u);

  EXPECT_TRUE(pins.Pins().empty());
  ASSERT_TRUE(retention.Run().ok());
  EXPECT_GT(database_->log()->first_lsn(), Lsn(1));
}

TEST_F(RealDatabaseTest, ACopyWhoseTargetWasDeletedKeepsNothing) {
  Put({"a", ""}, "v");
  TableCopyRequest request;
  request.source_name = "t";
  request.target_name = "copy";
  ASSERT_TRUE(BeginTableCopy(database_.get(), request).ok());
  TableCopyPins pins(database_.get());
  EXPECT_EQ(pins.Pins().size(), 1u);
  ASSERT_TRUE(database_->DeleteTable("copy").ok());
  EXPECT_TRUE(pins.Pins().empty());
}

}  // namespace
}  // namespace millrace
