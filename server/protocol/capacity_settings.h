#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/table.h"
#include "server/protocol/members.h"

// What a table may use of capacity, as CreateTable and UpdateTable set it: billing mode,
// provisioned units, bounds of on-demand, warm throughput. Pure rules, each with AWS's text, in the
// order in which AWS reports them.
//
// Source: "CreateTable" and "UpdateTable" in the API reference, "Quotas" in the developer guide;
// texts and order as public measurements of the service show them (October 2026).
namespace millrace {

// Quota of a table, and of an index, as AWS has it until one asks for more. Units.
constexpr int64_t kTableUnitsMax = 40'000;

// As it was sent.
struct CapacityInput {
  std::optional<BillingMode> mode;
  std::optional<ProvisionedThroughput> throughput;
  struct Units {
    std::optional<int64_t> read;
    std::optional<int64_t> write;
  };
  std::optional<Units> on_demand;
  std::optional<Units> warm;
};
CapacityInput ReadCapacity(const Members& input);

// What a rule is about, in the words of its errors: the table, or one of its global indexes.
struct CapacitySubject {
  std::string on_demand = "table";
  std::string warm = "table";
};

// Bounds of on-demand. `may_clear`: -1 takes a bound away.
Status CheckOnDemand(const CapacityInput::Units& units, bool may_clear,
                     const CapacitySubject& subject, std::string_view region);
// Those that were said, in place of what `bounds` had.
void MergeOnDemand(const CapacityInput::Units& units, OnDemandThroughput* bounds);
// "MaxReadRequestUnits for OnDemandThroughputOF cannot be specified when WHEN"
Status OnDemandRefused(const CapacityInput::Units& units, std::string_view of,
                       std::string_view when);

// Warm throughput of what is made, which has `least` without it. What isn't said is as `least` has
// it.
Result<WarmThroughput> NewWarm(const CapacityInput::Units& units, const WarmThroughput& least,
                               BillingMode mode, const CapacitySubject& subject,
                               std::string_view region);
// Of what is there: it only ever grows.
Result<WarmThroughput> RaisedWarm(const CapacityInput::Units& units, const WarmThroughput& current,
                                  const CapacitySubject& subject, std::string_view region);
// What a mode gives to begin with.
WarmThroughput WarmAtFirst(BillingMode mode, const ProvisionedThroughput& units);
WarmThroughput Most(const WarmThroughput& a, const WarmThroughput& b);

// For a new table: without a mode it is provisioned.
Status SetCapacity(const CapacityInput& input, std::string_view region, TableSpec* spec);
// For a table that is there. kLimitExceeded: also when it was switched to on-demand too often.
Status ChangeCapacity(const CapacityInput& input, std::string_view region, int64_t now_micros,
                      TableSpec* spec);

// Units in place of others, of a table or a global index ("table", or "index NAME"): counts
// decreases and refuses too many in a day, as DynamoDB does, and values that change nothing.
Status ChangeUnits(std::string_view of, const ProvisionedThroughput& wanted, int64_t now_micros,
                   ProvisionedThroughput* units, ThroughputChanges* changes);
// Of the UTC day of `now_micros`.
int DecreasesToday(const ThroughputChanges& changes, int64_t now_micros);

// What the table is ready for: as it was set, at least what it was ever provisioned with or the
// 12,000 and 4,000 units of on-demand.
WarmThroughput WarmThroughputOf(const TableSpec& spec);

// To another class, two times in 30 days.
Status ChangeTableClass(TableClass wanted, int64_t now_micros, TableSettings* settings);
// Error: kValidation.
Result<TableClass> ParseTableClass(std::string_view text);
std::string_view WireName(TableClass table_class);

}  // namespace millrace
