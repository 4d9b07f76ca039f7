#include "server/protocol/transact_core.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "engine/base/limits.h"
#include "engine/model/item.h"
#include "engine/transaction_errors.h"
#include "server/protocol/capacity.h"

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

using Kind = ThroughputLimiter::Kind;

// What an action costs of its table.
double ActionUnits(Kind kind, uint64_t bytes) {
  return 2 * (kind == Kind::kRead ? ReadUnits(bytes, true) : WriteUnits(bytes));
}

void ChargeRead(ThroughputLimiter* limiter, const Table& table, const std::string& item,
                double taken) {
  const uint64_t bytes = item.empty() ? 0 : ItemView(item).aws_size();
  ChargeUnits(limiter, table, Kind::kRead, ActionUnits(Kind::kRead, bytes) - taken);
}

// Takes what each action costs at least. When that cannot be: takes nothing, and returns the
// reasons.
std::vector<CancellationReason> TakeForActions(ThroughputLimiter* limiter, Kind kind,
                                               const std::vector<const Table*>& tables) {
  const double least = ActionUnits(kind, 0);
  std::vector<Status> taken;
  bool throttled = false;
  for (const Table* table : tables) {
    taken.push_back(TakeUnits(limiter, *table, kind, least));
    throttled = throttled || !taken.back().ok();
  }
  std::vector<CancellationReason> reasons;
  if (!throttled) return reasons;
  for (size_t i = 0; i < tables.size(); ++i) {
    reasons.push_back(ReasonOf(taken[i]));
    if (taken[i].ok()) ChargeUnits(limiter, *tables[i], kind, -least);
  }
  return reasons;
}

// What is remembered of a transaction while it is being committed.
struct Pending {
  std::vector<bool> old_item_on_failure;
  std::vector<std::optional<CancellationReason>> failures;
  std::vector<TableRef> tables;
  ThroughputLimiter* throughput = nullptr;
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

void ChargeActions(const Pending& pending, const CommitResult& commit) {
  for (size_t i = 0; i < commit.outcomes.size(); ++i) {
    const WriteOutcome& outcome = commit.outcomes[i];
    uint64_t bytes = std::max(outcome.old_size, outcome.new_size);
    if (!commit.status.ok()) {
      bytes = outcome.old_image.empty() ? 0 : ItemView(outcome.old_image).aws_size();
    }
    ChargeWrite(pending.throughput, *pending.tables[i],
                ActionUnits(Kind::kWrite, bytes) - ActionUnits(Kind::kWrite, 0),
                commit.status.ok() ? outcome.index_writes : std::vector<IndexWrite>(), 2);
  }
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
  for (size_t i = 0; i < items.size(); ++i) {
    const std::string& item = (*found)[i];
    result.sizes.push_back(item.empty() ? 0 : ItemView(item).aws_size());
    ChargeRead(request.throughput, *items[i].table, item, 0);
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
  std::vector<const Table*> tables;
  for (const TransactWrite& write : request.writes) tables.push_back(write.request.table.get());
  auto throttled = TakeForActions(request.throughput, Kind::kWrite, tables);
  if (!throttled.empty()) return done(Canceled(std::move(throttled)));
  const auto pending = std::make_shared<Pending>();
  pending->done = std::move(done);
  pending->throughput = request.throughput;
  for (TransactWrite& write : request.writes) {
    pending->tables.push_back(write.request.table);
    write.request.count_indexes =
        write.request.count_indexes || ChargesIndexes(request.throughput, *write.request.table);
    pending->old_item_on_failure.push_back(write.old_item_on_failure);
    pending->failures.push_back(std::move(write.failure));
    commit.writes.push_back(std::move(write.request));
  }
  database->Commit(std::move(commit), home, [pending](CommitResult result) {
    ChargeActions(*pending, result);
    pending->done(ResultOf(*pending, std::move(result)));
  });
}

Result<TransactRead> ReadTransaction(const Database& database, ThroughputLimiter* throughput,
                                     const std::vector<ItemAddress>& items) {
  std::set<std::pair<TableId, ItemKey>> seen;
  for (const ItemAddress& item : items) {
    if (!seen.emplace(item.table->id, item.key).second) {
      return MultipleOperationsOnOneItem();
    }
  }
  std::vector<const Table*> tables;
  for (const ItemAddress& item : items) tables.push_back(item.table.get());
  TransactRead read;
  read.reasons = TakeForActions(throughput, Kind::kRead, tables);
  if (!read.reasons.empty()) return read;
  Result<std::vector<std::string>> found = database.GetMany(items, kTransactionSizeMax);
  if (found.status().Is(ErrorCode::kLimitExceeded)) return TransactionTooLarge();
  if (!found.ok()) return found.status();
  read.items = std::move(*found);
  for (size_t i = 0; i < items.size(); ++i) {
    ChargeRead(throughput, *tables[i], read.items[i], ActionUnits(Kind::kRead, 0));
  }
  return read;
}

}  // namespace millrace
