#include "engine/account_quota.h"

#include <atomic>
#include <thread>

#include "engine_fixture.h"

namespace millrace::testing {
namespace {

IndexSpec ProvisionedIndex(int64_t read, int64_t write) {
  IndexSpec index;
  index.name = "by";
  index.schema.hash = {{"by", ValueType::kString}};
  index.throughput = {read, write};
  return index;
}

class AccountQuotaTest : public EngineTest {
 protected:
  AccountQuotaTest() {
    options_.account_units_max = 10;
    Open();
  }
  static TableSpec Provisioned(const std::string& name, int64_t read, int64_t write) {
    TableSpec spec = Spec(name);
    spec.billing_mode = BillingMode::kProvisioned;
    spec.throughput = {read, write};
    return spec;
  }
  Status Create(const TableSpec& spec) { return database_->CreateTable(spec).status(); }
  Status SetUnits(const std::string& name, int64_t read, int64_t write) {
    TableUpdate update;
    update.settings = [read, write](TableSpec* spec) {
      spec->throughput = {read, write};
      return Status::Ok();
    };
    return database_->UpdateTable(name, update).status();
  }
};

TEST_F(AccountQuotaTest, TablesAndIndexesCountTogether) {
  TableSpec first = Provisioned("first", 4, 1);
  first.indexes = {ProvisionedIndex(3, 1)};
  ASSERT_TRUE(Create(first).ok());
  ASSERT_TRUE(Create(Spec("on-demand")).ok());
  const Status refused = Create(Provisioned("second", 4, 1));
  EXPECT_TRUE(refused.Is(ErrorCode::kLimitExceeded));
  EXPECT_EQ(refused.message(),
            "Subscriber limit exceeded: The requested ReadCapacityUnits would bring all tables and "
            "global secondary indexes of the account to 11, above the per account maximum. Per "
            "account maximum: 10. Refer to the Amazon DynamoDB Developer Guide for current limits "
            "and how to request higher limits.");
  EXPECT_TRUE(Create(Provisioned("second", 1, 9)).Is(ErrorCode::kLimitExceeded));  // 11 of writing
  TableSpec with_index = Provisioned("second", 1, 1);
  with_index.indexes = {ProvisionedIndex(3, 1)};
  EXPECT_TRUE(Create(with_index).Is(ErrorCode::kLimitExceeded));
  EXPECT_TRUE(Create(Provisioned("second", 3, 8)).ok());
}

TEST_F(AccountQuotaTest, UpdatesAndNewIndexesCount) {
  ASSERT_TRUE(Create(Provisioned("first", 4, 1)).ok());
  ASSERT_TRUE(Create(Provisioned("second", 4, 1)).ok());
  EXPECT_TRUE(SetUnits("first", 7, 1).Is(ErrorCode::kLimitExceeded));
  EXPECT_TRUE(SetUnits("first", 4, 10).Is(ErrorCode::kLimitExceeded));
  EXPECT_EQ(database_->FindTable("first")->spec.throughput, (ProvisionedThroughput{4, 1}));
  TableUpdate update;
  update.create_index = ProvisionedIndex(3, 1);
  EXPECT_TRUE(database_->UpdateTable("first", update).status().Is(ErrorCode::kLimitExceeded));
  EXPECT_TRUE(database_->FindTable("first")->indexes.empty());
  update.create_index = ProvisionedIndex(2, 1);
  EXPECT_TRUE(database_->UpdateTable("first", update).ok());
  // What goes makes room.
  EXPECT_TRUE(SetUnits("second", 5, 1).Is(ErrorCode::kLimitExceeded));
  ASSERT_TRUE(SetUnits("first", 3, 1).ok());
  EXPECT_TRUE(SetUnits("second", 5, 1).ok());
  ASSERT_TRUE(database_->DeleteTable("second").ok());
  EXPECT_TRUE(Create(Provisioned("second", 5, 7)).ok());
}

TEST_F(AccountQuotaTest, WhatIsAboveItMayStillBecomeLess) {
  ASSERT_TRUE(Create(Provisioned("first", 9, 5)).ok());
  CloseCleanly();
  options_.account_units_max = 6;
  Open();
  EXPECT_TRUE(SetUnits("first", 8, 5).ok());
  EXPECT_TRUE(SetUnits("first", 8, 6).ok());  // the sum of writing stays within
  EXPECT_TRUE(SetUnits("first", 9, 6).Is(ErrorCode::kLimitExceeded));
}

TEST_F(AccountQuotaTest, ManyAtOnceDoNotPassIt) {
  constexpr int kThreads = 8;
  std::atomic<int> made = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([this, i, &made] {
      const Status status = Create(Provisioned("t" + std::to_string(i), 2, 1));
      EXPECT_TRUE(status.ok() || status.Is(ErrorCode::kLimitExceeded));
      made += status.ok() ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(made, 5);
}

}  // namespace
}  // namespace millrace::testing
