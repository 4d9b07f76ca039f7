#pragma once

#include <cstdint>
#include <string_view>

#include "engine/base/status.h"
#include "engine/table.h"
#include "server/protocol/members.h"

// What a global secondary index may use of capacity: its provisioned units, its bounds of on-demand
// and its warm throughput, each its own and not limited by the table's. Pure rules, each with AWS's
// text. The rules of tables: capacity_settings.h.
//
// Source: "CreateTable" and "UpdateTable" in the API reference; texts and order as public
// measurements of the service show them (October 2026); what they don't show is marked.
namespace millrace {

// Of an index that is made, with its table or added to one.
enum class IndexIs : uint8_t { kMade, kAdded };
Status SetIndexCapacity(const Members& index, IndexIs is, BillingMode mode, std::string_view region,
                        IndexSpec* spec);

// What an update of an index says that could be wrong without a table.
Status CheckIndexUpdate(const Members& update);

// A table's modes before and after the request.
struct ModeChange {
  BillingMode before;
  BillingMode after;
};
// An update of an index that is there. Error also: kLimitExceeded of too many decreases in a day.
Status ChangeIndexCapacity(const Members& update, const ModeChange& mode, std::string_view region,
                           int64_t now_micros, Index* index);
// An index follows its table from provisioned to on-demand.
void BecomeOnDemand(Index* index);

// As WarmThroughputOf a table.
WarmThroughput WarmThroughputOf(const IndexSpec& spec, BillingMode mode);

}  // namespace millrace
