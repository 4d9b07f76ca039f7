#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "engine/base/strong_id.h"

// What UpdateTable and its kin may change of a table, apart from its streams and indexes. Values;
// the rules of who may set what stand with the operations.
namespace millrace {

enum class BillingMode : uint8_t { kProvisioned = 0, kPayPerRequest = 1 };

struct ProvisionedThroughput {
  int64_t read_units = 0;
  int64_t write_units = 0;
  bool operator==(const ProvisionedThroughput&) const = default;
};

// When provisioned units, of a table or of an index, were changed; a decrease of either counts.
struct ThroughputChanges {
  int64_t last_increase_micros = 0;  // 0: never
  int64_t last_decrease_micros = 0;
  uint8_t decreases = 0;  // on the UTC day of the last one
  bool operator==(const ThroughputChanges&) const = default;
};

enum class TableClass : uint8_t { kStandard = 0, kStandardInfrequentAccess = 1 };

// The most units that an on-demand table may use in a second; absent: no bound.
struct OnDemandThroughput {
  std::optional<int64_t> read_units_max;
  std::optional<int64_t> write_units_max;
  bool operator==(const OnDemandThroughput&) const = default;
};

// Units a second that the table is ready for at once.
struct WarmThroughput {
  int64_t read_units = 0;
  int64_t write_units = 0;
  bool operator==(const WarmThroughput&) const = default;
};

struct ResourcePolicy {
  std::string text;      // as it was put
  std::string revision;  // another with each change
  bool operator==(const ResourcePolicy&) const = default;
};

struct TableSettings {
  int64_t on_demand_since_micros = 0;  // when it last became PAY_PER_REQUEST; 0: it never was
  // Its last switches from PROVISIONED to PAY_PER_REQUEST, oldest first; 0: none.
  std::array<int64_t, 4> switched_to_on_demand_micros{};
  ThroughputChanges throughput_changes;
  TableClass table_class = TableClass::kStandard;
  // The last two changes of the class; 0: there was none.
  int64_t class_changed_micros = 0;
  int64_t class_changed_before_micros = 0;
  OnDemandThroughput on_demand;
  std::optional<WarmThroughput> warm;  // absent: as AWS has it for a new table
  std::map<std::string, std::string> tags;
  // By the part of the ARN behind the table's name: "" is the table's, "stream/LABEL" a stream's.
  std::map<std::string, ResourcePolicy> policies;
  bool operator==(const TableSettings&) const = default;
};

// Items end some time after the number in `attribute`, seconds since 1970, has passed.
struct TimeToLive {
  std::string attribute;
  bool enabled = false;
  int64_t changed_micros = 0;  // when it was last turned on or off
  IndexId index;               // the hidden index of what is to end, by time
  bool filled = false;         // it has the items from before TTL was turned on, too
  bool operator==(const TimeToLive&) const = default;
};

}  // namespace millrace
