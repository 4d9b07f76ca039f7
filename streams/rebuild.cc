#include "streams/rebuild.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "engine/keys.h"
#include "streams/scratch_table.h"
#include "streams/table_feed.h"

namespace millrace {
namespace {

constexpr uint64_t kRecordsBetweenCancelChecks = 4096;

Status TableNotFound() {
  return Status(ErrorCode::kResourceNotFound, "Requested resource not found");
}

// One rebuild under way: the fold of the log, and the comparison of page after page with it.
class Rebuild {
 public:
  Rebuild(Database* database, TableRef table, const RebuildOptions& options,
          std::unique_ptr<ScratchTable> scratch)
      : database_(database),
        table_(std::move(table)),
        options_(options),
        scratch_(std::move(scratch)),
        feed_(database->log(), table_->id, table_->created_lsn) {}

  Result<RebuildReport> Run();

 private:
  Result<Page> ReadPublishedPage(const PageRequest& request) const;
  Status FoldTo(Lsn lsn);
  Status Apply(RecordView record);
  Status ComparePage(const Page& page);
  Status Prepare(const Page& page, std::vector<std::string>* keys) const;
  void CompareItem(std::string_view storage_key, std::string_view live, std::string_view rebuilt,
                   Lsn as_of);
  std::string StorageKeyOf(const ItemKey& key) const {
    return ItemStorageKey(table_->id, KeyHash(*table_, key.pk), key);
  }
  Status CheckCancelled() const {
    if (!options_.cancelled || !options_.cancelled()) return Status::Ok();
    return Status(ErrorCode::kUnavailable, "The rebuild was cancelled");
  }

