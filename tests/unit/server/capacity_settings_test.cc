#include "server/protocol/capacity_settings.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kHour = 3600 * kSecond;
constexpr int64_t kDay = 24 * kHour;
// Monday, February 13, 2023, 10:25:39 UTC
constexpr int64_t kMorning = 1'676'283'939 * kSecond;
constexpr std::string_view kRegion = "us-east-1";

TableSpec Provisioned(int64_t read, int64_t write) {
  TableSpec spec;
  spec.billing_mode = BillingMode::kProvisioned;
  spec.throughput = {read, write};
  return spec;
}

TableSpec OnDemand() {
  TableSpec spec;
  spec.billing_mode = BillingMode::kPayPerRequest;
  spec.settings.on_demand_since_micros = 1;
  return spec;
}

CapacityInput Units(int64_t read, int64_t write) {
  CapacityInput input;
  input.throughput = ProvisionedThroughput{read, write};
  return input;
}

Status Set(TableSpec* spec, int64_t read, int64_t write, int64_t now) {
  return ChangeCapacity(Units(read, write), kRegion, now, spec);
}

std::string Refused(const Status& status, ErrorCode code) {
  EXPECT_TRUE(status.Is(code)) << status.ToString();
  return status.message();
}

TEST(CapacitySettings, ADecreaseOfEitherUnitCounts) {
  TableSpec spec = Provisioned(5, 5);
  const ThroughputChanges& changes = spec.settings.throughput_changes;
  ASSERT_TRUE(Set(&spec, 6, 5, kMorning).ok());
  EXPECT_EQ(changes.last_increase_micros, kMorning);
  EXPECT_EQ(changes.last_decrease_micros, 0);
  ASSERT_TRUE(Set(&spec, 7, 4, kMorning + kSecond).ok());
  EXPECT_EQ(changes.last_increase_micros, kMorning + kSecond);
  EXPECT_EQ(changes.last_decrease_micros, kMorning + kSecond);
  EXPECT_EQ(DecreasesToday(changes, kMorning + kSecond), 1);
  ASSERT_TRUE(Set(&spec, 1, 1, kMorning + 2 * kSecond).ok());
  EXPECT_EQ(DecreasesToday(changes, kMorning + 2 * kSecond), 2);
}

// Source: "Decreasing provisioned throughput" in the quotas: four a day, then one an hour; a day is
// UTC's.
TEST(CapacitySettings, DecreasesAreFourADayAndThenOneAnHour) {
  TableSpec spec = Provisioned(100, 100);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(Set(&spec, 99 - i, 100, kMorning).ok());
  EXPECT_EQ(
      Refused(Set(&spec, 1, 1, kMorning + kHour - 1), ErrorCode::kLimitExceeded),
      "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given "
      "UTC day. After the first 4 decreases, each subsequent decrease in the same UTC day can "
      "be performed at most once every 3600 seconds. Number of decreases today: 4. Last "
      "decrease at Monday, February 13, 2023 at 10:25:39 AM Coordinated Universal Time. Next "
      "decrease can be made at Monday, February 13, 2023 at 11:25:39 AM Coordinated Universal "
      "Time");
  EXPECT_EQ(spec.throughput, (ProvisionedThroughput{96, 100}));
  EXPECT_TRUE(Set(&spec, 200, 100, kMorning + 1).ok());  // increases are free
  EXPECT_TRUE(Set(&spec, 95, 100, kMorning + kHour).ok());
  EXPECT_FALSE(Set(&spec, 94, 100, kMorning + 2 * kHour - 1).ok());
  EXPECT_TRUE(Set(&spec, 94, 100, kMorning + 2 * kHour).ok());
  EXPECT_EQ(DecreasesToday(spec.settings.throughput_changes, kMorning + 2 * kHour), 6);
}

