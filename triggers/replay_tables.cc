#include "triggers/replay_tables.h"

#include <algorithm>

#include "streams/table_copy.h"
#include "triggers/read_pool.h"
#include "triggers/trigger_specs.h"

namespace millrace {
namespace {

constexpr size_t kPageItems = 1000;
constexpr size_t kReadLiveMax = 1000;  // tables

Status Invalid(std::string message) {
  return Status(ErrorCode::kInvalidParameterValue, std::move(message));
}

}  // namespace

ReplayTables::ReplayTables(Database* database, ReplayTablesSpec spec)
    : database_(database), spec_(std::move(spec)) {}

ReplayTables::~ReplayTables() {
  if (!spec_.temporary) return;
  for (const auto& [name, table] : doubles_) {
    // One that cannot be deleted now is deleted by the next comparison.
    static_cast<void>(database_->DeleteTable(table->spec.name));
  }
}

bool ReplayTables::Discard() {
  if (made_.size() != doubles_.size()) return false;
  for (const auto& [name, table] : doubles_) {
    if (!database_->DeleteTable(table->spec.name).ok()) return false;
  }
  doubles_.clear();
  made_.clear();
  return true;
}

Status ReplayTables::Prepare() {
  for (const auto& [name, name_of_double] : spec_.names) {
    RETURN_IF_ERROR(Make(name, name_of_double).status());
  }
  return Status::Ok();
}

Result<TableRef> ReplayTables::Make(std::string_view name, const std::string& name_of_double) {
  const TableRef live = database_->FindTable(name);
  if (live == nullptr) {
    return Status(ErrorCode::kResourceNotFound,
                  "Requested resource not found: Table: " + std::string(name) + " not found");
  }
  TableRef table = database_->FindTable(name_of_double);
  if (table == nullptr && !spec_.temporary && !IsTableName(name_of_double)) {
    return Invalid("Writes to the table " + std::string(name) + " cannot go into '" +
                   name_of_double +
                   "': the name of a table is 3 to 255 characters of a-z, A-Z, 0-9, '_', '-' and "
                   "'.'.");
  }
  if (table == nullptr) {
    ASSIGN_OR_RETURN(table, database_->CreateTable(SpecOfCopy(*live, name_of_double)));
    made_.emplace(name);
  }
  if (table->id == live->id || !(table->spec.schema == live->spec.schema)) {
    return Invalid("The table " + name_of_double + " cannot stand for " + std::string(name) +
                   ": its key is another, or it is the same table.");
  }
  PageRequest first;
  first.table = table;
  first.limit = 1;
  ASSIGN_OR_RETURN(const Page page, database_->ReadPage(first));
  if (!page.items.empty()) {
    return Invalid("The table " + name_of_double +
                   " has items: delete it first, or choose another name.");
  }
  doubles_.emplace(name, table);
  return table;
}

Result<TableRef> ReplayTables::ForWrites(std::string_view name) {
  const auto at = doubles_.find(name);
  if (at != doubles_.end()) return at->second;
  if (read_live_.count(name) != 0) {
    read_before_written_ = name;
    return Invalid("The function reads the table " + std::string(name) +
                   " before it writes to it: say so (--divert " + std::string(name) +
                   "), so that its reads are diverted too, from the first record on.");
  }
  if (spec_.prefix.empty()) {
    return Invalid("The function writes to the table " + std::string(name) +
                   ", for which no other is named: name it too (--into " + std::string(name) +
                   "=OTHER).");
  }
  return Make(name, spec_.prefix + std::string(name));
}

GetReplyFrame ReplayTables::Read(GetFrame get) {
  const auto at = doubles_.find(get.table_name);
  if (at != doubles_.end()) {
    get.table_name = at->second->spec.name;
  } else if (spec_.diverts && read_live_.size() < kReadLiveMax) {
    read_live_.insert(get.table_name);
  }
  return *AnswerGet(*database_, get, false);
}

Status ReplayTables::Compare(Job* job, size_t shown_max) {
  for (const auto& [name, table] : doubles_) {
    const TableRef live = database_->FindTable(name);
    if (live == nullptr) return Invalid("The table " + name + " was deleted meanwhile.");
    RETURN_IF_ERROR(CompareOne(live, table, job, shown_max));
  }
  return Status::Ok();
}

Status ReplayTables::CompareOne(const TableRef& live, const TableRef& replayed, Job* job,
                                size_t shown_max) {
  ItemCounts counts;
  counts.table = live->spec.name;
  size_t shown = job->Describe().differences_shown;
  const auto tell = [&](std::string message, const std::string& replay, const std::string& there) {
    if (shown == shown_max) return;
    ++shown;
    JobLine line;
    line.kind = JobLine::Kind::kDifference;
    line.table = live->spec.name;
    line.message = std::move(message);
    line.replayed = replay;
    line.live = there;
    job->Say(std::move(line));
  };
  // Both ways: what the replay made against what is there, then what only the live table has.
  for (const bool from_replay : {true, false}) {
    PageRequest request;
    request.table = from_replay ? replayed : live;
    request.limit = kPageItems;
    do {
      if (job->stopped()) return Status::Ok();
      ASSIGN_OR_RETURN(const Page page, database_->ReadPage(request));
      for (const std::string& item : page.items) {
        ASSIGN_OR_RETURN(const ItemKey key, KeyOfItem(live->spec.schema, ItemView(item)));
        std::string other;
        ASSIGN_OR_RETURN(const bool found,
                         database_->Get(from_replay ? *live : *replayed, key, &other));
        if (!from_replay && !found) {
          ++counts.only_live;
          tell("ONLY_LIVE", "", item);
        } else if (from_replay && !found) {
          ++counts.only_replayed;
          tell("ONLY_REPLAYED", item, "");
        } else if (from_replay && other != item) {
          ++counts.different;
          tell("DIFFERENT", item, other);
        } else if (from_replay) {
          ++counts.equal;
        }
      }
      request.exclusive_start = page.last_evaluated;
    } while (request.exclusive_start);
  }
  job->Update([&](JobDescription* description) {
    description->items.push_back(counts);
    description->differences += counts.differences();
    description->differences_shown = shown;
  });
  return Status::Ok();
}

}  // namespace millrace
