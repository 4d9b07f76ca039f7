#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/database.h"

namespace millrace {

// Another database, for tests that watch or change a few of its calls: they override those.
class ForwardingDatabase : public Database {
 public:
  explicit ForwardingDatabase(Database* database) : database_(database) {}

  Status Close() override { return database_->Close(); }
  Result<TableRef> CreateTable(const TableSpec& spec) override {
    return database_->CreateTable(spec);
  }
  Result<TableRef> DeleteTable(std::string_view name) override {
    return database_->DeleteTable(name);
  }
  Result<TableRef> UpdateTable(std::string_view name, const TableUpdate& update) override {
    return database_->UpdateTable(name, update);
  }
  TableRef FindTable(std::string_view name) const override { return database_->FindTable(name); }
  TableRef FindTable(TableId id) const override { return database_->FindTable(id); }
  std::vector<TableRef> Tables() const override { return database_->Tables(); }
  std::vector<TableRef> TablesWithDeleted() const override {
    return database_->TablesWithDeleted();
  }
  TableStatistics Statistics(TableId id) const override { return database_->Statistics(id); }
  TableStatistics IndexStatistics(IndexId id) const override {
    return database_->IndexStatistics(id);
  }
  Result<uint64_t> ItemCollectionSize(const Table& table, std::string_view pk) const override {
    return database_->ItemCollectionSize(table, pk);
  }
  Result<bool> Get(const Table& table, const ItemKey& key, std::string* item,
                   bool cached_only) const override {
    return database_->Get(table, key, item, cached_only);
  }
  Result<std::vector<std::string>> GetMany(const std::vector<ItemAddress>& items,
                                           size_t size_max) const override {
    return database_->GetMany(items, size_max);
  }
  Result<Page> ReadPage(const PageRequest& request) const override {
    return database_->ReadPage(request);
  }
  Result<std::optional<Cell>> ReadCell(std::string_view key) const override {
    return database_->ReadCell(key);
  }
  Result<std::vector<std::pair<std::string, Cell>>> ListCells(std::string_view prefix,
                                                              std::string_view after,
                                                              size_t limit) const override {
    return database_->ListCells(prefix, after, limit);
  }
  void Commit(CommitRequest request, CompletionQueue* home, CommitCallback callback) override {
    database_->Commit(std::move(request), home, std::move(callback));
  }
  CommitResult CommitAndWait(CommitRequest request) override {
    return database_->CommitAndWait(std::move(request));
  }
  CommitLog* log() override { return database_->log(); }
  Lsn applied_lsn() const override { return database_->applied_lsn(); }
  void AddListener(CommitListener* listener) override { database_->AddListener(listener); }
  void RemoveListener(CommitListener* listener) override { database_->RemoveListener(listener); }
  Result<uint64_t> TrimLog(Lsn keep_from, int64_t older_than_micros) override {
    return database_->TrimLog(keep_from, older_than_micros);
  }
  Status Flush() override { return database_->Flush(); }

 private:
  Database* const database_;
};

}  // namespace millrace
