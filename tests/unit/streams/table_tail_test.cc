#include "streams/table_tail.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "streams/commit_watch.h"
#include "streams/table_copy.h"
#include "streams/table_incarnations.h"
#include "tests/unit/streams/fake_database.h"

namespace millrace {
namespace {

std::string ValueOf(std::string_view item) {
  if (item.empty()) return "none";
  return std::string(ItemView(item).Find("v")->text());
}

class TableTailTest : public testing::Test {
 protected:
  TailPage Read(Position from, size_t limit = 100) {
    TailRequest request;
    request.table = table_;
    request.from = std::max(from, Position{0, table_->created_lsn, 0});
    request.limit = limit;
    return ReadTail(&database_, request).value();
  }
  // "old>new" of each record; "?" for an image that is lost.
  std::vector<std::string> Changes(const TailPage& page) {
    std::vector<std::string> changes;
    for (const TailRecord& record : page.records) {
      changes.push_back((record.old_missing ? "?" : ValueOf(record.old_image)) + ">" +
                        ValueOf(record.logged.record().new_image().bytes()));
    }
    return changes;
  }

  ManualClock clock_;
  FakeDatabase database_{&clock_, 4};
  TableRef table_ = database_.CreateTable(SpecOf("t")).value();
  TableRef other_ = database_.CreateTable(SpecOf("other")).value();
};

TEST_F(TableTailTest, ImagesBeforeComeFromTheLog) {
  database_.Put(table_, {"a", ""}, "1");
  database_.Put(other_, {"a", ""}, "x");
  database_.Put(table_, {"b", ""}, "5");
  database_.Put(table_, {"a", ""}, "2");
  database_.Remove(table_, {"a", ""});
  const TailPage page = Read({});
  EXPECT_EQ(Changes(page), (std::vector<std::string>{"none>1", "none>5", "1>2", "2>none"}));
  EXPECT_TRUE(page.caught_up);
  EXPECT_FALSE(page.ended);
}

TEST_F(TableTailTest, PagesGoOnWithinACommit) {
  database_.CommitWrites(
      {{table_->id, {"a", ""}, "1"}, {table_->id, {"b", ""}, "2"}, {table_->id, {"c", ""}, "3"}});
  Position from;
  std::vector<std::string> all;
  for (int i = 0; i < 3; ++i) {
    const TailPage page = Read(from, 1);
    ASSERT_EQ(page.records.size(), 1u);
    all.push_back(Changes(page)[0]);
    from = page.next;
  }
  EXPECT_EQ(all, (std::vector<std::string>{"none>1", "none>2", "none>3"}));
  EXPECT_TRUE(Read(from).records.empty());
}

TEST_F(TableTailTest, SaysWhichImagesAreLost) {
  database_.Put(table_, {"a", ""}, "1");
  for (int i = 0; i < 12; ++i) database_.CommitNothing();
  const Lsn second = database_.Put(table_, {"a", ""}, "2");
  database_.Put(table_, {"a", ""}, "3");
  for (int i = 0; i < 12; ++i) database_.CommitNothing();
  ASSERT_TRUE(database_.TrimLog(second, INT64_MAX).ok());
  EXPECT_EQ(Changes(Read({0, second, 0})), (std::vector<std::string>{"?>2", "2>3"}));
}

TEST_F(TableTailTest, EndsWithItsTable) {
  database_.Put(table_, {"a", ""}, "1");
  ASSERT_TRUE(database_.DeleteTable("t").ok());
  const TailPage page = Read({});
  EXPECT_EQ(page.records.size(), 1u);
  EXPECT_TRUE(page.ended);
}

TEST_F(TableTailTest, FindsTheTablesOfAName) {
  const Lsn first = database_.Put(table_, {"a", ""}, "1");
  ASSERT_TRUE(database_.DeleteTable("t").ok());
  const Lsn between = database_.CommitNothing();
  const TableRef again = database_.CreateTable(SpecOf("t")).value();
  ASSERT_EQ(TablesNamed(database_, "t").size(), 2u);
  EXPECT_EQ(TableNamedAt(database_, "t", first)->id, table_->id);
  EXPECT_EQ(TableNamedAt(database_, "t", between), nullptr);
  EXPECT_EQ(TableNamedAt(database_, "t", again->created_lsn)->id, again->id);
}

TEST_F(TableTailTest, ATrimmedTableIsNotCopied) {
  database_.Put(table_, {"a", ""}, "1");
  for (int i = 0; i < 12; ++i) database_.CommitNothing();
  ASSERT_TRUE(database_.TrimLog(database_.applied_lsn(), INT64_MAX).ok());
  ASSERT_GT(database_.log()->first_lsn(), table_->created_lsn);
  TableCopyRequest request;
  request.source_name = "t";
  request.target_name = "copy";
  const auto copy = BeginTableCopy(&database_, request);
  ASSERT_TRUE(copy.status().Is(ErrorCode::kTrimmedDataAccess));
  EXPECT_NE(copy.status().message().find("millrace cdc create"), std::string::npos);
  EXPECT_EQ(database_.FindTable("copy"), nullptr);
}

TEST(TableCopyCellTest, CellRoundTrip) {
  TableCopy copy;
  copy.source = TableId(7);
  copy.target = TableId(9);
  copy.as_of = Lsn(1000);
  copy.next = {0, Lsn(500), 3};
  copy.records = 400;
  copy.writes = 300;
  copy.as_of_text = "-2h";
  copy.made = true;
  const std::string value = EncodeTableCopy(copy);
  const auto read = DecodeTableCopy(value, TableId(9));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(EncodeTableCopy(*read), value);
  EXPECT_FALSE(read->done());
  EXPECT_TRUE(read->made);
  for (size_t size = 0; size < value.size(); ++size) {
    EXPECT_FALSE(DecodeTableCopy(value.substr(0, size), TableId(9)).has_value());
  }
  EXPECT_FALSE(DecodeTableCopy(value + "x", TableId(9)).has_value());
}

TEST(TableCopyCellTest, EarlierVersionsAreRead) {
  TableCopy copy;
  copy.source = TableId(7);
  copy.as_of = Lsn(1000);
  copy.writes = 300;
  std::string value = EncodeTableCopy(copy);
  ASSERT_EQ(value.front(), 3);
  value.front() = 2;
  value.pop_back();
  ASSERT_TRUE(DecodeTableCopy(value, TableId(9)).has_value());
  EXPECT_FALSE(DecodeTableCopy(value, TableId(9))->made);
  value.front() = 1;
  value.pop_back();
  const auto read = DecodeTableCopy(value, TableId(9));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->writes, 300u);
  EXPECT_EQ(read->as_of_text, "");
  value.front() = 4;
  EXPECT_FALSE(DecodeTableCopy(value, TableId(9)).has_value());
}

TEST_F(TableTailTest, CommitWatchWakesOnce) {
  CommitWatch watch(&database_);
  const Lsn seen = database_.CommitNothing();
  int woken = 0;
  ASSERT_NE(watch.Wait(seen, [&woken] { ++woken; }), 0u);
  watch.OnApplied(seen);
  EXPECT_EQ(woken, 0);
  watch.OnApplied(Lsn(seen.value() + 1));
  watch.OnApplied(Lsn(seen.value() + 2));
  EXPECT_EQ(woken, 1);
  // What was missed wakes at once.
  watch.Wait(Lsn(seen.value() - 1), [&woken] { ++woken; });
  EXPECT_EQ(woken, 2);
}

TEST_F(TableTailTest, CommitWatchIsBoundedAndStops) {
  CommitWatch watch(&database_);
  const Lsn seen = database_.CommitNothing();
  size_t woken = 0;
  uint64_t last = 0;
  for (size_t i = 0; i < CommitWatch::kWaitersMax; ++i) {
    last = watch.Wait(seen, [&woken] { ++woken; });
    ASSERT_NE(last, 0u);
  }
  EXPECT_EQ(watch.Wait(seen, [] {}), 0u);
  EXPECT_TRUE(watch.Cancel(last));
  EXPECT_FALSE(watch.Cancel(last));
  EXPECT_NE(watch.Wait(seen, [&woken] { ++woken; }), 0u);
  watch.Stop();
  EXPECT_EQ(woken, CommitWatch::kWaitersMax);
  watch.Wait(seen, [&woken] { ++woken; });
  EXPECT_EQ(woken, CommitWatch::kWaitersMax + 1);
}

}  // namespace
}  // namespace millrace
