#pragma once

#include "engine/base/status.h"
#include "server/protocol/shape.h"

// The operations on tables, for the dispatch table.
namespace millrace {

class Call;

extern const Shape kCreateTableInput;
Status CreateTable(Call* call);

extern const Shape kDescribeTableInput;
Status DescribeTable(Call* call);

extern const Shape kListTablesInput;
Status ListTables(Call* call);

extern const Shape kUpdateTableInput;
Status UpdateTable(Call* call);

extern const Shape kUpdateTimeToLiveInput;
Status UpdateTimeToLive(Call* call);

extern const Shape kDescribeTimeToLiveInput;
Status DescribeTimeToLive(Call* call);

extern const Shape kDeleteTableInput;
Status DeleteTable(Call* call);

}  // namespace millrace
