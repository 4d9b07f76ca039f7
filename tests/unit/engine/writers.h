#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/random.h"
#include "engine/database.h"
#include "log_audit.h"

namespace millrace::testing {

/// Clients that write at random and remember what they were told, for tests that then hurt the
/// database and hold it to that.

/// A commit that was asked for, and its answer. Its id is its records' request id, its items' value
/// (before a dot and padding) and its cell's value, so that each of them can be told in the log.
struct Attempt {
  std::string id;
  struct Write {
    TableId table;
    ItemKey key;
    bool removes = false;
  };
  std::vector<Write> writes;
  std::string cell;  // its key; empty: none
  bool only_if_absent = false;
  bool transaction = false;  // and its id ends with "x" and the number of its writes

  bool answered = false;
  Status status;
  Lsn lsn;
  std::vector<std::string> seen;  // ids of the attempts whose items the answer shows
};

struct WritersOptions {
  uint64_t seed = 0;
  std::string name;  // of this run: unique among the runs on one database
  int threads = 4;
  int attempts_each = 60;
  int under_way = 8;  // commits of one writer at once
  int keys = 30;      // of each table
  size_t padding_max = 1200;
  // One attempt in so many is a transaction of 100 items over all tables; 0: none. There must be
  // enough keys for that.
  uint64_t transaction_one_in = 0;
};

/// Every writer works until it has made its attempts or one fails with kIo or kUnavailable. Returns
/// when all are answered.
std::vector<Attempt> RunWriters(Database* database, const std::vector<TableRef>& tables,
                                const WritersOptions& options);

/// A table of writers' items with a global index (`by_sk`) and a local one (`by_id`).
TableSpec IndexedSpec(const std::string& name);

/// One random attempt, and the request for it.
Attempt MakeAttempt(const std::vector<TableRef>& tables, const WritersOptions& options,
                    const std::string& id, Random* random, CommitRequest* request);

/// Reports as test failures: an acknowledged attempt that isn't in the log exactly once, whole,
/// where the answer said; one refused that is there; one that failed and is there in part or twice;
/// an answer that shows what the log doesn't hold; records nobody asked for; a writer's commits out
/// of its order. `attempts`: of all runs so far; each run's in the order that they were made by
/// each writer.
void CheckAttempts(const std::vector<Attempt>& attempts, const AuditedLog& log);

}  // namespace millrace::testing
