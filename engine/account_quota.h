#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/status.h"
#include "engine/table.h"

namespace millrace {

// An account may provision only so many units, of reading and of writing each, with its tables and
// their global indexes together; on-demand ones count for nothing. Refuses `next`, a table to be
// made or a table of `tables` as it is to be, when it has more units than before and the sum is
// above `units_max`: what an older server let be may still become less. Pure.
//
// Source: "Throughput default quotas" in the developer guide. The text was not seen in public.
Status CheckAccountUnits(const std::vector<TableRef>& tables, const Table& next, int64_t units_max);

}  // namespace millrace
