#include "server/protocol/capacity_settings.h"

#include <algorithm>
#include <ctime>
#include <string>

namespace millrace {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kSecondsPerHour = 3600;
constexpr int64_t kSecondsPerDay = 24 * kSecondsPerHour;
constexpr int kFreeDecreases = 4;  // a day; then one an hour
constexpr int64_t kSwitchesPeriod = kSecondsPerDay * kMicrosPerSecond;
constexpr int64_t kClassChangesPeriod = 30 * kSecondsPerDay * kMicrosPerSecond;
// Beyond it AWS does not get as far as the quota.
constexpr int64_t kUnitsParameterMax = 1'000'000'000'000;
// What every on-demand table begins with. Source: "Initial throughput" in the developer guide.
constexpr WarmThroughput kOnDemandWarm{12'000, 4'000};

Status Invalid(const std::string& text) {
  return Status::Validation("One or more parameter values were invalid: " + text);
}

Status LimitExceeded(std::string text) {
  return Status(ErrorCode::kLimitExceeded, std::move(text));
}

std::optional<CapacityInput::Units> ReadUnits(const Members& input, std::string_view structure,
                                              std::string_view read, std::string_view write) {
  const std::optional<Members> members = input.Structure(structure);
  if (!members) return std::nullopt;
  return CapacityInput::Units{members->Integer(read), members->Integer(write)};
}

Status CheckParameter(int64_t units, std::string_view name) {
  if (units <= kUnitsParameterMax) return Status::Ok();
  return Status::Validation("Given value " + std::to_string(units) + " for " + std::string(name) +
                            " is out of bounds");
}

Status CheckTableQuota(int64_t units, std::string_view name, std::string_view region) {
  if (units <= kTableUnitsMax) return Status::Ok();
  return LimitExceeded("The requested " + std::string(name) + ", " + std::to_string(units) +
                       ", is above the per table maximum for the account in " +
                       std::string(region) +
                       ". Per table maximum: " + std::to_string(kTableUnitsMax) +
                       ". Refer to the Amazon DynamoDB Developer Guide for current limits and how "
                       "to request higher limits.");
}

Status CheckUnits(const ProvisionedThroughput& units, std::string_view region) {
  RETURN_IF_ERROR(CheckParameter(units.read_units, "ReadCapacityUnits"));
  RETURN_IF_ERROR(CheckParameter(units.write_units, "WriteCapacityUnits"));
  RETURN_IF_ERROR(CheckTableQuota(units.read_units, "ReadCapacityUnits", region));
  return CheckTableQuota(units.write_units, "WriteCapacityUnits", region);
}

// Of the bounds of on-demand and of warm throughput.
Status CheckRegionQuota(std::optional<int64_t> units, std::string_view name, const std::string& of,
                        std::string_view quota, std::string_view region) {
  if (units.value_or(0) <= kTableUnitsMax) return Status::Ok();
  return LimitExceeded("Subscriber limit exceeded: Requested " + std::string(name) + " for " + of +
                       " exceeds " + std::string(quota) + " of the account in region " +
                       std::string(region));
}

Status CheckWarmQuota(const CapacityInput::Units& units, const CapacitySubject& subject,
                      std::string_view region) {
  const std::string of = "WarmThroughput for " + subject.warm;
  RETURN_IF_ERROR(
      CheckRegionQuota(units.read, "ReadUnitsPerSecond", of, "TableMaxReadCapacityUnits", region));
  return CheckRegionQuota(units.write, "WriteUnitsPerSecond", of, "TableMaxWriteCapacityUnits",
                          region);
}

Status NoUnitsOnDemand() {
  return Invalid(
      "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
      "PAY_PER_REQUEST");
}

int64_t DayOf(int64_t micros) {
  return micros / kMicrosPerSecond / kSecondsPerDay;
}

// Monday, February 13, 2023 at 10:25:39 AM Coordinated Universal Time
std::string LongTime(int64_t micros) {
  const time_t seconds = static_cast<time_t>(micros / kMicrosPerSecond);
  tm utc{};
  gmtime_r(&seconds, &utc);
  constexpr const char* kDays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                   "Thursday", "Friday", "Saturday"};
  constexpr const char* kMonths[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};
  char clock[16];
  std::snprintf(clock, sizeof clock, "%d:%02d:%02d", (utc.tm_hour + 11) % 12 + 1, utc.tm_min,
                utc.tm_sec);
  return std::string(kDays[utc.tm_wday]) + ", " + kMonths[utc.tm_mon] + " " +
         std::to_string(utc.tm_mday) + ", " + std::to_string(utc.tm_year + 1900) + " at " + clock +
         (utc.tm_hour < 12 ? " AM" : " PM") + " Coordinated Universal Time";
}

