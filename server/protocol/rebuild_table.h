#pragma once

#include "engine/base/status.h"
#include "server/protocol/shape.h"

namespace millrace {

class Call;

// {TableName, TargetTableName, AtTime? or AtSequenceNumber?, AtText?} -> {TableName,
// TargetTableName, Done, AsOfLsn, FirstLsn, NextLsn, Records, Writes}: makes the target of what the
// table's log says it was then, some hundred milliseconds a call. Ask again, with the same names,
// until Done; whatever ends it meanwhile, it goes on where it was. AtText is what a person called
// the time ("-2h"): who says the same goes on with the time that was fixed then. See
// streams/table_copy.h.
extern const Shape kRebuildTableInput;
Status RebuildTable(Call* call);

}  // namespace millrace
