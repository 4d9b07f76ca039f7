#include "streams/history.h"

#include <gtest/gtest.h>

#include "tests/unit/streams/fake_database.h"

namespace millrace {
namespace {

using Strings = std::vector<std::string>;

class HistoryTest : public testing::Test {
 protected:
  HistoryRequest Request() const {
    HistoryRequest request;
    request.table = table_;
    request.key = key_;
    return request;
  }
  static Strings ValuesOf(const HistoryPage& page) {
    Strings values;
    for (const LoggedRecord& version : page.versions) {
      const ItemView item = version.record().new_image();
      values.push_back(item.empty() ? "-" : std::string(item.Find("v")->text()));
    }
    return values;
  }
  Strings Values(const HistoryRequest& request) const {
    return ValuesOf(history_.Read(request).value());
  }

  ManualClock clock_;
  FakeDatabase database_{&clock_};
  TableRef table_ =
      database_.CreateTable(SpecOf("t", StreamViewType::kNewAndOldImages, true)).value();
  ItemKey key_{KeyInShard(*table_, 1).pk, "a"};
  ItemKey neighbour_{key_.pk, "b"};
  ItemHistory history_{&database_};
};

TEST_F(HistoryTest, TellsWhatHappenedWhenByWhomAndWhy) {
  const Lsn cause = database_.Put(table_, neighbour_, "cause");
  clock_.AdvanceMicros(7);
  const WriteOrigin origin{"AKID", "request-9", {0, cause, 0}, 1};
  const Lsn made = database_.Put(table_, key_, "one", origin);
  database_.Put(table_, neighbour_, "not this one");
  database_.Put(table_, key_, "two");
  database_.Remove(table_, key_);
  const auto page = history_.Read(Request()).value();
  EXPECT_EQ(ValuesOf(page), (Strings{"one", "two", "-"}));
  EXPECT_FALSE(page.resume.has_value());
  EXPECT_FALSE(page.beginning_trimmed);
  const RecordView first = page.versions[0].record();
  EXPECT_EQ(first.position(), (Position{0, made, 0}));
  EXPECT_EQ(first.commit_time_micros(), clock_.WallMicros());
  EXPECT_EQ(first.event_name(), EventName::kInsert);
  EXPECT_EQ(first.principal(), "AKID");
  EXPECT_EQ(first.request_id(), "request-9");
  EXPECT_EQ(page.versions[0].table, table_->id);
  EXPECT_EQ(page.versions[0].shard, ShardIndex(1));
  EXPECT_EQ(page.versions[1].record().item_previous(), first.position());
  EXPECT_EQ(page.versions[1].record().old_image().Find("v")->text(), "one");

  const auto found = history_.FindRecord(first.causation()).value();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->record().new_image().Find("v")->text(), "cause");
  EXPECT_EQ(found->table, table_->id);
}

TEST_F(HistoryTest, RangesCutByCommitAndTime) {
  std::vector<Lsn> lsns;
  const int64_t start = clock_.WallMicros();
  for (const char* value : {"0", "1", "2", "3"}) {
    lsns.push_back(database_.Put(table_, key_, value));
    clock_.AdvanceMicros(10);
  }
  struct Row {
    const char* name;
    Lsn from_lsn;
    Lsn to_lsn;
    int64_t from_micros;
    int64_t to_micros;
    Strings values;
  };
  const Lsn max(UINT64_MAX);
  for (const Row& row : std::vector<Row>{
           {"all", Lsn(), max, INT64_MIN, INT64_MAX, {"0", "1", "2", "3"}},
           {"from", lsns[1], max, INT64_MIN, INT64_MAX, {"1", "2", "3"}},
           {"one", lsns[1], lsns[1], INT64_MIN, INT64_MAX, {"1"}},
           {"none", lsns[2], lsns[1], INT64_MIN, INT64_MAX, {}},
           {"time", Lsn(), max, start + 10, start + 30, {"1", "2"}},
           {"time, one past", Lsn(), max, start + 11, start + 31, {"2", "3"}},
           {"before", Lsn(), max, INT64_MIN, start, {}},
           {"after", Lsn(), max, start + 31, INT64_MAX, {}},
           {"both", lsns[2], max, start, start + 21, {"2"}},
       }) {
    HistoryRequest request = Request();
    request.from_lsn = row.from_lsn;
    request.to_lsn = row.to_lsn;
    request.from_micros = row.from_micros;
    request.to_micros = row.to_micros;
    EXPECT_EQ(Values(request), row.values) << row.name;
  }
}

TEST_F(HistoryTest, PagesByRecordsAndByLogRead) {
  Strings expected;
  for (int i = 0; i < 40; ++i) {
    expected.push_back(std::to_string(i));
    database_.Put(table_, key_, expected.back());
    for (int j = 0; j < 3; ++j) database_.Put(table_, neighbour_, std::string(1000, 'x'));
  }
  struct Row {
    size_t limit;
    uint64_t bytes;
    size_t pages_min;
  };
  for (const Row& row : std::vector<Row>{{40, UINT64_MAX, 1},
                                         {39, UINT64_MAX, 2},
                                         {1, UINT64_MAX, 40},
                                         {1000, 10'000, 5},
                                         {1000, 1, 40}}) {
    HistoryRequest request = Request();
    request.limit = row.limit;
    request.log_bytes_max = row.bytes / 2;
    Strings values;
    size_t pages = 0;
    do {
      const auto page = history_.Read(request).value();
      EXPECT_LE(page.versions.size(), row.limit);
      for (std::string& value : ValuesOf(page)) values.push_back(std::move(value));
      request.resume = page.resume;
      ++pages;
    } while (request.resume.has_value());
    EXPECT_EQ(values, expected) << row.limit << " " << row.bytes;
    EXPECT_GE(pages, row.pages_min);
    EXPECT_EQ(pages == 1, row.pages_min == 1);
  }
}

TEST_F(HistoryTest, SaysWhenTheBeginningIsGone) {
  for (int i = 0; i < 20; ++i) {
    database_.Put(table_, key_, std::to_string(i));
    clock_.AdvanceMicros(10);
  }
  ASSERT_TRUE(database_.log()->Trim(Lsn(10), INT64_MAX).ok());
  const Lsn oldest = database_.log()->first_lsn();
  const auto page = history_.Read(Request()).value();
  EXPECT_TRUE(page.beginning_trimmed);
  EXPECT_EQ(page.versions.front().record().position().lsn, oldest);
  HistoryRequest later = Request();
  later.from_lsn = oldest;
  EXPECT_FALSE(history_.Read(later)->beginning_trimmed);
  later.from_lsn = Lsn();
  later.from_micros = clock_.WallMicros() - 50;
  EXPECT_FALSE(history_.Read(later)->beginning_trimmed);
  EXPECT_EQ(history_.Read(later)->versions.size(), 5u);
  later.resume = Position{0, Lsn(oldest.value() - 1), 0};
  EXPECT_TRUE(history_.Read(later).status().Is(ErrorCode::kTrimmedDataAccess));
}

TEST_F(HistoryTest, FindsRecordsByPosition) {
  const ItemKey other{KeyInShard(*table_, 2).pk, "z"};
  const Lsn lsn = database_.CommitWrites({{table_->id, key_, "a"}, {table_->id, other, "b"}});
  const Lsn empty = database_.CommitNothing();
  const auto found = history_.FindRecord({0, lsn, 1}).value();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->shard, ShardIndex(2));
  EXPECT_EQ(found->record().new_image().Find("v")->text(), "b");
  for (const Position& position : {Position{}, Position{0, lsn, 2}, Position{1, lsn, 0},
                                   Position{0, empty, 0}, Position{0, Lsn(empty.value() + 1), 0}}) {
    EXPECT_FALSE(history_.FindRecord(position).value().has_value());
  }
  database_.applied_held = Lsn(lsn.value() - 1);
  EXPECT_FALSE(history_.FindRecord({0, lsn, 1}).value().has_value());
  EXPECT_EQ(Values(Request()), Strings());
}

}  // namespace
}  // namespace millrace
