#include "engine/account_quota.h"

#include <string>

namespace millrace {
namespace {

using UnitsMember = int64_t ProvisionedThroughput::*;

int64_t UnitsOf(const Table& table, UnitsMember units) {
  int64_t sum = table.spec.throughput.*units;
  for (const Index& index : table.indexes) sum += index.spec.throughput.*units;
  return sum;
}

Status CheckUnits(const std::vector<TableRef>& tables, const Table& next, UnitsMember units,
                  const char* name, int64_t units_max) {
  const int64_t wanted = UnitsOf(next, units);
  int64_t before = 0;
  int64_t total = wanted;
  for (const TableRef& table : tables) {
    (table->id == next.id ? before : total) += UnitsOf(*table, units);
  }
  if (wanted <= before || total <= units_max) return Status::Ok();
  return Status(
      ErrorCode::kLimitExceeded,
      std::string("Subscriber limit exceeded: The requested ") + name +
          " would bring all tables and global secondary indexes of the account to " +
          std::to_string(total) +
          ", above the per account maximum. Per account maximum: " + std::to_string(units_max) +
          ". Refer to the Amazon DynamoDB Developer Guide for current limits and how to "
          "request higher limits.");
}

}  // namespace

Status CheckAccountUnits(const std::vector<TableRef>& tables, const Table& next,
                         int64_t units_max) {
  RETURN_IF_ERROR(
      CheckUnits(tables, next, &ProvisionedThroughput::read_units, "ReadCapacityUnits", units_max));
  return CheckUnits(tables, next, &ProvisionedThroughput::write_units, "WriteCapacityUnits",
                    units_max);
}

}  // namespace millrace
