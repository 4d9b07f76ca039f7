#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/status.h"
#include "engine/database.h"
#include "sdk/frames.h"
#include "triggers/job.h"

namespace millrace {

struct ReplayTablesSpec {
  std::string prefix;  // of the names of the tables that take the writes
  // Tables that are diverted from the first record on: (the function's name of it, the name of its
  // double). Without a prefix there are no others.
  std::vector<std::pair<std::string, std::string>> names;
  bool temporary = false;  // the doubles are deleted at the end
  bool diverts = false;    // false: nothing is written, reads are of the live tables
};

// The tables of a replay: what the function writes goes to doubles, made like the tables that they
// stand for (SpecOfCopy, with all indexes: what these refuse is refused here too) and empty at the
// start, and reads of a diverted table are answered by its double. Reads
// of any other table are answered by the live one, as it is now; if the function then writes to it,
// its reads should have been diverted as well: the replay has to begin again with that table among
// the names (read_before_written). One thread.
class ReplayTables {
 public:
  ReplayTables(Database* database, ReplayTablesSpec spec);
  // Deletes temporary doubles.
  ~ReplayTables();
  // It may turn out, as long as records are left, that the replay has to begin again.
  bool may_begin_again() const { return spec_.diverts && !spec_.prefix.empty(); }
  // Deletes every double, to begin again. False: one was there before.
  bool Discard();
  // The table whose writes were refused because it was read; empty: none.
  const std::string& read_before_written() const { return read_before_written_; }
  ReplayTables(const ReplayTables&) = delete;
  ReplayTables& operator=(const ReplayTables&) = delete;

  // Makes the doubles of spec.names. Errors: kInvalidParameterValue, kResourceNotFound.
  Status Prepare();
  // The double that takes the function's writes to `name`; made with the first. Errors:
  // kInvalidParameterValue, kResourceNotFound, those of a commit.
  Result<TableRef> ForWrites(std::string_view name);
  GetReplyFrame Read(GetFrame get);
  // Compares every double with the table that it stands for: the job is given the counts of all
  // differences, and the first `shown_max` of them as lines.
  Status Compare(Job* job, size_t shown_max);

 private:
  Result<TableRef> Make(std::string_view name, const std::string& name_of_double);
  Status CompareOne(const TableRef& live, const TableRef& replayed, Job* job, size_t shown_max);

  Database* database_;
  const ReplayTablesSpec spec_;
  std::map<std::string, TableRef, std::less<>> doubles_;  // by the function's name
  std::set<std::string, std::less<>> made_;               // here, of doubles_
  std::set<std::string, std::less<>> read_live_;
  std::string read_before_written_;
};

}  // namespace millrace