TEST(CapacitySettings, ANewDayBeginsAtMidnight) {
  TableSpec spec = Provisioned(100, 100);
  const int64_t midnight = (kMorning / kDay + 1) * kDay;
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(Set(&spec, 99 - i, 100, midnight - 1).ok());
  EXPECT_FALSE(Set(&spec, 1, 1, midnight - 1).ok());
  EXPECT_EQ(DecreasesToday(spec.settings.throughput_changes, midnight), 0);
  EXPECT_TRUE(Set(&spec, 1, 1, midnight).ok());
  EXPECT_EQ(DecreasesToday(spec.settings.throughput_changes, midnight), 1);
}

TEST(CapacitySettings, TheSameUnitsAgainAreRefused) {
  TableSpec spec = Provisioned(1, 2);
  const std::string text =
      "The provisioned throughput for the table will not change. The requested value equals the "
      "current value. Current ReadCapacityUnits provisioned for the table: 1. Requested "
      "ReadCapacityUnits: 1. Current WriteCapacityUnits provisioned for the table: 2. Requested "
      "WriteCapacityUnits: 2. Refer to the Amazon DynamoDB Developer Guide for current limits and "
      "how to request higher limits.";
  EXPECT_EQ(Refused(Set(&spec, 1, 2, kMorning), ErrorCode::kValidation), text);
  CapacityInput with_mode = Units(1, 2);
  with_mode.mode = BillingMode::kProvisioned;
  EXPECT_EQ(Refused(ChangeCapacity(with_mode, kRegion, kMorning, &spec), ErrorCode::kValidation),
            text);
}

