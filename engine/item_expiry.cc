#include "engine/item_expiry.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/expiry_index.h"
#include "engine/keys.h"

namespace millrace {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
// Source: "Using time to live" in the developer guide.
constexpr uint64_t kForgottenAfter = uint64_t{5} * 365 * 24 * 3600;  // seconds
constexpr size_t kAtOnceMax = 256;  // deletions under way: what clients queue waits behind them
constexpr std::string_view kService = "dynamodb.amazonaws.com";

// Counts commits down; they may complete on the thread that makes them.
class Countdown final : public CompletionQueue {
 public:
  explicit Countdown(size_t count) : left_(count) {}
  CommitCallback Callback() {
    return [this](const CommitResult& result) {
      const std::lock_guard lock(mutex_);
      if (result.status.ok() && result.outcomes.front().changed) ++changed_;
      if (--left_ == 0) done_.notify_one();
    };
  }
  void Post(std::vector<Completion> completions) override {
    for (Completion& completion : completions) completion.callback(std::move(completion.result));
  }
  // How many of them have changed something.
  size_t Wait() {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return left_ == 0; });
    return changed_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable done_;
  size_t left_;
  size_t changed_ = 0;
};

struct DueItem {
  ItemKey key;
  Value expiry;  // the attribute's value
};

// Those of [from, to), the oldest first.
Result<std::vector<DueItem>> ReadDue(const Store& store, const Index& index, uint64_t from,
                                     uint64_t to) {
  const std::string end = ExpiryBound(index.id, to);
  const rocksdb::Slice upper = end;
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> it(store.db()->NewIterator(options, store.indexes()));
  std::vector<DueItem> due;
  for (it->Seek(ExpiryBound(index.id, from)); it->Valid() && due.size() < kAtOnceMax; it->Next()) {
    DueItem item;
    IndexKey none;
    SplitIndexStorageKey(index.spec.schema, ToView(it->key()), &none, &item.key);
    const std::optional<ValueView> expiry =
        ItemOfIndexEntry(ToView(it->value())).Find(index.spec.included.front());
    if (!expiry) return Status(ErrorCode::kCorruption, "an entry of time to live is damaged");
    item.expiry = Value(*expiry);
    due.push_back(std::move(item));
  }
  RETURN_IF_ERROR(FromRocksDb(it->status(), "reading what is due"));
  return due;
}

// Plans it at once: the condition doesn't outlive this call, and its placeholders need not either.
void Delete(const TableRef& table, const std::string& attribute, DueItem item,
            CommitPlanner* planner, Countdown* countdown) {
  Placeholders placeholders;
  MILLRACE_CHECK(placeholders.AddName("#t", attribute).ok());
  MILLRACE_CHECK(placeholders.AddValue(":t", item.expiry).ok());
  Result<Condition> still_due = Condition::Parse("ConditionExpression", "#t = :t", &placeholders);
  MILLRACE_CHECK(still_due.ok());
  CommitRequest request;
  request.origin.principal = kService;
  request.origin.by_service = true;
  WriteRequest& write = request.writes.emplace_back();
  write.table = table;
  write.kind = WriteKind::kDelete;
  write.key = std::move(item.key);
  write.condition = std::move(still_due).value();
  planner->Commit(std::move(request), countdown, countdown->Callback());
}

}  // namespace

ItemExpiry::ItemExpiry(const Parts& parts) : parts_(parts), thread_([this] { Run(); }) {}

void ItemExpiry::Stop() {
  signal_.Stop();
  if (thread_.joinable()) thread_.join();
}

void ItemExpiry::Run() {
  while (signal_.Sleep(parts_.interval)) {
    for (const TableRef& table : parts_.catalog->All(false)) {
      if (table->ttl && table->ttl->enabled) DeleteDue(table);
    }
  }
}

// Until nothing is due, or nothing goes. What can't be read now is reported by whoever reads it
// next.
void ItemExpiry::DeleteDue(const TableRef& table) {
  const Index index = *ExpiryIndexOf(*table);
  const auto now = static_cast<uint64_t>(parts_.clock->WallMicros() / kMicrosPerSecond);
  const uint64_t from = now < kForgottenAfter ? 0 : now - kForgottenAfter;
  while (!signal_.stopping()) {
    Result<std::vector<DueItem>> due = ReadDue(*parts_.store, index, from, now);
    if (!due.ok() || due->empty()) return;
    Countdown countdown(due->size());
    for (DueItem& item : *due) {
      Delete(table, index.spec.included.front(), std::move(item), parts_.planner, &countdown);
    }
    if (countdown.Wait() == 0) return;
  }
}

}  // namespace millrace
