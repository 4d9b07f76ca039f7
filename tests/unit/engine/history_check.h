#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace millrace::testing {

/// Checkers of what concurrent clients recorded: pure functions of a history, so that they can be
/// shown to find what they are there for (history_check_test.cc). Each returns a sentence for every
/// fault that it finds; nothing: the history may have happened.

/// What one transaction was told. Every item is a counter that starts at version 0; a write makes
/// the version after the one that the transaction read.
struct Transaction {
  std::map<int, int64_t> read;  // versions, by key
  std::set<int> written;        // keys, all of them read
  uint64_t lsn = 0;             // 0: it wrote nothing
};
/// All transactions that took effect, in any order.
using History = std::vector<Transaction>;
using Faults = std::vector<std::string>;

/// Transaction by transaction in the log's order, on items of one's own: each that wrote must have
/// seen what is there when its turn comes.
Faults CheckAgainstTheLog(const History& history);

/// The same without the log, and of those that only read too: who read a version comes after who
/// made it, and before who made the next. These must not go round in a circle; nor may two make one
/// version, or one be seen that nobody made.
Faults CheckForCycles(const History& history);

/// A bank whose accounts only pass money to each other: a change of an account as the log has it,
/// and what an observer saw.
struct BankChange {
  uint64_t lsn = 0;
  std::string account;
  int64_t balance = 0;
};
struct BankSnapshot {
  uint64_t as_of = 0;  // the commit that it shows the state after
  std::map<std::string, int64_t> balances;
};

/// `changes` in the log's order; `snapshots` of one observer in the order that it took them, none
/// from before `opened`: the commit from which on all accounts are there. After each commit, and in
/// each snapshot, all accounts together have `total` and none owes; a snapshot shows the state
/// after its commit, which is never older than that of the snapshot before.
Faults CheckBank(const std::vector<BankChange>& changes, const std::vector<BankSnapshot>& snapshots,
                 int64_t total, uint64_t opened);

}  // namespace millrace::testing