  Database* database_;
  TableRef table_;
  const RebuildOptions& options_;
  std::unique_ptr<ScratchTable> scratch_;
  TableFeed feed_;
  Lsn folded_;               // the scratch table is the log's state as of this commit
  std::string compared_to_;  // storage key: everything up to and including it was compared
  RebuildReport report_;
};

Status TrimmedTable(const Table& table, Lsn oldest) {
  return Status(ErrorCode::kTrimmedDataAccess,
                "Table " + table.spec.name +
                    " can't be rebuilt from the log alone: it was created by commit " +
                    std::to_string(table.created_lsn.value()) +
                    ", and the log now begins at commit " + std::to_string(oldest.value()) +
                    " (earlier records were trimmed)");
}

Result<RebuildReport> Rebuild::Run() {
  RETURN_IF_ERROR(FoldTo(database_->applied_lsn()));
  PageRequest request;
  request.table = table_;
  request.limit = std::max<size_t>(options_.page_items, 1);
  do {
    ASSIGN_OR_RETURN(const Page page, ReadPublishedPage(request));
    if (page.as_of < folded_) {
      return Status(ErrorCode::kInternal, "A page of the table is older than the one before it");
    }
    RETURN_IF_ERROR(FoldTo(page.as_of));
    RETURN_IF_ERROR(ComparePage(page));
    if (report_.first_as_of == Lsn()) report_.first_as_of = page.as_of;
    report_.last_as_of = page.as_of;
    request.exclusive_start = page.last_evaluated;
  } while (request.exclusive_start.has_value());
  report_.equal = report_.differences == 0;
  return std::move(report_);
}

// A snapshot may show a commit a moment before the catalog does. One that does so is taken anew, so
// that a table emptied by its deletion is known to be deleted rather than found to differ.
Result<Page> Rebuild::ReadPublishedPage(const PageRequest& request) const {
  for (;;) {
    RETURN_IF_ERROR(CheckCancelled());
    ASSIGN_OR_RETURN(Page page, database_->ReadPage(request));
    if (page.as_of > database_->applied_lsn()) continue;
    const TableRef now = database_->FindTable(table_->id);
    if (now == nullptr || now->deleted()) return TableNotFound();
    return page;
  }
}

Status Rebuild::FoldTo(Lsn lsn) {
  for (;;) {
    auto next = feed_.Next(lsn);
    if (!next.ok()) {
      if (!next.status().Is(ErrorCode::kTrimmedDataAccess)) return next.status();
      return TrimmedTable(*table_, database_->log()->first_lsn());
    }
    if (!next->has_value()) break;
    RETURN_IF_ERROR(Apply((*next)->record));
    if (++report_.records % kRecordsBetweenCancelChecks == 0) RETURN_IF_ERROR(CheckCancelled());
  }
  folded_ = lsn;
  return Status::Ok();
}

Status Rebuild::Apply(RecordView record) {
  ASSIGN_OR_RETURN(const ItemKey key, KeyOfItem(table_->spec.schema, record.keys()));
  const std::string storage_key = ItemStorageKey(table_->id, record.key_hash(), key);
  if (record.new_image().empty()) return scratch_->Delete(storage_key);
  return scratch_->Put(storage_key, record.new_image().bytes());
}

// The storage keys of the page's items, checked to be in order: the walk below relies on it.
Status Rebuild::Prepare(const Page& page, std::vector<std::string>* keys) const {
  for (const std::string& item : page.items) {
    ASSIGN_OR_RETURN(const ItemKey key, KeyOfItem(table_->spec.schema, ItemView(item)));
    keys->push_back(StorageKeyOf(key));
    const std::string& before = keys->size() > 1 ? (*keys)[keys->size() - 2] : compared_to_;
    if (keys->back() <= before) {
      return Status(ErrorCode::kInternal, "The pages of the table are not in the order of keys");
    }
  }
  return Status::Ok();
}

// Walks the page and the same range of keys of the scratch table side by side.
Status Rebuild::ComparePage(const Page& page) {
  std::vector<std::string> keys;
  RETURN_IF_ERROR(Prepare(page, &keys));
  const std::string upper = page.last_evaluated.has_value()
                                ? StorageKeyOf(*page.last_evaluated)
                                : PrefixEnd(HashPrefix(table_->id, UINT64_MAX));
  std::string from = compared_to_;
  if (!from.empty()) from.push_back('\0');  // the key right after it
  ASSIGN_OR_RETURN(const auto rebuilt, scratch_->Seek(from));
  size_t i = 0;
  for (;;) {
    const bool has_live = i < keys.size();
    const bool has_rebuilt = rebuilt->valid() && rebuilt->key() <= upper;
    if (!has_live && !has_rebuilt) break;
    const bool take_live = has_live && (!has_rebuilt || keys[i] <= rebuilt->key());
    const bool take_rebuilt = has_rebuilt && (!has_live || rebuilt->key() <= keys[i]);
    CompareItem(take_live ? std::string_view(keys[i]) : rebuilt->key(),
                take_live ? std::string_view(page.items[i]) : std::string_view(),
                take_rebuilt ? rebuilt->value() : std::string_view(), page.as_of);
    if (take_live) ++i;
    if (take_rebuilt) rebuilt->Next();
  }
  compared_to_ = upper;
  return rebuilt->status();
}

// One key; no item is an empty view.
void Rebuild::CompareItem(std::string_view storage_key, std::string_view live,
                          std::string_view rebuilt, Lsn as_of) {
  if (!live.empty()) ++report_.live_items;
  if (!rebuilt.empty()) ++report_.rebuilt_items;
  if (live == rebuilt) return;
  if (report_.differences++ > 0) return;
  TableDifference difference;
  difference.kind = live.empty()      ? TableDifference::Kind::kMissingInTable
                    : rebuilt.empty() ? TableDifference::Kind::kMissingInLog
                                      : TableDifference::Kind::kDifferentItem;
  difference.key = ItemKeyOfStorageKey(storage_key);
  difference.live_item = std::string(live);
  difference.rebuilt_item = std::string(rebuilt);
  difference.as_of = as_of;
  report_.first_difference = std::move(difference);
}

}  // namespace

std::string_view WireName(TableDifference::Kind kind) {
  switch (kind) {
    case TableDifference::Kind::kMissingInTable:
      return "MISSING_IN_TABLE";
    case TableDifference::Kind::kMissingInLog:
      return "MISSING_IN_LOG";
    case TableDifference::Kind::kDifferentItem:
      return "DIFFERENT_ITEM";
  }
  return "";
}

Result<RebuildReport> RebuildAndCompare(Database* database, TableId table_id,
                                        const RebuildOptions& options) {
  const TableRef table = database->FindTable(table_id);
  if (table == nullptr || table->deleted()) return TableNotFound();
  const Lsn oldest = database->log()->first_lsn();
  if (table->created_lsn < oldest) return TrimmedTable(*table, oldest);
  ASSIGN_OR_RETURN(auto scratch, ScratchTable::Create(options.scratch_directory));
  return Rebuild(database, table, options, std::move(scratch)).Run();
}

}  // namespace millrace
