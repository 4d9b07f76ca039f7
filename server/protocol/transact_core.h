#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/status.h"
#include "engine/database.h"
#include "server/protocol/throughput.h"
#include "server/protocol/transact_tokens.h"

// What TransactWriteItems, TransactGetItems and PartiQL's ExecuteTransaction do once their
// parameters are read: without JSON and without a connection. Thread-safe.
//
// A transaction is one commit: the engine plans all of its actions on the newest images while it
// holds their items, those of condition checks too, so that transactions and single writes are
// serializable, in the order of the log. Reads of a transaction come from one snapshot, which shows
// every commit whole or not at all.
namespace millrace {

// An element of CancellationReasons.
struct CancellationReason {
  std::string_view code = "None";
  std::string message;  // empty: none
  std::string item;     // item bytes; empty: none
};
// `error` is what keeps an action from being done: kValidation becomes ValidationError, and so on.
CancellationReason ReasonOf(const Status& error);

struct TransactWrite {
  WriteRequest request;
  // Something that only this action's table tells: then the transaction is canceled for it, and
  // `request` is not looked at.
  Status invalid;
  bool old_item_on_failure = false;  // ReturnValuesOnConditionCheckFailure is ALL_OLD
  // What the reason says when the condition fails, if not that: PartiQL's INSERT.
  std::optional<CancellationReason> failure;
};

struct TransactRequest {
  std::vector<TransactWrite> writes;
  std::optional<TransactionToken> token;
  WriteOrigin origin;
  ThroughputLimiter* throughput = nullptr;  // may be null
};

struct TransactResult {
  // OK; kTransactionCanceled with `reasons`; kValidation ("Transaction request cannot include
  // multiple operations on one item"), kIdempotentParameterMismatch, kTransactionInProgress,
  // kResourceNotFound, or what stopped the commit.
  Status status;
  std::vector<CancellationReason> reasons;  // as many as writes, when canceled
  // The token was used before, by the same request: nothing was written.
  bool repeated = false;
  // AWS's bytes that each action is charged for, when OK: the larger of before and after; when
  // repeated, of the item as it is now.
  std::vector<uint64_t> sizes;
  std::vector<WriteOutcome> outcomes;  // when OK and not repeated
};

// All of it or nothing. `done` runs through `home`, or at once.
//
// Each action takes two units and costs twice what the write alone would, whatever becomes of the
// transaction; it is canceled when tables lack the throughput for that, and nothing is taken. A
// repeated token is never throttled; what its reads cost is owed. Source: "Capacity management for
// transactions" in the developer guide.
void CommitTransaction(Database* database, const Clock& clock, CompletionQueue* home,
                       TransactRequest request, std::function<void(TransactResult)> done);

struct TransactRead {
  std::vector<std::string> items;  // in their order, all of one snapshot; empty: no such item
  std::vector<CancellationReason>
      reasons;  // when canceled for want of throughput: nothing was read
};
// Error: kValidation.
Result<TransactRead> ReadTransaction(const Database& database, ThroughputLimiter* throughput,
                                     const std::vector<ItemAddress>& items);

// The code's error with "[None, ConditionalCheckFailed]" in its text.
Status CanceledStatus(const std::vector<CancellationReason>& reasons);

}  // namespace millrace
