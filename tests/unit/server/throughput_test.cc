#include "server/protocol/throughput.h"

#include <gtest/gtest.h>

#include "engine/base/clock.h"

namespace millrace {
namespace {

using Kind = ThroughputLimiter::Kind;

constexpr int64_t kSecond = 1'000'000;  // microseconds

class ThroughputTest : public ::testing::Test {
 protected:
  ThroughputTest() { SetRates(2, 1); }
  void SetRates(int64_t read, int64_t write) {
    table_.id = TableId(1);
    table_.spec.billing_mode = BillingMode::kProvisioned;
    table_.spec.throughput = {read, write};
  }
  // How many requests of `units` get in at once.
  int Admitted(Kind kind, double units, int tries = 10'000) {
    int admitted = 0;
    while (admitted < tries && limiter_.Take(table_, kind, units).ok()) ++admitted;
    return admitted;
  }

  ManualClock clock_;
  ThroughputLimiter limiter_{&clock_};
  Table table_;
};

TEST_F(ThroughputTest, ThreeHundredSecondsAtOnceAndNotOneUnitMore) {
  EXPECT_EQ(Admitted(Kind::kWrite, 1), 300);
  EXPECT_EQ(Admitted(Kind::kRead, 0.5), 1200);
  const Status refused = limiter_.Take(table_, Kind::kWrite, 1);
  EXPECT_EQ(refused.code(), ErrorCode::kProvisionedThroughputExceeded);
  EXPECT_EQ(refused.message(),
            "The level of configured provisioned throughput for the table was exceeded. Consider "
            "increasing your provisioning level with the UpdateTable API.");
}

TEST_F(ThroughputTest, FillsAtTheProvisionedRate) {
  Admitted(Kind::kWrite, 1);
  clock_.AdvanceMicros(kSecond / 2);
  EXPECT_EQ(Admitted(Kind::kWrite, 1), 1);  // what there is of a unit lets it in
  clock_.AdvanceMicros(kSecond / 2);
  EXPECT_EQ(Admitted(Kind::kWrite, 1), 0);
  clock_.AdvanceMicros(7 * kSecond);
  EXPECT_EQ(Admitted(Kind::kWrite, 1), 7);
  clock_.AdvanceMicros(100'000 * kSecond);
  EXPECT_EQ(Admitted(Kind::kWrite, 1), 300) << "holds no more than that";
}

TEST_F(ThroughputTest, WhatWasNotTakenIsOwed) {
  EXPECT_TRUE(limiter_.Take(table_, Kind::kWrite, 1).ok());
  limiter_.Charge(table_, Kind::kWrite, 399);
  EXPECT_EQ(Admitted(Kind::kWrite, 1), 0);
  clock_.AdvanceMicros(100 * kSecond);
  EXPECT_EQ(Admitted(Kind::kWrite, 1), 0);
  clock_.AdvanceMicros(kSecond);
  EXPECT_EQ(Admitted(Kind::kWrite, 1), 1);
}

TEST_F(ThroughputTest, ANewRateCountsAtOnce) {
  Admitted(Kind::kWrite, 1);
  SetRates(2, 10);
  EXPECT_EQ(Admitted(Kind::kWrite, 1), 2700);
  table_.spec.billing_mode = BillingMode::kPayPerRequest;
  EXPECT_EQ(Admitted(Kind::kWrite, 1), 10'000);
}

TEST_F(ThroughputTest, TablesHaveBucketsOfTheirOwn) {
  Admitted(Kind::kWrite, 1);
  table_.id = TableId(2);
  EXPECT_EQ(Admitted(Kind::kWrite, 1), 300);
}

TEST_F(ThroughputTest, WhatIsGivenBackCanBeTakenAgain) {
  limiter_.Charge(table_, Kind::kWrite, 200);
  limiter_.Charge(table_, Kind::kWrite, -100);
  EXPECT_EQ(Admitted(Kind::kWrite, 1), 200);
  limiter_.Charge(table_, Kind::kWrite, -1000);
  EXPECT_EQ(Admitted(Kind::kWrite, 1), 300) << "holds no more than that";
}

TEST_F(ThroughputTest, WritesNeedWhatTheGlobalIndexesHave) {
  Index index;
  index.id = IndexId(2);
  index.spec.name = "g";
  index.spec.throughput = {1, 1};
  table_.indexes.push_back(index);
  SetRates(100, 100);
  ChargeWrite(&limiter_, table_, 0, {{"g", IndexKind::kGlobal, 150}}, 2);
  EXPECT_EQ(limiter_.Take(table_, Kind::kWrite, 1).message(),
            "The level of configured provisioned throughput for one or more global secondary "
            "indexes of the table was exceeded. Consider increasing your provisioning level for "
            "the under-provisioned global secondary indexes with the UpdateTable API");
  EXPECT_TRUE(limiter_.Take(table_, Kind::kRead, 1).ok());
  clock_.AdvanceMicros(kSecond);
  EXPECT_EQ(Admitted(Kind::kWrite, 1, 1000), 1000) << "only what it did counts";
  // Reads of the index have a bucket of their own.
  int reads = 0;
  while (TakeReads(&limiter_, table_, &table_.indexes[0], 1).ok()) ++reads;
  EXPECT_EQ(reads, 300);
  EXPECT_TRUE(TakeReads(&limiter_, table_, nullptr, 1).ok());
}

TEST_F(ThroughputTest, OnDemandTablesAreHeldToTheirMaximum) {
  table_.spec.billing_mode = BillingMode::kPayPerRequest;
  table_.spec.settings.on_demand.write_units_max = 3;
  EXPECT_EQ(Admitted(Kind::kWrite, 1), 900);
  EXPECT_EQ(limiter_.Take(table_, Kind::kWrite, 1).code(), ErrorCode::kThrottling);
  EXPECT_EQ(Admitted(Kind::kRead, 1), 10'000);
}

TEST_F(ThroughputTest, BucketsThatAreFullAgainAreForgotten) {
  ThroughputLimiter limiter(&clock_, 4);
  for (uint32_t id = 1; id <= 100; ++id) {
    table_.id = TableId(id);
    EXPECT_TRUE(limiter.Take(table_, Kind::kWrite, 1).ok());
    clock_.AdvanceMicros(1000 * kSecond);
  }
}

}  // namespace
}  // namespace millrace
