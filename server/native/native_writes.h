#pragma once

#include <optional>
#include <vector>

#include "server/native/native_service.h"
#include "server/protocol/batch_core.h"
#include "server/protocol/item_core.h"
#include "server/protocol/throughput.h"

// Writes of the native protocol while they are being committed, and what is replied then.
namespace millrace {

struct PendingWrite {
  NativeCaller caller;
  TableRef table;
  std::optional<UpdateExpression> update;  // to select what it updated
  ReturnValues returns = ReturnValues::kNone;
  bool old_on_failure = false;
  bool return_capacity = false;
  Placeholders placeholders;  // expressions read from them
};
void ReplyTo(const PendingWrite& write, const CommitResult& result, NativeReplies* replies);

// One BatchWrite, from the request to its reply.
struct PendingBatch {
  NativeCaller caller;
  ThroughputLimiter* throughput = nullptr;
  bool return_capacity = false;
  std::vector<BatchedWrite> writes;
  std::vector<BatchedWrite*> all;
};
void ReplyTo(const PendingBatch& batch, NativeReplies* replies);

}  // namespace millrace
