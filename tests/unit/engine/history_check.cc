#include "history_check.h"

#include <utility>

namespace millrace::testing {
namespace {

using Version = std::pair<int, int64_t>;  // a key and its version

std::string NameOf(const Version& version) {
  return "version " + std::to_string(version.second) + " of " + std::to_string(version.first);
}

std::map<Version, size_t> MakersOf(const History& history, Faults* faults) {
  std::map<Version, size_t> makers;
  for (size_t i = 0; i < history.size(); ++i) {
    for (const int key : history[i].written) {
      const Version made = {key, history[i].read.at(key) + 1};
      if (!makers.emplace(made, i).second) faults->push_back("two made " + NameOf(made));
    }
  }
  return makers;
}

// What must come before what.
class Order {
 public:
  explicit Order(size_t size) : after_(size), before_(size, 0) {}
  void Add(size_t first, size_t second) {
    if (first != second && after_[first].insert(second).second) ++before_[second];
  }
  // How many can be put into a row: all of them, unless some go round in a circle.
  size_t Place() {
    std::vector<size_t> free;
    for (size_t i = 0; i < before_.size(); ++i) {
      if (before_[i] == 0) free.push_back(i);
    }
    size_t placed = 0;
    for (; !free.empty(); ++placed) {
      const size_t i = free.back();
      free.pop_back();
      for (const size_t next : after_[i]) {
        if (--before_[next] == 0) free.push_back(next);
      }
    }
    return placed;
  }

 private:
  std::vector<std::set<size_t>> after_;
  std::vector<size_t> before_;  // how many
};

using Balances = std::map<std::string, int64_t>;

void CheckBalances(const Balances& balances, int64_t total, const std::string& where,
                   Faults* faults) {
  int64_t sum = 0;
  for (const auto& [account, balance] : balances) {
    if (balance < 0) faults->push_back(account + " owes " + where);
    sum += balance;
  }
  if (sum != total) faults->push_back("the sum is " + std::to_string(sum) + " " + where);
}

// The state after each commit that changed it.
std::map<uint64_t, Balances> StatesOf(const std::vector<BankChange>& changes) {
  std::map<uint64_t, Balances> states;
  Balances now;
  for (const BankChange& change : changes) {
    now[change.account] = change.balance;
    states[change.lsn] = now;
  }
  return states;
}

}  // namespace

Faults CheckAgainstTheLog(const History& history) {
  Faults faults;
  std::map<uint64_t, const Transaction*> by_lsn;
  for (const Transaction& transaction : history) {
    if (transaction.written.empty()) continue;
    if (!by_lsn.emplace(transaction.lsn, &transaction).second) {
      faults.push_back("two are commit " + std::to_string(transaction.lsn));
    }
  }
  std::map<int, int64_t> now;
  for (const auto& [lsn, transaction] : by_lsn) {
    for (const Version version : transaction->read) {
      if (version.second == now[version.first]) continue;
      faults.push_back("commit " + std::to_string(lsn) + " saw " + NameOf(version) + ", not " +
                       std::to_string(now[version.first]));
    }
    for (const int key : transaction->written) ++now[key];
  }
  return faults;
}

Faults CheckForCycles(const History& history) {
  Faults faults;
  const std::map<Version, size_t> makers = MakersOf(history, &faults);
  Order order(history.size());
  for (size_t i = 0; i < history.size(); ++i) {
    for (const Version version : history[i].read) {
      if (const auto made = makers.find(version); made != makers.end()) {
        order.Add(made->second, i);
      } else if (version.second != 0) {
        faults.push_back("nobody made " + NameOf(version) + ", which was seen");
      }
      const auto next = makers.find({version.first, version.second + 1});
      if (next != makers.end()) order.Add(i, next->second);
    }
  }
  if (const size_t placed = order.Place(); placed != history.size()) {
    faults.push_back(std::to_string(history.size() - placed) + " cannot be put into an order");
  }
  return faults;
}

Faults CheckBank(const std::vector<BankChange>& changes, const std::vector<BankSnapshot>& snapshots,
                 int64_t total, uint64_t opened) {
  Faults faults;
  const std::map<uint64_t, Balances> states = StatesOf(changes);
  for (const auto& [lsn, balances] : states) {
    if (lsn < opened) continue;
    CheckBalances(balances, total, "after commit " + std::to_string(lsn), &faults);
  }
  uint64_t last = opened;
  for (const BankSnapshot& snapshot : snapshots) {
    const std::string where = "in a snapshot as of " + std::to_string(snapshot.as_of);
    CheckBalances(snapshot.balances, total, where, &faults);
    const auto after = states.upper_bound(snapshot.as_of);
    if (after == states.begin() || std::prev(after)->second != snapshot.balances) {
      faults.push_back("other balances than the log's " + where);
    }
    if (snapshot.as_of < last) faults.push_back("a step back " + where);
    last = snapshot.as_of;
  }
  return faults;
}

}  // namespace millrace::testing