Status CheckDecrease(const ThroughputChanges& changes, int64_t now_micros) {
  constexpr int64_t kWait = kSecondsPerHour * kMicrosPerSecond;
  const int today = DecreasesToday(changes, now_micros);
  if (today < kFreeDecreases || now_micros - changes.last_decrease_micros >= kWait) {
    return Status::Ok();
  }
  return LimitExceeded(
      "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC "
      "day. After the first 4 decreases, each subsequent decrease in the same UTC day can be "
      "performed at most once every 3600 seconds. Number of decreases today: " +
      std::to_string(today) + ". Last decrease at " + LongTime(changes.last_decrease_micros) +
      ". Next decrease can be made at " + LongTime(changes.last_decrease_micros + kWait));
}

// Sat Feb 23 03:07:45 UTC 2019
std::string ShortTime(int64_t micros) {
  const time_t seconds = static_cast<time_t>(micros / kMicrosPerSecond);
  tm utc{};
  gmtime_r(&seconds, &utc);
  char text[64];
  std::strftime(text, sizeof text, "%a %b %d %H:%M:%S UTC %Y", &utc);
  return text;
}

// Source: "Considerations when switching capacity modes" in the developer guide: four in any 24
// hours; back to provisioned at any time. The text was seen in public when it was one.
Status CountSwitch(int64_t now_micros, TableSettings* settings) {
  auto& switches = settings->switched_to_on_demand_micros;
  if (switches.front() != 0 && now_micros - switches.front() < kSwitchesPeriod) {
    return LimitExceeded("Subscriber limit exceeded: Update to PayPerRequest mode are limited to " +
                         std::to_string(switches.size()) + " times in 1 day(s). Last update at " +
                         ShortTime(switches.back()) + ". Next update can be made at " +
                         ShortTime(switches.front() + kSwitchesPeriod));
  }
  std::rotate(switches.begin(), switches.begin() + 1, switches.end());
  switches.back() = now_micros;
  return Status::Ok();
}

Status BecomeOnDemand(const CapacityInput& input, std::string_view region, int64_t now_micros,
                      TableSpec* spec) {
  if (input.throughput) return NoUnitsOnDemand();
  if (input.on_demand)
    RETURN_IF_ERROR(CheckOnDemand(*input.on_demand, true, CapacitySubject(), region));
  const WarmThroughput warm = WarmThroughputOf(*spec);
  if (spec->billing_mode != BillingMode::kPayPerRequest) {
    RETURN_IF_ERROR(CountSwitch(now_micros, &spec->settings));
    spec->billing_mode = BillingMode::kPayPerRequest;
    spec->throughput = {};
    spec->settings.on_demand_since_micros = now_micros;
    spec->settings.warm = Most(warm, kOnDemandWarm);
  }
  if (input.on_demand) MergeOnDemand(*input.on_demand, &spec->settings.on_demand);
  return Status::Ok();
}

Status Provision(const ProvisionedThroughput& units, std::string_view region, int64_t now_micros,
                 TableSpec* spec) {
  const WarmThroughput warm = WarmThroughputOf(*spec);
  RETURN_IF_ERROR(CheckUnits(units, region));
  if (spec->billing_mode == BillingMode::kProvisioned) {
    RETURN_IF_ERROR(ChangeUnits("table", units, now_micros, &spec->throughput,
                                &spec->settings.throughput_changes));
  } else {
    spec->billing_mode = BillingMode::kProvisioned;
    spec->throughput = units;
    spec->settings.on_demand = {};
  }
  spec->settings.warm = Most(warm, {units.read_units, units.write_units});
  return Status::Ok();
}

}  // namespace

CapacityInput ReadCapacity(const Members& input) {
  CapacityInput capacity;
  if (const auto mode = input.String("BillingMode")) {
    capacity.mode =
        *mode == "PROVISIONED" ? BillingMode::kProvisioned : BillingMode::kPayPerRequest;
  }
  if (const auto units = input.Structure("ProvisionedThroughput")) {
    capacity.throughput = ProvisionedThroughput{*units->Integer("ReadCapacityUnits"),
                                                *units->Integer("WriteCapacityUnits")};
  }
  capacity.on_demand =
      ReadUnits(input, "OnDemandThroughput", "MaxReadRequestUnits", "MaxWriteRequestUnits");
  capacity.warm = ReadUnits(input, "WarmThroughput", "ReadUnitsPerSecond", "WriteUnitsPerSecond");
  return capacity;
}

