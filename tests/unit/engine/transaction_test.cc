// Commits that are transactions: condition checks, conflicts, sizes, what a fenced one says; and
// several items read in one snapshot.

#include <set>
#include <thread>

#include "commit_parts.h"
#include "engine/base/limits.h"
#include "engine/keys.h"
#include "engine_fixture.h"
#include "log_audit.h"

namespace millrace::testing {
namespace {

class TransactionTest : public EngineTest {
 protected:
  TransactionTest() { Open(); }

  static WriteRequest Check(const TableRef& table, const std::string& pk,
                            const std::string& condition) {
    WriteRequest write;
    write.table = table;
    write.kind = WriteKind::kConditionCheck;
    write.key = Key(pk);
    return Conditioned(std::move(write), condition);
  }
  CommitResult Transact(std::vector<WriteRequest> writes, std::vector<CellChange> cells = {}) {
    CommitRequest request;
    request.transaction = true;
    request.writes = std::move(writes);
    request.cells = std::move(cells);
    return database_->CommitAndWait(std::move(request));
  }
  static std::vector<ErrorCode> CodesOf(const CommitResult& result) {
    std::vector<ErrorCode> codes;
    for (const WriteOutcome& outcome : result.outcomes) {
      if (!outcome.status.ok()) codes.push_back(outcome.status.code());
    }
    return codes;
  }
};

TEST_F(TransactionTest, AConditionCheckChangesNothing) {
  const TableRef table = MakeTable("t", StreamViewType::kNewAndOldImages);
  Commit(Put(table, "a", "s", "x"));
  const CommitResult result =
      Transact({Check(table, "a", "attribute_exists(v)"),
                Check(table, "none", "attribute_not_exists(pk)"), Put(table, "b", "s", "y")});
  ASSERT_TRUE(result.status.ok()) << result.status.ToString();
  EXPECT_FALSE(result.outcomes[0].changed);
  EXPECT_EQ(result.outcomes[0].old_size, result.outcomes[0].new_size);
  EXPECT_TRUE(result.outcomes[2].changed);
  EXPECT_EQ(Read(table, "a", "s"), "x");
  EXPECT_EQ(Read(table, "none", "s"), "-");
  EXPECT_EQ(Read(table, "b", "s"), "y");
  EXPECT_EQ(AuditDatabase(database_.get()).records.size(), 2u);
}

TEST_F(TransactionTest, ChecksAloneMakeNoCommit) {
  const TableRef table = MakeTable("t");
  const Lsn before = database_->applied_lsn();
  const CommitResult result = Transact({Check(table, "a", "attribute_not_exists(pk)")});
  EXPECT_TRUE(result.status.ok());
  EXPECT_EQ(result.lsn, Lsn(0));
  EXPECT_EQ(database_->applied_lsn(), before);
}

TEST_F(TransactionTest, OneFailureCancelsAll) {
  const TableRef table = MakeTable("t");
  Commit(Put(table, "a", "s", "x"));
  const CommitResult result = Transact(
      {Put(table, "b", "s", "y"), Check(table, "a", "attribute_not_exists(pk)"),
       Delete(table, "a", "s"), Conditioned(Put(table, "c", "s", "z"), "attribute_exists(pk)")});
  // Two writes of one item are refused before anything else.
  EXPECT_EQ(result.status.message(),
            "Transaction request cannot include multiple operations on one item");
  const CommitResult canceled =
      Transact({Put(table, "b", "s", "y"), Check(table, "a", "attribute_not_exists(pk)"),
                Conditioned(Put(table, "c", "s", "z"), "attribute_exists(pk)")});
  EXPECT_EQ(canceled.status.code(), ErrorCode::kTransactionCanceled);
  EXPECT_TRUE(canceled.outcomes[0].status.ok());
  EXPECT_EQ(canceled.outcomes[1].status.code(), ErrorCode::kConditionalCheckFailed);
  EXPECT_EQ(ItemView(canceled.outcomes[1].old_image).Find("v")->text(), "x");
  EXPECT_EQ(canceled.outcomes[2].status.code(), ErrorCode::kConditionalCheckFailed);
  EXPECT_EQ(Read(table, "b", "s"), "-");
}

TEST_F(TransactionTest, ATransactionOfOneIsCanceledToo) {
  const TableRef table = MakeTable("t");
  const CommitResult result =
      Transact({Conditioned(Put(table, "a", "s", "x"), "attribute_exists(pk)")});
  EXPECT_EQ(result.status.code(), ErrorCode::kTransactionCanceled);
  EXPECT_EQ(result.outcomes[0].status.code(), ErrorCode::kConditionalCheckFailed);
}

TEST_F(TransactionTest, WhoIsFencedHearsThatFirst) {
  const TableRef table = MakeTable("t");
  const auto once = [&] {
    return Transact({Conditioned(Put(table, "a", "s", "x"), "attribute_not_exists(pk)")},
                    {{"token", 0, "1"}});
  };
  EXPECT_TRUE(once().status.ok());
  EXPECT_EQ(once().status.code(), ErrorCode::kFenced);
}

TEST_F(TransactionTest, FourMegabytesAndNotOneByteMore) {
  const TableRef table = MakeTable("t");
  // Ten of 400 KB less a little, and one that fills up.
  const auto sized = [&](int i, size_t size) {
    WriteRequest write = Put(table, std::to_string(i), "s", "");
    const size_t rest = ItemView(write.item).aws_size();
    write.item = Item(std::to_string(i), "s", std::string(size - rest, 'x'));
    EXPECT_EQ(ItemView(write.item).aws_size(), size);
    return write;
  };
  const auto all = [&](size_t last) {
    std::vector<WriteRequest> writes;
    for (int i = 0; i < 10; ++i) writes.push_back(sized(i, kItemSizeMax));
    writes.push_back(sized(10, last));
    return writes;
  };
  constexpr size_t kRest = kTransactionSizeMax - 10 * kItemSizeMax;
  const CommitResult beyond = Transact(all(kRest + 1));
  EXPECT_EQ(beyond.status.code(), ErrorCode::kValidation);
  EXPECT_EQ(Read(table, "0", "s"), "-");
  EXPECT_TRUE(Transact(all(kRest)).status.ok());

  std::vector<ItemAddress> addresses;
  for (int i = 0; i <= 10; ++i) addresses.push_back({table, Key(std::to_string(i))});
  EXPECT_EQ(database_->GetMany(addresses, kTransactionSizeMax)->size(), 11u);
  EXPECT_EQ(database_->GetMany(addresses, kTransactionSizeMax - 1).status().code(),
            ErrorCode::kLimitExceeded);
  // What is deleted or only checked does not count.
  std::vector<WriteRequest> deletes;
  for (int i = 0; i < 10; ++i) deletes.push_back(Delete(table, std::to_string(i), "s"));
  deletes.push_back(Check(table, "10", "attribute_exists(pk)"));
  deletes.push_back(Put(table, "11", "s", "x"));
  EXPECT_TRUE(Transact(std::move(deletes)).status.ok());
}

TEST_F(TransactionTest, ManyItemsOfSeveralTablesInTheirOrder) {
  const TableRef one = MakeTable("one");
  const TableRef two = MakeTable("two");
  Commit(Put(one, "a", "s", "1"));
  Commit(Put(two, "a", "s", "2"));
  const Result<std::vector<std::string>> found = database_->GetMany(
      {{two, Key("a")}, {one, Key("none")}, {one, Key("a")}}, kTransactionSizeMax);
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->size(), 3u);
  EXPECT_EQ(ItemView((*found)[0]).Find("v")->text(), "2");
  EXPECT_EQ((*found)[1], "");
  EXPECT_EQ(ItemView((*found)[2]).Find("v")->text(), "1");
}

TEST_F(TransactionTest, CellsPageByPage) {
  for (const char* key : {"p/a", "p/b", "p/c", "q/a"}) {
    ASSERT_TRUE(Transact({}, {{key, 0, "v"}}).status.ok());
  }
  const auto keys = [&](std::string_view after, size_t limit) {
    std::vector<std::string> found;
    const auto cells = database_->ListCells("p/", after, limit);
    for (const auto& [key, cell] : *cells) found.push_back(key);
    return found;
  };
  EXPECT_EQ(keys("", 2), (std::vector<std::string>{"p/a", "p/b"}));
  EXPECT_EQ(keys("p/b", 2), (std::vector<std::string>{"p/c"}));
  EXPECT_EQ(keys("p/c", 2), (std::vector<std::string>{}));
  EXPECT_EQ(keys("p/aa", 9), (std::vector<std::string>{"p/b", "p/c"}));
}

// The parts of a database with a table `t`, and a test that claims keys as a transaction does.
class ConflictTest : public TransactionTest {
 protected:
  ConflictTest() {
    table_ = MakeTable("t");
    CloseCleanly();
    parts_ = std::make_unique<Parts>(options_.directory);
  }
  std::string KeyOf(const std::string& pk) const {
    return ItemStorageKey(table_->id, KeyHash(*table_, pk), Key(pk));
  }
  CommitResult CommitAll(std::vector<WriteRequest> writes, bool transaction,
                         std::vector<CellChange> cells = {}) {
    CommitRequest request;
    request.writes = std::move(writes);
    request.cells = std::move(cells);
    request.transaction = transaction;
    return parts_->Commit(std::move(request));
  }

