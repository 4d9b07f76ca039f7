// The back-fill of a new index: beside writers, across restarts, of a state made anew.

#include <condition_variable>
#include <mutex>
#include <thread>

#include "engine/base/random.h"
#include "index_fixture.h"
#include "log_audit.h"

namespace millrace::testing {
namespace {

// Holds the committer at the end of its next group, until it is released.
class Holder final : public CommitListener {
 public:
  void OnApplied(Lsn) override {
    std::unique_lock lock(mutex_);
    held_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return released_; });
  }
  bool WaitUntilHeld() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [this] { return held_; });
  }
  void Release() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  bool released_ = false;
};

class BackfillTest : public IndexTest {
 protected:
  BackfillTest() {
    options_.backfill_step_items = 1;
    options_.sync = false;
  }

  void Fill(int count) {
    for (int i = 0; i < count; ++i) {
      PutItem("p" + std::to_string(i % 10), std::to_string(i), "g" + std::to_string(i % 3), i);
    }
  }
};

TEST_F(BackfillTest, TakesUpWhatWasThereAndLeavesOutWhatCannotBeAKey) {
  Open();
  Make({});
  Fill(50);
  ASSERT_TRUE(PutMap({{"pk", Value::String("p")},
                      {"sk", Value::String("wrong")},
                      {"g", Value::Bool(true)},
                      {"n", Value::OfNumber(Number())}})
                  .status.ok());
  CreateIndex(GlobalIndex("by_g", kByG));
  AwaitActive("by_g");
  EXPECT_EQ(database_->IndexStatistics(Table()->FindIndex("by_g")->id).item_count, 50);
  AuditIndexes(*database_);
  Crash();
  Open();
  AuditIndexes(*database_);
  EXPECT_TRUE(IsActive("by_g"));
}

TEST_F(BackfillTest, WritersGoOnMeanwhile) {
  Open();
  Make({GlobalIndex("other", {{{"n", ValueType::kNumber}}, {}})});
  Fill(300);
  CreateIndex(GlobalIndex("by_g", kByG));
  Random random(3);
  int writes = 0;
  while (!IsActive("by_g") || writes < 200) {
    const std::string sk = std::to_string(random.Uniform(320));
    const std::string pk = "p" + std::to_string(std::stoi(sk) % 10);
    if (random.OneIn(3)) {
      ASSERT_TRUE(Commit(Delete(Table(), pk, sk)).status.ok());
    } else {
      PutItem(pk, sk, "g" + std::to_string(random.Uniform(4)),
              static_cast<int64_t>(random.Uniform(5)));
    }
    ++writes;
  }
  AuditIndexes(*database_);
  Crash();
  Open();
  AuditIndexes(*database_);
}

// Steps are taken between writes, one item each; the database dies before it can have finished.
TEST_F(BackfillTest, GoesOnAfterARestart) {
  for (const bool clean : {false, true}) {
    SCOPED_TRACE(clean);
    options_.directory = scratch_.path() + (clean ? "/clean" : "/crashed");
    Open();
    Make({});
    Fill(400);
    CreateIndex(GlobalIndex("by_g", kByG));
    PutItem("p1", "1", "moved", 1);
    if (clean) {
      CloseCleanly();
    } else {
      ASSERT_TRUE(database_->Flush().ok());
      Crash();
    }
    Open();
    PutItem("p2", "2", "moved", 2);
    ASSERT_TRUE(Commit(Delete(Table(), "p3", "3")).status.ok());
    AwaitActive("by_g");
    EXPECT_EQ(database_->IndexStatistics(Table()->FindIndex("by_g")->id).item_count, 399);
    AuditIndexes(*database_);
    database_.reset();
  }
}

TEST_F(BackfillTest, AnIndexThatIsBeingFilledCanGoAndOnlyOneIsMadeAtATime) {
  Open();
  Make({GlobalIndex("there", {{{"n", ValueType::kNumber}}, {}})});
  Fill(400);
  CreateIndex(GlobalIndex("by_g", kByG));
  Holder holder;
  database_->AddListener(&holder);
  std::thread writer([this] { PutItem("p", "held", "g", 1); });
  ASSERT_TRUE(holder.WaitUntilHeld());
  EXPECT_FALSE(IsActive("by_g"));
  TableUpdate second;
  second.create_index = GlobalIndex("second", kByG);
  EXPECT_EQ(database_->UpdateTable("t", second).status().message(),
            "Subscriber limit exceeded: Only 1 online index can be created or deleted "
            "simultaneously per table");
  EXPECT_TRUE(database_->DeleteTable("t").status().Is(ErrorCode::kResourceInUse));
  std::thread deleter([this] { EXPECT_TRUE(DeleteIndex("by_g").ok()); });
  holder.Release();
  writer.join();
  deleter.join();
  database_->RemoveListener(&holder);

  EXPECT_EQ(Table()->FindIndex("by_g"), nullptr);
  CreateIndex(GlobalIndex("by_g", {{{"v", ValueType::kString}}, {}}));
  AwaitActive("by_g");
  AuditIndexes(*database_);
  EXPECT_EQ(DeleteIndex("none").message(), "Requested resource not found: Index none for table t");
}

// A state made anew from the whole log: an index that the log says is active is filled before
// anybody can read it.
TEST_F(IndexTest, TheLogAloneMakesTheIndexes) {
  Open();
  Make({LocalIndex("local", {"n", ValueType::kNumber}, ProjectionType::kAll)});
  for (int i = 0; i < 40; ++i) PutItem("p", std::to_string(i), "g", i % 4);
  CreateIndex(GlobalIndex("by_g", kByG, ProjectionType::kKeysOnly));
  AwaitActive("by_g");
  PutItem("p", "7", "moved", 7);
  CloseCleanly();
  std::filesystem::remove_all(options_.directory + "/state");
  Open();
  EXPECT_TRUE(IsActive("by_g"));
  AuditIndexes(*database_);
  AuditDatabase(database_.get());
  EXPECT_EQ(database_->IndexStatistics(Table()->FindIndex("by_g")->id).item_count, 40);
}

}  // namespace
}  // namespace millrace::testing
