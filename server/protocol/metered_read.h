#pragma once

#include "engine/database.h"
#include "server/protocol/throughput.h"

// A page that is read within its table's or index's throughput, and what it cost: for Query and
// Scan, whoever asks. Source: "Provisioned capacity" in the developer guide.
namespace millrace {

// In read capacity units. Of a local index, what was fetched from the table counts item by item;
// of a global one the table has no part.
struct PageCost {
  double table = 0;
  double index = 0;
};
PageCost CostOfPage(const Index* index, const Page& page, bool consistent);

// Errors: those of ThroughputLimiter::Take, with nothing read; ReadPage's.
Result<Page> ReadMeteredPage(Database* database, ThroughputLimiter* throughput,
                             const PageRequest& request, bool consistent,
                             ThrottlingReasons* reasons = nullptr);

}  // namespace millrace