TEST(CapacitySettings, TheQuotaOfATableIsExact) {
  TableSpec spec = Provisioned(1, 1);
  EXPECT_TRUE(Set(&spec, 40'000, 40'000, kMorning).ok());
  EXPECT_EQ(
      Refused(Set(&spec, 40'001, 1, kMorning), ErrorCode::kLimitExceeded),
      "The requested ReadCapacityUnits, 40001, is above the per table maximum for the account "
      "in us-east-1. Per table maximum: 40000. Refer to the Amazon DynamoDB Developer Guide "
      "for current limits and how to request higher limits.");
  EXPECT_FALSE(Set(&spec, 1, 40'001, kMorning).ok());
}

TEST(CapacitySettings, ModesChangeBackAndForth) {
  TableSpec spec = Provisioned(10, 20);
  CapacityInput on_demand;
  on_demand.mode = BillingMode::kPayPerRequest;
  on_demand.on_demand = CapacityInput::Units{100, std::nullopt};
  ASSERT_TRUE(ChangeCapacity(on_demand, kRegion, kMorning, &spec).ok());
  EXPECT_EQ(spec.billing_mode, BillingMode::kPayPerRequest);
  EXPECT_EQ(spec.throughput, ProvisionedThroughput());
  EXPECT_EQ(spec.settings.on_demand_since_micros, kMorning);
  EXPECT_EQ(spec.settings.on_demand.read_units_max, 100);
  EXPECT_EQ(WarmThroughputOf(spec), (WarmThroughput{12'000, 4'000}));
  EXPECT_EQ(Refused(Set(&spec, 1, 1, kMorning), ErrorCode::kValidation),
            "One or more parameter values were invalid: Neither ReadCapacityUnits nor "
            "WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");

  // Again the same: nothing happens.
  ASSERT_TRUE(ChangeCapacity(on_demand, kRegion, kMorning + kHour, &spec).ok());
  EXPECT_EQ(spec.settings.on_demand_since_micros, kMorning);

  CapacityInput provisioned = Units(3, 4);
  provisioned.mode = BillingMode::kProvisioned;
  ASSERT_TRUE(ChangeCapacity(provisioned, kRegion, kMorning + kHour, &spec).ok());
  EXPECT_EQ(spec.throughput, (ProvisionedThroughput{3, 4}));
  EXPECT_EQ(spec.settings.on_demand, OnDemandThroughput());  // does not outlive the mode
  EXPECT_EQ(spec.settings.on_demand_since_micros, kMorning);
  EXPECT_EQ(spec.settings.throughput_changes, ThroughputChanges());
  EXPECT_EQ(WarmThroughputOf(spec), (WarmThroughput{12'000, 4'000}));
}

// Source: "Considerations when switching capacity modes" in the developer guide.
TEST(CapacitySettings, FourSwitchesToOnDemandInAnyDay) {
  TableSpec spec = OnDemand();  // its making is no switch
  CapacityInput on_demand;
  on_demand.mode = BillingMode::kPayPerRequest;
  CapacityInput provisioned = Units(3, 4);
  provisioned.mode = BillingMode::kProvisioned;
  const auto there_and_back = [&](int64_t now) {
    EXPECT_TRUE(ChangeCapacity(provisioned, kRegion, now, &spec).ok());  // at any time
    return ChangeCapacity(on_demand, kRegion, now, &spec);
  };
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(there_and_back(kMorning + i * kHour).ok());
  EXPECT_EQ(Refused(there_and_back(kMorning + kDay - 1), ErrorCode::kLimitExceeded),
            "Subscriber limit exceeded: Update to PayPerRequest mode are limited to 4 times in 1 "
            "day(s). Last update at Mon Feb 13 13:25:39 UTC 2023. Next update can be made at Tue "
            "Feb 14 10:25:39 UTC 2023");
  EXPECT_EQ(spec.billing_mode, BillingMode::kProvisioned);
  ASSERT_TRUE(ChangeCapacity(on_demand, kRegion, kMorning + kDay, &spec).ok());
  // Where it is already is no switch.
  ASSERT_TRUE(ChangeCapacity(on_demand, kRegion, kMorning + kDay, &spec).ok());
  // The window rolls: the next opens an hour later.
  ASSERT_FALSE(there_and_back(kMorning + kDay + kHour - 1).ok());
  EXPECT_TRUE(ChangeCapacity(on_demand, kRegion, kMorning + kDay + kHour, &spec).ok());
}

TEST(CapacitySettings, ProvisionedNeedsUnits) {
  TableSpec spec = OnDemand();
  CapacityInput input;
  input.mode = BillingMode::kProvisioned;
  EXPECT_EQ(Refused(ChangeCapacity(input, kRegion, kMorning, &spec), ErrorCode::kValidation),
            "One or more parameter values were invalid: ProvisionedThroughput must be specified "
            "when BillingMode is PROVISIONED");
}

TEST(CapacitySettings, BoundsOfOnDemandAreMergedAndTakenAway) {
  TableSpec spec = OnDemand();
  const auto change = [&spec](std::optional<int64_t> read, std::optional<int64_t> write) {
    CapacityInput input;
    input.on_demand = CapacityInput::Units{read, write};
    return ChangeCapacity(input, kRegion, kMorning, &spec);
  };
  ASSERT_TRUE(change(1000, 500).ok());
  ASSERT_TRUE(change(2000, std::nullopt).ok());
  EXPECT_EQ(spec.settings.on_demand, (OnDemandThroughput{2000, 500}));
  ASSERT_TRUE(change(std::nullopt, -1).ok());
  EXPECT_EQ(spec.settings.on_demand, (OnDemandThroughput{2000, std::nullopt}));
  ASSERT_TRUE(change(1, 40'000).ok());
  EXPECT_EQ(Refused(change(0, 1), ErrorCode::kValidation),
            "One or more parameter values were invalid: Requested MaxReadRequestUnits for "
            "OnDemandThroughput for table is outside of valid range");
  EXPECT_EQ(Refused(change(std::nullopt, -2), ErrorCode::kValidation),
            "One or more parameter values were invalid: Requested MaxWriteRequestUnits for "
            "OnDemandThroughput for table is outside of valid range");
  EXPECT_EQ(Refused(change(40'001, 1), ErrorCode::kLimitExceeded),
            "Subscriber limit exceeded: Requested MaxReadRequestUnits for OnDemandThroughput for "
            "table exceeds TableMaxReadCapacityUnits of the account in region us-east-1");
}

TEST(CapacitySettings, WarmThroughputOnlyGrows) {
  TableSpec spec = Provisioned(1, 1);
  ASSERT_TRUE(Set(&spec, 3, 3, kMorning).ok());
  ASSERT_TRUE(Set(&spec, 2, 1, kMorning).ok());
  EXPECT_EQ(WarmThroughputOf(spec), (WarmThroughput{3, 3}));  // the most it was provisioned with
  CapacityInput input;
  input.warm = CapacityInput::Units{50, std::nullopt};
  ASSERT_TRUE(ChangeCapacity(input, kRegion, kMorning, &spec).ok());
  EXPECT_EQ(WarmThroughputOf(spec), (WarmThroughput{50, 3}));
  input.warm = CapacityInput::Units{49, std::nullopt};
  EXPECT_EQ(Refused(ChangeCapacity(input, kRegion, kMorning, &spec), ErrorCode::kValidation),
            "One or more parameter values were invalid: Requested ReadUnitsPerSecond for "
            "WarmThroughput for table is lower than current WarmThroughput, decreasing "
            "WarmThroughput is not supported");
}

TEST(CapacitySettings, ANewTablesWarmThroughputIsAtLeastWhatItHasAnyway) {
  CapacityInput input = Units(10, 10);
  input.warm = CapacityInput::Units{9, std::nullopt};
  TableSpec spec;
  EXPECT_EQ(Refused(SetCapacity(input, kRegion, &spec), ErrorCode::kValidation),
            "One or more parameter values were invalid: Requested ReadUnitsPerSecond for "
            "WarmThroughput for table is lower than ReadCapacityUnits of ProvisionedThroughput");
  CapacityInput on_demand;
  on_demand.mode = BillingMode::kPayPerRequest;
  on_demand.warm = CapacityInput::Units{12'001, std::nullopt};
  TableSpec warm;
  ASSERT_TRUE(SetCapacity(on_demand, kRegion, &warm).ok());
  EXPECT_EQ(WarmThroughputOf(warm), (WarmThroughput{12'001, 4'000}));
  on_demand.warm = CapacityInput::Units{11'999, std::nullopt};
  TableSpec cold;
  EXPECT_FALSE(SetCapacity(on_demand, kRegion, &cold).ok());
}

// Source: "TableClass" of UpdateTable and "Quotas": two updates in 30 days.
TEST(CapacitySettings, TheClassChangesTwiceInThirtyDays) {
  TableSettings settings;
  const auto change = [&settings](TableClass wanted, int64_t now) {
    return ChangeTableClass(wanted, now, &settings);
  };
  constexpr TableClass kInfrequent = TableClass::kStandardInfrequentAccess;
  ASSERT_TRUE(change(TableClass::kStandard, kMorning).ok());  // as it is: not counted
  EXPECT_EQ(settings, TableSettings());
  ASSERT_TRUE(change(kInfrequent, kMorning).ok());
  ASSERT_TRUE(change(TableClass::kStandard, kMorning + kDay).ok());
  const std::string text =
      "Subscriber limit exceeded: Updates to TableClass are limited to 2 times in 30 day(s).";
  const int64_t last_moment = kMorning + 30 * kDay - 1;
  EXPECT_EQ(Refused(change(kInfrequent, last_moment), ErrorCode::kLimitExceeded), text);
  EXPECT_EQ(Refused(change(TableClass::kStandard, last_moment), ErrorCode::kLimitExceeded), text);
  EXPECT_TRUE(change(kInfrequent, last_moment + 1).ok());
  EXPECT_FALSE(change(TableClass::kStandard, last_moment + 2).ok());
}

}  // namespace
}  // namespace millrace
