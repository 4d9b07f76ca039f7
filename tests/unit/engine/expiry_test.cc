// Time to live: what ends and when, by whose hand; the back-fill; restarts. Source: "Using time to
// live (TTL)" in the developer guide.

#include "engine/expiry_index.h"

#include <thread>

#include "engine/log/commit_log.h"
#include "engine/log_entries.h"
#include "engine_fixture.h"
#include "tests/support/eventually.h"

namespace millrace::testing {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kHour = 3600 * kSecond;
constexpr int64_t kFiveYears = int64_t{5} * 365 * 24 * 3600;  // seconds
constexpr std::chrono::seconds kDeadline(30);

class ExpiryTest : public EngineTest {
 protected:
  ExpiryTest() {
    options_.log_disk_reserve = 0;
    options_.expiry_interval = std::chrono::milliseconds(1);
    options_.backfill_step_items = 4;
  }
  ~ExpiryTest() override { database_.reset(); }

  int64_t Now() const { return clock_.WallMicros() / kSecond; }
  TableRef Table() { return database_->FindTable("t"); }

  Status SetTtl(bool enabled, const std::string& attribute = "ends") {
    TableUpdate update;
    update.ttl = TableUpdate::Ttl{enabled, attribute};
    return database_->UpdateTable("t", update).status();
  }

