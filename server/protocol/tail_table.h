#pragma once

#include "engine/base/status.h"
#include "server/protocol/shape.h"

namespace millrace {

class Call;

// {TableName, StartingPosition: TRIM_HORIZON | LATEST | AT_TIMESTAMP | AT_SEQUENCE_NUMBER, ...} or
// {TableName, TableId, Cursor}, with Limit?, WaitSeconds?, OldImages? -> {TableName, TableId,
// Records, NextCursor, CaughtUp, Ended, BeginningTrimmed}: the changes of a table in the order of
// their commits, over all its shards, whether or not a stream is on; a record as GetItemHistory has
// it, and OldImageMissing where an image before it is neither stored nor in the log. With Cursor
// and TableId the same table goes on, also when another one has its name by now. When there is
// nothing yet, the reply waits for the next commit of the table, that long.
extern const Shape kTailTableInput;
Status TailTable(Call* call);

}  // namespace millrace
