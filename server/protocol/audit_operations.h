#pragma once

#include "engine/base/status.h"
#include "server/protocol/shape.h"

// What AWS has no operation for: the server's state, and the questions that the log answers. In the
// same form as AWS's, under Millrace_20261121.
namespace millrace {

class Call;

// {} -> {Version, Region, Durability, StartedDateTime, UptimeSeconds, TableCount, AppliedLsn,
//        Log: {FirstLsn, LastLsn, SegmentCount, SizeBytes}, Triggers: {...}}
extern const Shape kStatusInput;
Status GetServerStatus(Call* call);

// {TableName, Key, Limit?, FromTime?, ToTime?, FromSequenceNumber?, ToSequenceNumber?, NextToken?}
// ->
//   {Records: [...], Tables: [...], NextToken?, BeginningTrimmed}: every version of one item,
//   oldest
// first, in all tables that had the name (tableId says in which). OldImage is that of the record or
// of the version before it. `cause` names the item whose record caused a handler's write. Times are
// epoch seconds. A page may be empty and yet have a NextToken.
extern const Shape kGetItemHistoryInput;
Status GetItemHistory(Call* call);

// {TableName} -> {Equal, ...}: checks the table's hash chains, rebuilds the table from the log
// alone and compares it with the live one. Takes as long as reading both takes.
extern const Shape kVerifyTableInput;
Status VerifyTableFromLog(Call* call);

}  // namespace millrace