  TableRef table_;
  std::unique_ptr<Parts> parts_;
};

TEST_F(ConflictTest, WhoMeetsAKeyOfATransactionIsRefused) {
  using std::chrono_literals::operator""ms;
  const std::string held_item = KeyOf("a");
  const std::string held_cell = PendingImages::CellKey("c");
  PendingImages::Guard held(&parts_->pending, {held_item, held_cell}, 0ms);
  const CommitResult transaction =
      CommitAll({Put(table_, "b", "s", "x"), Check(table_, "a", "attribute_exists(pk)")}, true);
  EXPECT_EQ(transaction.status.code(), ErrorCode::kTransactionCanceled);
  EXPECT_TRUE(transaction.outcomes[0].status.ok());
  EXPECT_EQ(transaction.outcomes[1].status.code(), ErrorCode::kTransactionConflict);

  const CommitResult write = CommitAll({Put(table_, "a", "s", "x")}, false);
  EXPECT_EQ(write.status.code(), ErrorCode::kTransactionConflict);
  EXPECT_EQ(write.outcomes[0].status.code(), ErrorCode::kTransactionConflict);
  // Nobody else is in the way of other keys.
  const CommitResult other = CommitAll({Put(table_, "b", "s", "x")}, false);
  EXPECT_TRUE(other.status.ok()) << other.status.ToString();

  const CommitResult several =
      CommitAll({Put(table_, "a", "s", "x"), Put(table_, "b", "s", "y")}, false);
  EXPECT_EQ(several.status.code(), ErrorCode::kTransactionCanceled);
  EXPECT_EQ(several.outcomes[0].status.code(), ErrorCode::kTransactionConflict);
  EXPECT_EQ(CommitAll({}, false, {{"c", std::nullopt, "1"}}).status.code(), ErrorCode::kThrottling);
  held.Release();
  EXPECT_TRUE(
      CommitAll({Put(table_, "a", "s", "z")}, true, {{"c", std::nullopt, "1"}}).status.ok());
  EXPECT_EQ(parts_->Read("c"), "1");
}

}  // namespace
}  // namespace millrace::testing