Status CheckOnDemand(const CapacityInput::Units& units, bool may_clear,
                     const CapacitySubject& subject, std::string_view region) {
  const std::string of = "OnDemandThroughput for " + subject.on_demand;
  const auto check = [&](std::optional<int64_t> value, std::string_view name) {
    if (!value || *value >= 1 || (may_clear && *value == -1)) return Status::Ok();
    return Invalid("Requested " + std::string(name) + " for " + of + " is outside of valid range");
  };
  RETURN_IF_ERROR(check(units.read, "MaxReadRequestUnits"));
  RETURN_IF_ERROR(check(units.write, "MaxWriteRequestUnits"));
  RETURN_IF_ERROR(
      CheckRegionQuota(units.read, "MaxReadRequestUnits", of, "TableMaxReadCapacityUnits", region));
  return CheckRegionQuota(units.write, "MaxWriteRequestUnits", of, "TableMaxWriteCapacityUnits",
                          region);
}

void MergeOnDemand(const CapacityInput::Units& units, OnDemandThroughput* bounds) {
  const auto merge = [](std::optional<int64_t> value, std::optional<int64_t>* bound) {
    if (value) *bound = *value == -1 ? std::nullopt : value;
  };
  merge(units.read, &bounds->read_units_max);
  merge(units.write, &bounds->write_units_max);
}

Status OnDemandRefused(const CapacityInput::Units& units, std::string_view of,
                       std::string_view when) {
  return Invalid(
      std::string(units.read || !units.write ? "MaxReadRequestUnits" : "MaxWriteRequestUnits") +
      " for OnDemandThroughput" + std::string(of) + " cannot be specified when " +
      std::string(when));
}

WarmThroughput Most(const WarmThroughput& a, const WarmThroughput& b) {
  return {std::max(a.read_units, b.read_units), std::max(a.write_units, b.write_units)};
}

WarmThroughput WarmAtFirst(BillingMode mode, const ProvisionedThroughput& units) {
  if (mode == BillingMode::kPayPerRequest) return kOnDemandWarm;
  return {units.read_units, units.write_units};
}

// The texts about writing were not seen in public; they follow those about reading.
Result<WarmThroughput> NewWarm(const CapacityInput::Units& units, const WarmThroughput& least,
                               BillingMode mode, const CapacitySubject& subject,
                               std::string_view region) {
  const auto check = [&](std::optional<int64_t> value, int64_t at_least, std::string_view name,
                         std::string_view provisioned) {
    if (value.value_or(at_least) >= at_least) return Status::Ok();
    const std::string text = "Requested " + std::string(name) + " for WarmThroughput for " +
                             subject.warm + " is lower than ";
    if (mode == BillingMode::kProvisioned) {
      return Invalid(text + std::string(provisioned) + " of ProvisionedThroughput");
    }
    return Invalid(text +
                   "initial throughput for OnDemand. See: "
                   "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
                   "on-demand-capacity-mode.html#on-demand-capacity-mode-initial");
  };
  RETURN_IF_ERROR(check(units.read, least.read_units, "ReadUnitsPerSecond", "ReadCapacityUnits"));
  RETURN_IF_ERROR(
      check(units.write, least.write_units, "WriteUnitsPerSecond", "WriteCapacityUnits"));
  RETURN_IF_ERROR(CheckWarmQuota(units, subject, region));
  return WarmThroughput{units.read.value_or(least.read_units),
                        units.write.value_or(least.write_units)};
}

Result<WarmThroughput> RaisedWarm(const CapacityInput::Units& units, const WarmThroughput& current,
                                  const CapacitySubject& subject, std::string_view region) {
  const auto check = [&](std::optional<int64_t> value, int64_t now, std::string_view name) {
    if (value.value_or(now) >= now) return Status::Ok();
    return Invalid("Requested " + std::string(name) + " for WarmThroughput for " + subject.warm +
                   " is lower than current WarmThroughput, decreasing WarmThroughput is not "
                   "supported");
  };
  RETURN_IF_ERROR(check(units.read, current.read_units, "ReadUnitsPerSecond"));
  RETURN_IF_ERROR(check(units.write, current.write_units, "WriteUnitsPerSecond"));
  RETURN_IF_ERROR(CheckWarmQuota(units, subject, region));
  return WarmThroughput{units.read.value_or(current.read_units),
                        units.write.value_or(current.write_units)};
}

Status SetCapacity(const CapacityInput& input, std::string_view region, TableSpec* spec) {
  spec->billing_mode = input.mode.value_or(BillingMode::kProvisioned);
  if (spec->billing_mode == BillingMode::kPayPerRequest) {
    if (input.throughput) return NoUnitsOnDemand();
  } else {
    if (!input.throughput) {
      return Invalid(
          "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is "
          "PROVISIONED");
    }
    if (input.on_demand) {
      return OnDemandRefused(*input.on_demand, "", "table BillingMode is PROVISIONED.");
    }
    spec->throughput = *input.throughput;
    RETURN_IF_ERROR(CheckUnits(spec->throughput, region));
  }
  if (input.on_demand) {
    RETURN_IF_ERROR(CheckOnDemand(*input.on_demand, false, CapacitySubject(), region));
    MergeOnDemand(*input.on_demand, &spec->settings.on_demand);
  }
  if (!input.warm || (!input.warm->read && !input.warm->write)) return Status::Ok();
  ASSIGN_OR_RETURN(spec->settings.warm, NewWarm(*input.warm, WarmThroughputOf(*spec),
                                                spec->billing_mode, CapacitySubject(), region));
  return Status::Ok();
}

