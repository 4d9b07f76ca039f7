#include "streams/rebuild.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "engine/base/random.h"
#include "tests/unit/streams/fake_database.h"

namespace millrace {
namespace {

namespace fs = std::filesystem;

class RebuildTest : public testing::Test {
 protected:
  RebuildTest() {
    static int counter = 0;
    options_.scratch_directory =
        (fs::temp_directory_path() / ("millrace_rebuild_test_" + std::to_string(SystemRandom()) +
                                      "_" + std::to_string(++counter)))
            .string();
    options_.page_items = 10;
  }
  ~RebuildTest() override { EXPECT_FALSE(fs::exists(options_.scratch_directory)); }

  static ItemKey KeyOf(uint64_t n) { return {"pk-" + std::to_string(n), std::to_string(n % 3)}; }
  void WriteSome(Random* random, int count) {
    for (int i = 0; i < count; ++i) {
      const ItemKey key = KeyOf(random->Uniform(60));
      if (random->OneIn(4)) {
        database_.Remove(table_, key);
      } else {
        database_.Put(table_, key, std::to_string(random->Next()));
      }
    }
  }
  RebuildReport Run() { return RebuildAndCompare(&database_, table_->id, options_).value(); }

  ManualClock clock_;
  FakeDatabase database_{&clock_, 64};
  TableRef table_ = database_.CreateTable(SpecOf("t", std::nullopt, true)).value();
  TableRef other_ = database_.CreateTable(SpecOf("other")).value();
  RebuildOptions options_;
};

TEST_F(RebuildTest, AnEmptyTableIsEqual) {
  const RebuildReport report = Run();
  EXPECT_TRUE(report.equal);
  EXPECT_EQ(report.records, 0u);
  EXPECT_EQ(report.live_items, 0u);
}

TEST_F(RebuildTest, EqualAfterManyWrites) {
  Random random(7);
  for (int i = 0; i < 50; ++i) {
    WriteSome(&random, 10);
    database_.Put(other_, {"pk", ""}, "of another table");
  }
  const RebuildReport report = Run();
  EXPECT_TRUE(report.equal);
  EXPECT_EQ(report.records, 500u);
  EXPECT_GT(report.live_items, 20u);
  EXPECT_EQ(report.live_items, report.rebuilt_items);
  EXPECT_FALSE(report.first_difference.has_value());
  EXPECT_EQ(report.last_as_of, database_.applied_lsn());
}

TEST_F(RebuildTest, EqualForEveryPageSize) {
  Random random(8);
  WriteSome(&random, 200);
  for (const size_t page : {1, 2, 7, 1000}) {
    options_.page_items = page;
    EXPECT_TRUE(Run().equal) << page;
  }
}

TEST_F(RebuildTest, EqualWhileWritersGoOn) {
  Random random(9);
  WriteSome(&random, 300);
  const Lsn before = database_.applied_lsn();
  options_.page_items = 3;
  database_.before_page = [this, &random] { WriteSome(&random, 5); };
  const RebuildReport report = Run();
  EXPECT_TRUE(report.equal);
  EXPECT_GT(report.first_as_of, before);
  EXPECT_GT(report.last_as_of, report.first_as_of);
}

TEST_F(RebuildTest, FindsEachKindOfDifference) {
  Random random(10);
  WriteSome(&random, 200);
  database_.Put(table_, KeyOf(1000), "right");
  struct Row {
    std::optional<std::string> value;
    uint64_t key;
    TableDifference::Kind kind;
  };
  for (const Row& row :
       std::vector<Row>{{"wrong", 1000, TableDifference::Kind::kDifferentItem},
                        {std::nullopt, 1000, TableDifference::Kind::kMissingInTable},
                        {"made up", 2000, TableDifference::Kind::kMissingInLog}}) {
    const uint64_t intact = Run().live_items;
    database_.Corrupt(table_, KeyOf(row.key), row.value);
    const RebuildReport report = Run();
    EXPECT_FALSE(report.equal);
    EXPECT_EQ(report.differences, 1u);
    ASSERT_TRUE(report.first_difference.has_value());
    const TableDifference& difference = *report.first_difference;
    EXPECT_EQ(WireName(difference.kind), WireName(row.kind));
    EXPECT_EQ(difference.key, KeyOf(row.key));
    EXPECT_EQ(difference.live_item.empty(), !row.value.has_value());
    EXPECT_EQ(difference.rebuilt_item.empty(), row.key == 2000);
    EXPECT_EQ(difference.as_of, database_.applied_lsn());
    database_.Corrupt(table_, KeyOf(row.key),
                      row.key == 1000 ? std::optional<std::string_view>("right") : std::nullopt);
    EXPECT_EQ(Run().live_items, intact);
  }
}

TEST_F(RebuildTest, CountsEveryDifference) {
  for (uint64_t i = 0; i < 30; ++i) database_.Put(table_, KeyOf(i), "right");
  for (uint64_t i = 0; i < 30; i += 3) database_.Corrupt(table_, KeyOf(i), "wrong");
  const RebuildReport report = Run();
  EXPECT_EQ(report.differences, 10u);
  EXPECT_EQ(report.live_items, 30u);
}

TEST_F(RebuildTest, RefusesATableWhoseBeginningIsGone) {
  for (uint64_t i = 0; i < 200; ++i) database_.Put(table_, KeyOf(i), "x");
  ASSERT_GT(database_.TrimLog(Lsn(100), INT64_MAX).value(), 0u);
  const auto report = RebuildAndCompare(&database_, table_->id, options_);
  EXPECT_EQ(report.status().ToString(),
            "TrimmedDataAccessException: Table t can't be rebuilt from the log alone: it was "
            "created by commit 1, and the log now begins at commit 65 (earlier records were "
            "trimmed)");
  // A table made after that is rebuilt.
  table_ = database_.CreateTable(SpecOf("late", std::nullopt, true)).value();
  database_.Put(table_, KeyOf(1), "x");
  EXPECT_TRUE(Run().equal);
}

TEST_F(RebuildTest, RefusesWhenTrimmedMeanwhile) {
  for (uint64_t i = 0; i < 200; ++i) database_.Put(table_, KeyOf(i), "x");
  bool trimmed = false;
  database_.before_page = [this, &trimmed] {
    database_.Put(table_, KeyOf(1), "y");
    if (trimmed) return;
    trimmed = true;
    // Everything up to here goes, beyond what the rebuild has read.
    for (int i = 0; i < 128; ++i) database_.Put(table_, KeyOf(2), "y");
    ASSERT_TRUE(database_.TrimLog(database_.applied_lsn(), INT64_MAX).ok());
  };
  const auto report = RebuildAndCompare(&database_, table_->id, options_);
  EXPECT_TRUE(report.status().Is(ErrorCode::kTrimmedDataAccess));
}

TEST_F(RebuildTest, RefusesTablesThatAreNotThere) {
  EXPECT_TRUE(RebuildAndCompare(&database_, TableId(99), options_)
                  .status()
                  .Is(ErrorCode::kResourceNotFound));
  ASSERT_TRUE(database_.DeleteTable("t").ok());
  EXPECT_TRUE(RebuildAndCompare(&database_, table_->id, options_)
                  .status()
                  .Is(ErrorCode::kResourceNotFound));
}

TEST_F(RebuildTest, EndsWhenTheTableIsDeletedMeanwhile) {
  for (uint64_t i = 0; i < 50; ++i) database_.Put(table_, KeyOf(i), "x");
  int pages = 0;
  database_.before_page = [this, &pages] {
    if (++pages == 2) {
      EXPECT_TRUE(database_.DeleteTable("t").ok());
    }
  };
  EXPECT_TRUE(RebuildAndCompare(&database_, table_->id, options_)
                  .status()
                  .Is(ErrorCode::kResourceNotFound));
}

TEST_F(RebuildTest, LeavesADirectoryThatExistsAlone) {
  fs::create_directories(options_.scratch_directory + "/mine");
  EXPECT_TRUE(
      RebuildAndCompare(&database_, table_->id, options_).status().Is(ErrorCode::kValidation));
  EXPECT_TRUE(fs::exists(options_.scratch_directory + "/mine"));
  fs::remove_all(options_.scratch_directory);
}

TEST_F(RebuildTest, CanBeCancelled) {
  for (uint64_t i = 0; i < 50; ++i) database_.Put(table_, KeyOf(i), "x");
  int asked = 0;
  options_.cancelled = [&asked] { return ++asked == 3; };
  EXPECT_TRUE(
      RebuildAndCompare(&database_, table_->id, options_).status().Is(ErrorCode::kUnavailable));
}

}  // namespace
}  // namespace millrace