  void PutValue(const std::string& pk, const Value& ends) {
    Value::Map map;
    map.emplace_back("pk", Value::String(pk));
    map.emplace_back("sk", Value::String("s"));
    map.emplace_back("v", Value::String("1"));
    map.emplace_back("ends", ends);
    WriteRequest write;
    write.table = Table();
    write.kind = WriteKind::kPut;
    write.key = Key(pk);
    write.item = EncodeItem(Value::OfMap(std::move(map)));
    EXPECT_TRUE(Commit(std::move(write)).status.ok());
  }
  void PutEnding(const std::string& pk, int64_t seconds) {
    PutValue(pk, Value::OfNumber(Number::FromInt(seconds)));
  }
  bool Has(const std::string& pk) { return Read(Table(), pk, "s") != "-"; }
  bool IsGone(const std::string& pk) {
    return Eventually(kDeadline, [&] { return !Has(pk); });
  }
  bool IsFilled() {
    return Eventually(kDeadline, [&] { return Table()->ttl->filled; });
  }
  // What is due before it is gone first: once `witness` is gone, the others were spared.
  void ExpectSpared(const std::vector<std::string>& pks) {
    PutEnding("witness", Now() - 1);
    ASSERT_TRUE(IsGone("witness"));
    for (const std::string& pk : pks) EXPECT_TRUE(Has(pk)) << pk;
  }
};

TEST_F(ExpiryTest, AnItemEndsOnceItsTimeHasPassed) {
  Open();
  MakeTable("t");
  ASSERT_TRUE(SetTtl(true).ok());
  ASSERT_TRUE(IsFilled());
  PutEnding("now", Now());
  PutEnding("later", Now() + 1);
  ExpectSpared({"now", "later"});  // at its second it is still there
  clock_.AdvanceMicros(kSecond);
  EXPECT_TRUE(IsGone("now"));
  ExpectSpared({"later"});
  EXPECT_EQ(database_->Statistics(Table()->id).item_count, 1);
}

TEST_F(ExpiryTest, OnlyTimesOfTheLastFiveYearsCount) {
  Open();
  MakeTable("t");
  ASSERT_TRUE(SetTtl(true).ok());
  ASSERT_TRUE(IsFilled());
  PutEnding("too old", Now() - kFiveYears - 1);
  PutEnding("old", Now() - kFiveYears);
  PutEnding("never", -1);
  PutValue("text", Value::String(std::to_string(Now() - 1)));
  PutValue("huge", Value::OfNumber(*Number::Parse("1e100")));
  PutValue("fraction", Value::OfNumber(*Number::Parse(std::to_string(Now() - 1) + ".9")));
  EXPECT_TRUE(IsGone("old"));
  EXPECT_TRUE(IsGone("fraction"));
  ExpectSpared({"too old", "never", "text", "huge"});
}

TEST_F(ExpiryTest, ALaterTimeKeepsTheItem) {
  Open();
  MakeTable("t");
  ASSERT_TRUE(SetTtl(true).ok());
  ASSERT_TRUE(IsFilled());
  PutEnding("a", Now() + 10);
  PutEnding("a", Now() + 1000);
  PutEnding("b", Now() + 10);
  PutValue("b", Value::String("never"));
  clock_.AdvanceMicros(20 * kSecond);
  ExpectSpared({"a", "b"});
}

TEST_F(ExpiryTest, TheRecordSaysThatTheServiceDidIt) {
  Open();
  MakeTable("t", StreamViewType::kNewAndOldImages);
  ASSERT_TRUE(SetTtl(true).ok());
  PutEnding("a", Now() - 1);
  ASSERT_TRUE(IsGone("a"));
  int removals = 0;
  const std::unique_ptr<LogCursor> cursor = database_->log()->NewCursor(Lsn(1));
  const Lsn last = database_->applied_lsn();
  for (Lsn lsn(0); lsn < last;) {
    const Result<std::optional<FrameView>> frame = cursor->Next(last);
    ASSERT_TRUE(frame.ok() && frame->has_value());
    lsn = (*frame)->lsn;
    std::string_view rest = (*frame)->entries;
    LogEntry entry;
    while (TakeLogEntry(&rest, &entry)) {
      if (static_cast<EntryKind>(entry.kind) != EntryKind::kRecord) continue;
      const RecordView record(entry.bytes);
      if (record.event_name() != EventName::kRemove) {
        EXPECT_FALSE(record.by_service());
        continue;
      }
      ++removals;
      EXPECT_TRUE(record.by_service());
      EXPECT_EQ(record.principal(), "dynamodb.amazonaws.com");
      EXPECT_EQ(record.old_image().Find("v")->text(), "1");
    }
  }
  EXPECT_EQ(removals, 1);
}

TEST_F(ExpiryTest, ItemsFromBeforeEndToo) {
  Open();
  MakeTable("t");
  for (int i = 0; i < 100; ++i) PutEnding("p" + std::to_string(i), Now() - 1 + (i % 2) * 100);
  ASSERT_TRUE(SetTtl(true).ok());
  ASSERT_TRUE(IsFilled());
  EXPECT_TRUE(Eventually(kDeadline,
                         [this] { return database_->Statistics(Table()->id).item_count == 50; }));
  clock_.AdvanceMicros(200 * kSecond);
  EXPECT_TRUE(
      Eventually(kDeadline, [this] { return database_->Statistics(Table()->id).item_count == 0; }));
}

TEST_F(ExpiryTest, TurnedOffNothingEnds) {
  Open();
  MakeTable("t");
  ASSERT_TRUE(SetTtl(true).ok());
  ASSERT_TRUE(IsFilled());
  PutEnding("a", Now() + 3600);
  clock_.AdvanceMicros(kHour / 2);
  ASSERT_TRUE(SetTtl(false).ok());
  clock_.AdvanceMicros(kHour);
  // Under another attribute `a` has no time; what has one ends.
  ASSERT_TRUE(SetTtl(true, "other").ok());
  ASSERT_TRUE(IsFilled());
  Value::Map map;
  map.emplace_back("pk", Value::String("b"));
  map.emplace_back("sk", Value::String("s"));
  map.emplace_back("v", Value::String("1"));
  map.emplace_back("other", Value::OfNumber(Number::FromInt(Now() - 1)));
  WriteRequest write;
  write.table = Table();
  write.key = Key("b");
  write.item = EncodeItem(Value::OfMap(std::move(map)));
  ASSERT_TRUE(Commit(std::move(write)).status.ok());
  EXPECT_TRUE(IsGone("b"));
  EXPECT_TRUE(Has("a"));
}

TEST_F(ExpiryTest, ItGoesOnAfterACrash) {
  Open();
  MakeTable("t");
  for (int i = 0; i < 20; ++i) PutEnding("p" + std::to_string(i), Now() + 100);
  ASSERT_TRUE(SetTtl(true).ok());
  ASSERT_TRUE(IsFilled());
  PutEnding("q", Now() + 100);
  Crash();
  clock_.AdvanceMicros(200 * kSecond);
  Open();
  EXPECT_EQ(Table()->ttl->attribute, "ends");
  EXPECT_TRUE(
      Eventually(kDeadline, [this] { return database_->Statistics(Table()->id).item_count == 0; }));
}

TEST_F(ExpiryTest, ChangesAreRefusedInAWSsWords) {
  Open();
  MakeTable("t");
  const std::string different =
      "TimeToLive is active on a different AttributeName: current AttributeName is ends";
  const std::string too_often =
      "Time to live has been modified multiple times within a fixed interval";
  EXPECT_EQ(SetTtl(false).message(), "TimeToLive is already disabled");
  ASSERT_TRUE(SetTtl(true).ok());
  EXPECT_EQ(SetTtl(true).message(), "TimeToLive is already enabled");
  EXPECT_EQ(SetTtl(true, "other").message(), different);
  EXPECT_EQ(SetTtl(false, "other").message(), different);
  EXPECT_EQ(SetTtl(false).message(), too_often);
  clock_.AdvanceMicros(kHour / 2 - 1);
  EXPECT_EQ(SetTtl(false).message(), too_often);
  clock_.AdvanceMicros(1);
  EXPECT_TRUE(SetTtl(false).ok());
  EXPECT_EQ(SetTtl(true).message(), too_often);
}

TEST_F(ExpiryTest, TheTableMayGoWhileItemsEnd) {
  Open();
  MakeTable("t");
  ASSERT_TRUE(SetTtl(true).ok());
  for (int i = 0; i < 50; ++i) PutEnding("p" + std::to_string(i), Now() - 1);
  ASSERT_TRUE(database_->DeleteTable("t").ok());
  MakeTable("t");
  PutEnding("a", Now() - 1);
  EXPECT_TRUE(Has("a"));
  EXPECT_FALSE(Table()->ttl.has_value());
}

}  // namespace
}  // namespace millrace::testing
