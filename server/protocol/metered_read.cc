#include "server/protocol/metered_read.h"

#include "server/protocol/capacity.h"

namespace millrace {

PageCost CostOfPage(const Index* index, const Page& page, bool consistent) {
  const double units = ReadUnits(page.evaluated_size, consistent);
  if (index == nullptr) return {units, 0};
  const auto blocks = static_cast<double>(page.fetched_blocks);
  return {consistent ? blocks : blocks / 2, units};
}

Result<Page> ReadMeteredPage(Database* database, ThroughputLimiter* throughput,
                             const PageRequest& request, bool consistent,
                             ThrottlingReasons* reasons) {
  const double least = ReadUnits(0, consistent);
  RETURN_IF_ERROR(TakeReads(throughput, *request.table, request.index, least, reasons));
  ASSIGN_OR_RETURN(Page page, database->ReadPage(request));
  const PageCost cost = CostOfPage(request.index, page, consistent);
  ChargeReads(throughput, *request.table, request.index, cost.table + cost.index - least);
  return page;
}

}  // namespace millrace
