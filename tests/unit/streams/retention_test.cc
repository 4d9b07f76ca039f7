#include "streams/retention.h"

#include <gtest/gtest.h>

#include "streams/reader_pins.h"
#include "tests/unit/streams/fake_database.h"

namespace millrace {
namespace {

constexpr int64_t kDay = kStreamRetentionMicros;

SegmentInfo Sealed(uint64_t first, uint64_t last, int64_t last_time, uint64_t bytes) {
  SegmentInfo segment;
  segment.first = Lsn(first);
  segment.last = Lsn(last);
  segment.last_time_micros = last_time;
  segment.bytes = bytes;
  segment.sealed = true;
  return segment;
}

SegmentInfo Active(uint64_t first, uint64_t bytes) {
  SegmentInfo segment = Sealed(first, first + 1, 0, bytes);
  segment.sealed = false;
  return segment;
}

TEST(PinBoundTest, IsTheFirstSegmentYoungAndSmallEnough) {
  const std::vector<SegmentInfo> log = {Sealed(1, 9, 100, 10), Sealed(10, 19, 200, 10),
                                        Sealed(20, 29, 300, 10), Active(30, 10)};
  struct Row {
    int64_t oldest;
    uint64_t bytes;
    uint64_t bound;
  };
  for (const Row& row : std::vector<Row>{{0, 1000, 1},
                                         {100, 1000, 1},
                                         {101, 1000, 10},
                                         {200, 1000, 10},
                                         {300, 1000, 20},
                                         {301, 1000, 30},
                                         {0, 40, 1},
                                         {0, 39, 10},
                                         {0, 20, 20},
                                         {0, 19, 30},
                                         {0, 0, 30},
                                         {101, 20, 20},
                                         {300, 30, 20}}) {
    EXPECT_EQ(PinBound(log, row.oldest, row.bytes), Lsn(row.bound))
        << row.oldest << " " << row.bytes;
  }
  EXPECT_EQ(PinBound({}, 0, 0), Lsn());
}

TEST(PlanTrimTest, KeepsWhatIsPinnedWithinTheBound) {
  struct Row {
    std::vector<uint64_t> pins;
    uint64_t keep_from;
    std::vector<size_t> overrun;
  };
  for (const Row& row : std::vector<Row>{{{}, 100, {}},
                                         {{50}, 50, {}},
                                         {{50, 30, 70}, 30, {}},
                                         {{10}, 10, {}},
                                         {{9}, 10, {0}},
                                         {{50, 1, 9}, 10, {1, 2}},
                                         {{200}, 100, {}}}) {
    std::vector<LogPin> pins;
    for (const uint64_t pin : row.pins) pins.push_back({"p", Lsn(pin)});
    const TrimPlan plan = PlanTrim(pins, Lsn(10), Lsn(100));
    EXPECT_EQ(plan.keep_from, Lsn(row.keep_from));
    EXPECT_EQ(plan.overrun, row.overrun);
  }
}

class FakePins final : public LogPinSource {
 public:
  std::vector<LogPin> Pins() override { return pins; }
  Status OnOverrun(const LogPin& pin, Lsn keep_from) override {
    RETURN_IF_ERROR(answer);
    told.push_back(pin.owner + " " + std::to_string(keep_from.value()));
    for (LogPin& mine : pins) {
      if (mine.owner == pin.owner) mine.keep_from = keep_from;
    }
    return Status::Ok();
  }
  std::vector<LogPin> pins;
  std::vector<std::string> told;
  Status answer;
};

class RetentionTest : public testing::Test {
 protected:
  // 20 commits, one an hour, in segments of 4: lsns 1-4, 5-8, ... The clock stands at the last one.
  RetentionTest() {
    for (int i = 0; i < 20; ++i) {
      if (i > 0) clock_.AdvanceMicros(kDay / 24);
      database_.CommitNothing();
    }
    start_ = clock_.WallMicros() - 19 * (kDay / 24);
  }
  // Sets the clock to when the commit `lsn` is `age` old.
  void SetAgeOf(uint64_t lsn, int64_t age) {
    const int64_t then = start_ + static_cast<int64_t>(lsn - 1) * (kDay / 24);
    clock_.StepWallMicros(then + age - clock_.WallMicros());
  }
  RetentionReport Run(RetentionOptions options = {}) {
    return Retention(&database_, &clock_, {&pins_, &more_pins_}, options).Run().value();
  }

