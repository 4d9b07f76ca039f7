// The checkers of concurrent histories, on histories made by hand: each anomaly is found by the
// checker that is there for it, and nothing is found in what may happen.

#include "history_check.h"

#include <gtest/gtest.h>

namespace millrace::testing {
namespace {

struct HistoryRow {
  const char* name;
  History history;  // of {what was read, what was written, lsn}
  Faults cycles;
  Faults against_the_log;
};

class HistoryCheckTest : public ::testing::TestWithParam<HistoryRow> {};

TEST_P(HistoryCheckTest, FindsExactlyThis) {
  EXPECT_EQ(CheckForCycles(GetParam().history), GetParam().cycles);
  EXPECT_EQ(CheckAgainstTheLog(GetParam().history), GetParam().against_the_log);
}

const HistoryRow kHistories[] = {
    {"Nothing", {}, {}, {}},
    {"OneAfterTheOther", {{{{1, 0}}, {1}, 1}, {{{1, 1}}, {1}, 2}, {{{1, 2}}, {}, 0}}, {}, {}},
    {"InAnyOrderOfTelling", {{{{1, 1}}, {1}, 2}, {{{1, 2}}, {}, 0}, {{{1, 0}}, {1}, 1}}, {}, {}},
    // The later reader may still see the older state, if that fits.
    {"AReaderOfThePast", {{{{1, 0}, {2, 0}}, {1, 2}, 1}, {{{1, 0}, {2, 0}}, {}, 0}}, {}, {}},
    {"CrossedButInTurn",
     {{{{1, 0}, {2, 0}}, {1}, 1}, {{{1, 1}, {2, 0}}, {2}, 2}, {{{1, 1}, {2, 1}}, {}, 0}},
     {},
     {}},
    // Both add to what they read, and one addition is gone.
    {"LostUpdate",
     {{{{1, 0}}, {1}, 1}, {{{1, 0}}, {1}, 2}},
     {"two made version 1 of 1"},
     {"commit 2 saw version 0 of 1, not 1"}},
    // Each writes what the other only read.
    {"WriteSkew",
     {{{{1, 0}, {2, 0}}, {1}, 1}, {{{1, 0}, {2, 0}}, {2}, 2}},
     {"2 cannot be put into an order"},
     {"commit 2 saw version 0 of 1, not 1"}},
    {"WriteSkewOfThree",
     {{{{1, 0}, {2, 0}}, {1}, 1}, {{{2, 0}, {3, 0}}, {2}, 2}, {{{3, 0}, {1, 0}}, {3}, 3}},
     {"3 cannot be put into an order"},
     {"commit 3 saw version 0 of 1, not 1"}},
    // Half of what one transaction wrote. Who only reads is not in the log.
    {"TornRead",
     {{{{1, 0}, {2, 0}}, {1, 2}, 1}, {{{1, 1}, {2, 0}}, {}, 0}},
     {"2 cannot be put into an order"},
     {}},
    {"TornReadOfAWriter",
     {{{{1, 0}, {2, 0}}, {1, 2}, 1}, {{{1, 1}, {2, 0}}, {1}, 2}},
     {"2 cannot be put into an order"},
     {"commit 2 saw version 0 of 2, not 1"}},
    // Two readers who disagree about which of two writes came first.
    {"LongFork",
     {{{{1, 0}}, {1}, 1}, {{{2, 0}}, {2}, 2}, {{{1, 1}, {2, 0}}, {}, 0}, {{{1, 0}, {2, 1}}, {}, 0}},
     {"4 cannot be put into an order"},
     {}},
    // What a transaction wrote that was then refused.
    {"ReadOfUncommitted",
     {{{{1, 0}}, {1}, 1}, {{{1, 2}}, {}, 0}},
     {"nobody made version 2 of 1, which was seen"},
     {}},
    {"WriteOnUncommitted",
     {{{{1, 0}}, {1}, 1}, {{{1, 2}}, {1}, 2}},
     {"nobody made version 2 of 1, which was seen"},
     {"commit 2 saw version 2 of 1, not 1"}},
    // There is an order of them, but the log has another.
    {"ReorderedInTheLog",
     {{{{1, 0}}, {1}, 2}, {{{1, 1}}, {1}, 1}},
     {},
     {"commit 1 saw version 1 of 1, not 0", "commit 2 saw version 0 of 1, not 1"}},
    {"ReadReorderedInTheLog",
     {{{{1, 0}}, {1}, 1}, {{{1, 0}, {2, 0}}, {2}, 2}},
     {},
     {"commit 2 saw version 0 of 1, not 1"}},
    {"TwoOfOneCommit", {{{{1, 0}}, {1}, 1}, {{{2, 0}}, {2}, 1}}, {}, {"two are commit 1"}}};

INSTANTIATE_TEST_SUITE_P(Histories, HistoryCheckTest, ::testing::ValuesIn(kHistories),
                         [](const auto& row) { return std::string(row.param.name); });

struct BankRow {
  const char* name;
  std::vector<BankChange> changes;  // after `kOpening`
  std::vector<BankSnapshot> snapshots;
  Faults faults;
};

// Two accounts of 50.
const std::vector<BankChange> kOpening = {{1, "a", 50}, {2, "b", 50}};

class BankCheckTest : public ::testing::TestWithParam<BankRow> {};

TEST_P(BankCheckTest, FindsExactlyThis) {
  std::vector<BankChange> changes = kOpening;
  changes.insert(changes.end(), GetParam().changes.begin(), GetParam().changes.end());
  EXPECT_EQ(CheckBank(changes, GetParam().snapshots, 100, 2), GetParam().faults);
}

const BankRow kBanks[] = {
    {"Nothing", {}, {}, {}},
    {"Transfers",
     {{3, "a", 0}, {3, "b", 100}, {5, "b", 90}, {5, "a", 10}},
     {{2, {{"a", 50}, {"b", 50}}},
      {2, {{"a", 50}, {"b", 50}}},
      {4, {{"a", 0}, {"b", 100}}},  // commit 4 was of other items
      {5, {{"a", 10}, {"b", 90}}}},
     {}},
    // Each in a commit of its own.
    {"HalfATransfer", {{3, "a", 40}, {4, "b", 60}}, {}, {"the sum is 90 after commit 3"}},
    {"LostUpdate",
     {{3, "a", 40}, {3, "b", 60}, {4, "a", 50}, {4, "b", 60}},
     {},
     {"the sum is 110 after commit 4"}},
    {"Debts", {{3, "a", -1}, {3, "b", 101}}, {}, {"a owes after commit 3"}},
    {"TornSnapshot",
     {{3, "a", 40}, {3, "b", 60}},
     {{3, {{"a", 40}, {"b", 50}}}},
     {"the sum is 90 in a snapshot as of 3",
      "other balances than the log's in a snapshot as of 3"}},
    {"AnAccountIsMissing",
     {},
     {{2, {{"a", 50}}}},
     {"the sum is 50 in a snapshot as of 2",
      "other balances than the log's in a snapshot as of 2"}},
    // The sum fits, but of another commit, or of none.
    {"SnapshotOfUncommitted",
     {},
     {{2, {{"a", 40}, {"b", 60}}}},
     {"other balances than the log's in a snapshot as of 2"}},
    {"StaleSnapshot",
     {{3, "a", 40}, {3, "b", 60}},
     {{3, {{"a", 50}, {"b", 50}}}},
     {"other balances than the log's in a snapshot as of 3"}},
    {"StepBack",
     {{3, "a", 40}, {3, "b", 60}},
     {{3, {{"a", 40}, {"b", 60}}}, {2, {{"a", 50}, {"b", 50}}}},
     {"a step back in a snapshot as of 2"}}};

INSTANTIATE_TEST_SUITE_P(Banks, BankCheckTest, ::testing::ValuesIn(kBanks),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace millrace::testing
