#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/database.h"
#include "server/protocol/call.h"
#include "server/protocol/capacity.h"
#include "server/protocol/item_collection.h"
#include "server/protocol/shape.h"
#include "server/protocol/transact_core.h"

// What TransactWriteItems and ExecuteTransaction do alike with the writes that their actions are.
namespace millrace {

inline constexpr Shape kClientRequestToken = StringOf(1, 36);

// `request`: the action's, or what only its table tells of it, which cancels the transaction.
// Error: an empty value of a key, which is the request's.
Result<TransactWrite> MakeTransactWrite(Result<WriteRequest> request, bool old_item_on_failure);

// What is remembered of the transaction while it is being committed.
struct TransactWriteReply {
  std::vector<TableRef> tables;        // of the actions
  const Database* database = nullptr;  // set when ItemCollectionMetrics was asked for
  WrittenCollections collections;
  bool with_responses = false;  // which there are none of, as ExecuteTransaction has them
};

// Commits the writes and replies; or moves the call to the pool when one would have to wait.
// `actions` is the member of the request that a repeated token has to bring again.
Status CommitAndReply(Call* call, std::string_view actions, std::vector<TransactWrite> writes,
                      std::shared_ptr<const TransactWriteReply> reply);

}  // namespace millrace
