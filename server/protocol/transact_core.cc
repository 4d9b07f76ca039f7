#include "server/protocol/transact_core.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "engine/base/limits.h"
#include "engine/model/item.h"
#include "engine/transaction_errors.h"

namespace millrace {
namespace {

// Only what concerns the one action, and leaves the transaction to be tried again or mended.
// Source: TransactionCanceledException in the API reference.
std::string_view CodeOf(const Status& error) {
  switch (error.code()) {
    case ErrorCode::kConditionalCheckFailed:
      return "ConditionalCheckFailed";
    case ErrorCode::kValidation:
      return "ValidationError";
    case ErrorCode::kTransactionConflict:
      return "TransactionConflict";
    case ErrorCode::kItemCollectionSizeLimitExceeded:
      return "ItemCollectionSizeLimitExceeded";
    case ErrorCode::kProvisionedThroughputExceeded:
      return "ProvisionedThroughputExceeded";
    case ErrorCode::kThrottling:
      return "ThrottlingError";
    default:
      return {};
  }
}

// What is remembered of a transaction while it is being committed.
struct Pending {
  std::vector<bool> old_item_on_failure;
  std::vector<std::optional<CancellationReason>> failures;
  std::function<void(TransactResult)> done;
};

TransactResult Failed(Status status) {
  TransactResult result;
  result.status = std::move(status);
  return result;
}

TransactResult Canceled(std::vector<CancellationReason> reasons) {
  TransactResult result;
  result.status = CanceledStatus(reasons);
  result.reasons = std::move(reasons);
  return result;
}

TransactResult CanceledBy(const Pending& pending, std::vector<WriteOutcome> outcomes) {
  std::vector<CancellationReason> reasons(outcomes.size());
  for (size_t i = 0; i < outcomes.size(); ++i) {
    const Status& status = outcomes[i].status;
    if (status.ok()) continue;
    // A table that is gone, or something that is no action's fault.
    if (CodeOf(status).empty()) return Failed(status);
    reasons[i] = ReasonOf(status);
    if (!status.Is(ErrorCode::kConditionalCheckFailed)) continue;
    if (pending.failures[i]) reasons[i] = *pending.failures[i];
    if (pending.old_item_on_failure[i]) reasons[i].item = std::move(outcomes[i].old_image);
  }
  return Canceled(std::move(reasons));
}

TransactResult ResultOf(const Pending& pending, CommitResult commit) {
  if (commit.status.Is(ErrorCode::kTransactionCanceled)) {
    return CanceledBy(pending, std::move(commit.outcomes));
  }
  // The token is the only cell.
  if (commit.status.Is(ErrorCode::kFenced)) {
    return Failed(Status(ErrorCode::kTransactionInProgress,
                         "Transaction from previous request is still in progress"));
  }
  TransactResult result;
  result.status = std::move(commit.status);
  if (!result.status.ok()) return result;
  for (const WriteOutcome& outcome : commit.outcomes) {
    result.sizes.push_back(std::max(outcome.old_size, outcome.new_size));
  }
  result.outcomes = std::move(commit.outcomes);
  return result;
}

// A transaction that was done before.
TransactResult Repeated(const Database& database, const TransactRequest& request) {
  std::vector<ItemAddress> items;
  for (const TransactWrite& write : request.writes) {
    items.push_back({write.request.table, write.request.key});
  }
  Result<std::vector<std::string>> found = database.GetMany(items, SIZE_MAX);
  if (!found.ok()) return Failed(found.status());
  TransactResult result;
  result.repeated = true;
  for (const std::string& item : *found) {
    result.sizes.push_back(item.empty() ? 0 : ItemView(item).aws_size());
  }
  return result;
}

// The reasons, when an action is known not to be possible before anything was tried.
std::optional<std::vector<CancellationReason>> InvalidReasons(const TransactRequest& request) {
  std::vector<CancellationReason> reasons;
  bool invalid = false;
  for (const TransactWrite& write : request.writes) {
    reasons.push_back(ReasonOf(write.invalid));
    invalid = invalid || !write.invalid.ok();
  }
  return invalid ? std::make_optional(std::move(reasons)) : std::nullopt;
}

}  // namespace

CancellationReason ReasonOf(const Status& error) {
  CancellationReason reason;
  if (error.ok()) return reason;
  reason.code = CodeOf(error);
  reason.message = error.message();
  return reason;
}

Status CanceledStatus(const std::vector<CancellationReason>& reasons) {
  std::string text =
      "Transaction cancelled, please refer cancellation reasons for specific reasons [";
  for (size_t i = 0; i < reasons.size(); ++i) {
    text.append(i == 0 ? "" : ", ").append(reasons[i].code);
  }
  return Status(ErrorCode::kTransactionCanceled, text + "]");
}

void CommitTransaction(Database* database, const Clock& clock, CompletionQueue* home,
                       TransactRequest request, std::function<void(TransactResult)> done) {
  if (auto reasons = InvalidReasons(request)) return done(Canceled(std::move(*reasons)));
  CommitRequest commit;
  commit.transaction = true;
  commit.origin = std::move(request.origin);
  if (request.token) {
    Result<TokenLookup> lookup = LookUpToken(*database, clock, *request.token);
    if (!lookup.ok()) return done(Failed(lookup.status()));
    if (lookup->use == TokenUse::kRepeated) return done(Repeated(*database, request));
    commit.cells.push_back(std::move(lookup->change));
  }
  const auto pending = std::make_shared<Pending>();
  pending->done = std::move(done);
  for (TransactWrite& write : request.writes) {
    pending->old_item_on_failure.push_back(write.old_item_on_failure);
    pending->failures.push_back(std::move(write.failure));
    commit.writes.push_back(std::move(write.request));
  }
  database->Commit(std::move(commit), home, [pending](CommitResult result) {
    pending->done(ResultOf(*pending, std::move(result)));
  });
}

Result<std::vector<std::string>> ReadTransaction(const Database& database,
                                                 const std::vector<ItemAddress>& items) {
  std::set<std::pair<TableId, ItemKey>> seen;
  for (const ItemAddress& item : items) {
    if (!seen.emplace(item.table->id, item.key).second) {
      return MultipleOperationsOnOneItem();
    }
  }
  Result<std::vector<std::string>> found = database.GetMany(items, kTransactionSizeMax);
  if (found.status().Is(ErrorCode::kLimitExceeded)) return TransactionTooLarge();
  return found;
}

}  // namespace millrace