  ManualClock clock_;
  FakeDatabase database_{&clock_};
  FakePins pins_;
  FakePins more_pins_;
  int64_t start_ = 0;
};

TEST_F(RetentionTest, KeepsEverythingFor24Hours) {
  SetAgeOf(4, kDay);
  EXPECT_EQ(Run().first_lsn, Lsn(1));
  SetAgeOf(4, kDay + 1);
  EXPECT_EQ(Run().first_lsn, Lsn(5));
  SetAgeOf(20, 10 * kDay);
  EXPECT_EQ(Run().first_lsn, Lsn(17));  // the active segment stays
}

TEST_F(RetentionTest, KeepsWhatIsPinned) {
  pins_.pins = {{"a", Lsn(11)}, {"b", Lsn(15)}};
  more_pins_.pins = {{"c", Lsn(20)}};
  SetAgeOf(20, 2 * kDay);
  const RetentionReport report = Run();
  EXPECT_EQ(report.first_lsn, Lsn(9));
  EXPECT_TRUE(report.overrun.empty());
  EXPECT_TRUE(pins_.told.empty());
  pins_.pins.clear();
  EXPECT_EQ(Run().first_lsn, Lsn(17));
}

TEST_F(RetentionTest, PinsAreBoundedByAgeAndTheirOwnersTold) {
  pins_.pins = {{"slow", Lsn(2)}, {"fine", Lsn(14)}};
  RetentionOptions options;
  options.pin_age_micros_max = 3 * kDay;
  SetAgeOf(4, 3 * kDay);
  EXPECT_EQ(Run(options).first_lsn, Lsn(1));
  SetAgeOf(4, 3 * kDay + 1);
  const RetentionReport report = Run(options);
  EXPECT_EQ(report.first_lsn, Lsn(5));
  ASSERT_EQ(report.overrun.size(), 1u);
  EXPECT_EQ(report.overrun[0].owner, "slow");
  EXPECT_EQ(pins_.told, std::vector<std::string>{"slow 5"});
  EXPECT_TRUE(Run(options).overrun.empty());  // once
}

TEST_F(RetentionTest, PinsAreBoundedBySizeButNeverWithin24Hours) {
  for (int i = 0; i < 20; ++i) {
    const TableRef table = database_.CreateTable(SpecOf("t" + std::to_string(i))).value();
    database_.Put(table, {"pk", ""}, std::string(1000, 'x'));
  }
  pins_.pins = {{"slow", Lsn(1)}};
  RetentionOptions options;
  options.pin_log_bytes_max = 1;
  SetAgeOf(8, kDay);
  EXPECT_EQ(Run(options).first_lsn, Lsn(5));
  EXPECT_EQ(pins_.told, std::vector<std::string>{"slow 5"});
}

TEST_F(RetentionTest, NothingIsFreedWhenAGapCannotBeRecorded) {
  pins_.pins = {{"slow", Lsn(2)}};
  pins_.answer = Status(ErrorCode::kUnavailable, "no");
  SetAgeOf(20, 30 * kDay);
  EXPECT_TRUE(Retention(&database_, &clock_, {&pins_}).Run().status().Is(ErrorCode::kUnavailable));
  EXPECT_EQ(database_.log()->first_lsn(), Lsn(1));
}

TEST_F(RetentionTest, AShorterPinAgeThanTheRetentionCountsAsTheRetention) {
  pins_.pins = {{"slow", Lsn(2)}};
  RetentionOptions options;
  options.pin_age_micros_max = 1;
  SetAgeOf(4, kDay);
  EXPECT_TRUE(Run(options).overrun.empty());
  SetAgeOf(4, kDay + 1);
  EXPECT_EQ(Run(options).overrun.size(), 1u);
}

TEST(ReaderPinsTest, AHoldGoesForwardOnly) {
  ReaderPins pins;
  {
    ReaderPins::Hold hold(&pins, {"a replay", Lsn(5)});
    for (const auto& [to, kept] : std::vector<std::pair<uint64_t, uint64_t>>{{9, 9}, {7, 9}}) {
      hold.Advance(Lsn(to));
      ASSERT_EQ(pins.Pins().size(), 1u);
      EXPECT_EQ(pins.Pins()[0].keep_from, Lsn(kept));
    }
  }
  EXPECT_TRUE(pins.Pins().empty());
}

TEST_F(RetentionTest, AStepBackOfTheClockFreesNothing) {
  clock_.StepWallMicros(-100 * kDay);
  EXPECT_EQ(Run().first_lsn, Lsn(1));
}

}  // namespace
}  // namespace millrace
