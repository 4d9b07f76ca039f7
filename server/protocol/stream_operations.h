#pragma once

#include "engine/base/status.h"
#include "server/protocol/shape.h"

// DynamoDB Streams, for the dispatch table.
namespace millrace {

class Call;

extern const Shape kListStreamsInput;
Status ListStreams(Call* call);

extern const Shape kDescribeStreamInput;
Status DescribeStream(Call* call);

extern const Shape kGetShardIteratorInput;
Status GetShardIterator(Call* call);

extern const Shape kGetRecordsInput;
Status GetRecords(Call* call);

}  // namespace millrace