Status ChangeCapacity(const CapacityInput& input, std::string_view region, int64_t now_micros,
                      TableSpec* spec) {
  if (input.mode == BillingMode::kPayPerRequest) {
    return BecomeOnDemand(input, region, now_micros, spec);
  }
  if (input.mode == BillingMode::kProvisioned && !input.throughput) {
    return Invalid("ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
  }
  if (input.throughput) {
    if (!input.mode && spec->billing_mode == BillingMode::kPayPerRequest) return NoUnitsOnDemand();
    RETURN_IF_ERROR(Provision(*input.throughput, region, now_micros, spec));
  }
  if (input.on_demand) {
    if (spec->billing_mode == BillingMode::kProvisioned) {
      return OnDemandRefused(*input.on_demand, "", "the table BillingMode is PROVISIONED");
    }
    RETURN_IF_ERROR(CheckOnDemand(*input.on_demand, true, CapacitySubject(), region));
    MergeOnDemand(*input.on_demand, &spec->settings.on_demand);
  }
  if (input.warm) {
    ASSIGN_OR_RETURN(spec->settings.warm,
                     RaisedWarm(*input.warm, WarmThroughputOf(*spec), CapacitySubject(), region));
  }
  return Status::Ok();
}

Status ChangeUnits(std::string_view of, const ProvisionedThroughput& wanted, int64_t now_micros,
                   ProvisionedThroughput* units, ThroughputChanges* changes) {
  if (wanted == *units) {
    const std::string subject(of);
    return Status::Validation(
        "The provisioned throughput for the " + subject +
        " will not change. The requested value equals the current value. Current "
        "ReadCapacityUnits provisioned for the " +
        subject + ": " + std::to_string(units->read_units) + ". Requested ReadCapacityUnits: " +
        std::to_string(wanted.read_units) + ". Current WriteCapacityUnits provisioned for the " +
        subject + ": " + std::to_string(units->write_units) +
        ". Requested WriteCapacityUnits: " + std::to_string(wanted.write_units) +
        ". Refer to the Amazon DynamoDB Developer Guide for current limits and how to request "
        "higher limits.");
  }
  if (wanted.read_units < units->read_units || wanted.write_units < units->write_units) {
    RETURN_IF_ERROR(CheckDecrease(*changes, now_micros));
    changes->decreases = static_cast<uint8_t>(DecreasesToday(*changes, now_micros) + 1);
    changes->last_decrease_micros = now_micros;
  }
  if (wanted.read_units > units->read_units || wanted.write_units > units->write_units) {
    changes->last_increase_micros = now_micros;
  }
  *units = wanted;
  return Status::Ok();
}

int DecreasesToday(const ThroughputChanges& changes, int64_t now_micros) {
  return DayOf(changes.last_decrease_micros) == DayOf(now_micros) ? changes.decreases : 0;
}

WarmThroughput WarmThroughputOf(const TableSpec& spec) {
  return spec.settings.warm ? *spec.settings.warm : WarmAtFirst(spec.billing_mode, spec.throughput);
}

Status ChangeTableClass(TableClass wanted, int64_t now_micros, TableSettings* settings) {
  const bool spent = settings->class_changed_before_micros != 0 &&
                     now_micros - settings->class_changed_before_micros < kClassChangesPeriod;
  if (spent) {
    return LimitExceeded(
        "Subscriber limit exceeded: Updates to TableClass are limited to 2 times in 30 day(s).");
  }
  if (wanted == settings->table_class) return Status::Ok();
  settings->table_class = wanted;
  settings->class_changed_before_micros = settings->class_changed_micros;
  settings->class_changed_micros = now_micros;
  return Status::Ok();
}

Result<TableClass> ParseTableClass(std::string_view text) {
  for (const TableClass each : {TableClass::kStandard, TableClass::kStandardInfrequentAccess}) {
    if (text == WireName(each)) return each;
  }
  return Status::Validation(
      "Invalid table-class parameter provided. Please try again with a valid table-class value: "
      "[STANDARD, STANDARD_INFREQUENT_ACCESS].");
}

std::string_view WireName(TableClass table_class) {
  return table_class == TableClass::kStandard ? "STANDARD" : "STANDARD_INFREQUENT_ACCESS";
}

}  // namespace millrace
