#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/database.h"

namespace millrace {

// A Database with one table, `abc` (pk: S), that answers as a test tells it to. What no test of the
// server's own logic needs answers kUnavailable.
class ScriptedDatabase final : public Database {
 public:
  ScriptedDatabase() {
    auto table = std::make_shared<Table>();
    table->id = TableId(1);
    table->spec.name = "abc";
    table->spec.schema.hash.name = "pk";
    table_ = std::move(table);
  }

  // What Get says: an item's bytes, empty for none.
  std::function<Result<std::string>(bool cached_only)> get = [](bool) { return std::string(); };
  // What becomes of a commit's writes.
  std::function<Status(const CommitRequest&)> commit;
  // Commits of several writes are completed from another thread, as a committer would.
  bool complete_later = false;
  std::vector<std::pair<CompletionQueue*, CompletionQueue::Completion>> held;
  void CompleteHeld() {
    for (auto& [home, completion] : held) PostOne(home, std::move(completion));
    held.clear();
  }

  Status Close() override { return Status::Ok(); }
  Result<TableRef> CreateTable(const TableSpec&) override { return Unavailable(); }
  Result<TableRef> DeleteTable(std::string_view) override { return Unavailable(); }
  Result<TableRef> UpdateTable(std::string_view, const TableUpdate&) override {
    return Unavailable();
  }
  TableRef FindTable(std::string_view name) const override {
    return name == table_->spec.name ? table_ : nullptr;
  }
  TableRef FindTable(TableId) const override { return table_; }
  std::vector<TableRef> Tables() const override { return {table_}; }
  std::vector<TableRef> TablesWithDeleted() const override { return {table_}; }
  TableStatistics Statistics(TableId) const override { return {}; }
  TableStatistics IndexStatistics(IndexId) const override { return {}; }
  Result<uint64_t> ItemCollectionSize(const Table&, std::string_view) const override {
    return Unavailable();
  }
  Result<bool> Get(const Table&, const ItemKey&, std::string* item,
                   bool cached_only) const override {
    ASSIGN_OR_RETURN(*item, get(cached_only));
    return !item->empty();
  }
  Result<Page> ReadPage(const PageRequest&) const override { return Unavailable(); }
  Result<std::optional<Cell>> ReadCell(std::string_view) const override { return Unavailable(); }
  Result<std::vector<std::string>> GetMany(const std::vector<ItemAddress>&, size_t) const override {
    return Unavailable();
  }
  Result<std::vector<std::pair<std::string, Cell>>> ListCells(std::string_view, std::string_view,
                                                              size_t) const override {
    return Unavailable();
  }
  void Commit(CommitRequest request, CompletionQueue* home, CommitCallback callback) override {
    CommitResult result;
    result.status = commit(request);
    result.outcomes.resize(request.writes.size());
    CompletionQueue::Completion completion{std::move(callback), std::move(result)};
    if (complete_later) {
      held.emplace_back(home, std::move(completion));
    } else {
      PostOne(home, std::move(completion));
    }
  }
  CommitResult CommitAndWait(CommitRequest) override { return {Unavailable(), {}, Lsn()}; }
  CommitLog* log() override { return nullptr; }
  Lsn applied_lsn() const override { return Lsn(); }
  void AddListener(CommitListener*) override {}
  void RemoveListener(CommitListener*) override {}
  Result<uint64_t> TrimLog(Lsn, int64_t) override { return Unavailable(); }
  Status Flush() override { return Unavailable(); }

 private:
  static Status Unavailable() { return Status(ErrorCode::kUnavailable, "not in this test"); }
  static void PostOne(CompletionQueue* home, CompletionQueue::Completion completion) {
    std::vector<CompletionQueue::Completion> completions;
    completions.push_back(std::move(completion));
    home->Post(std::move(completions));
  }

  TableRef table_;
};

}  // namespace millrace
