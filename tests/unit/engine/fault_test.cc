// Failing writes and syncs, full disks, full queues, damaged files, a wall clock that steps back.

#include <condition_variable>
#include <fstream>
#include <future>
#include <mutex>

#include "engine_fixture.h"
#include "tests/support/faulty_file_system.h"
#include "writers.h"

namespace millrace::testing {
namespace {

// Holds the committer at the end of its next group, so that what is committed meanwhile is queued.
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

// Runs callbacks where they are posted.
class InlineQueue final : public CompletionQueue {
 public:
  void Post(std::vector<Completion> completions) override {
    for (Completion& completion : completions) completion.callback(std::move(completion.result));
  }
};

class FaultTest : public EngineTest {
 protected:
  FaultTest() : file_system_(1) {
    options_.file_system = &file_system_;
    options_.log_segment_size = 96 * 1024;  // room for four big items and some small ones
    options_.log_disk_reserve = 0;
  }
  ~FaultTest() override { database_.reset(); }

  std::future<CommitResult> CommitLater(WriteRequest write) {
    CommitRequest request;
    request.writes.push_back(std::move(write));
    auto promise = std::make_shared<std::promise<CommitResult>>();
    std::future<CommitResult> future = promise->get_future();
    database_->Commit(std::move(request), &inline_,
                      [promise](CommitResult result) { promise->set_value(std::move(result)); });
    return future;
  }
  static bool Ready(const std::future<CommitResult>& future) {
    return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }
  // The committer stands still from here to Release, with nothing queued.
  void Hold(const TableRef& table) {
    holder_ = std::make_unique<Holder>();
    database_->AddListener(holder_.get());
    first_ = CommitLater(Put(table, "held", "s", std::to_string(++holds_)));
    ASSERT_TRUE(holder_->WaitUntilHeld());
  }
  void Release() {
    holder_->Release();
    EXPECT_TRUE(first_.get().status.ok());
    database_->RemoveListener(holder_.get());
  }
  static std::string Big() { return std::string(20'000, 'b'); }

  FaultyFileSystem file_system_;
  InlineQueue inline_;
  std::unique_ptr<Holder> holder_;
  std::future<CommitResult> first_;
  int holds_ = 0;
};

TEST_F(FaultTest, AFailedSyncFailsAllThatIsQueued) {
  Open();
  const TableRef table = MakeTable("t", StreamViewType::kNewAndOldImages);
  ASSERT_TRUE(Commit(Put(table, "a", "s", "old")).status.ok());
  Hold(table);
  const Lsn before = database_->applied_lsn();
  std::vector<std::future<CommitResult>> queued;
  queued.push_back(CommitLater(Put(table, "a", "s", "new")));
  queued.push_back(CommitLater(Conditioned(Put(table, "b", "s", "x"), "attribute_not_exists(pk)")));
  // Rests on what is queued: it must not be answered by an image that never came to be.
  queued.push_back(CommitLater(Conditioned(Put(table, "b", "s", "y"), "attribute_not_exists(pk)")));
  for (const auto& future : queued) EXPECT_FALSE(Ready(future));
  file_system_.FailSync(1);
  Release();
  for (auto& future : queued) {
    const CommitResult result = future.get();
    EXPECT_EQ(result.status.code(), ErrorCode::kIo) << result.status.ToString();
    EXPECT_EQ(result.lsn, Lsn());
    EXPECT_FALSE(result.outcomes[0].status.ok());
  }
  // Nothing of it shows, and nothing new is taken.
  EXPECT_EQ(database_->applied_lsn(), before);
  EXPECT_LE(database_->log()->durable_lsn(), before);
  EXPECT_EQ(Read(table, "a", "s"), "old");
  EXPECT_EQ(Read(table, "b", "s"), "-");
  EXPECT_EQ(Commit(Put(table, "c", "s", "x")).status.code(), ErrorCode::kUnavailable);
  EXPECT_EQ(database_->CreateTable(Spec("u")).status().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(Commit(Conditioned(Delete(table, "b", "s"), "attribute_exists(pk)")).status.code(),
            ErrorCode::kConditionalCheckFailed);
  EXPECT_FALSE(database_->Close().ok());
  database_.reset();
  Open();
  AuditDatabase(database_.get());
  EXPECT_EQ(Read(database_->FindTable("t"), "c", "s"), "-");
}

// At "os" the state is written out only after the log: what rests on a log that could not be synced
// must not count, now or after a power cut.
TEST_F(FaultTest, AFlushThatCannotSyncTheLogStopsTheDatabase) {
  options_.sync = false;
  Open();
  const TableRef table = MakeTable("t");
  ASSERT_TRUE(database_->Flush().ok());
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(Commit(Put(table, "k" + std::to_string(i), "s", Big())).status.ok());
  }
  file_system_.FailSync(1);
  // The next one would succeed, and prove nothing.
  for (int i = 0; i < 2; ++i) EXPECT_EQ(database_->Flush().code(), ErrorCode::kIo) << i;
  EXPECT_FALSE(database_->TrimLog(Lsn(UINT64_MAX), INT64_MAX).ok());
  EXPECT_EQ(Commit(Put(table, "a", "s", "x")).status.code(), ErrorCode::kIo);
  EXPECT_EQ(Commit(Put(table, "a", "s", "x")).status.code(), ErrorCode::kUnavailable);
  EXPECT_EQ(Read(table, "k0", "s"), Big());
  EXPECT_FALSE(database_->Close().ok());
  file_system_.CutPower();
  database_.reset();
  file_system_.Restart();
  Open();
  AuditDatabase(database_.get());
}

// Every write and sync of the log fails once, whoever makes it: the committer, the roll to another
// segment, the sealer, an explicit flush. Some runs end in a power cut as well.
class FailingOperationTest : public ::testing::TestWithParam<bool> {};

TEST_P(FailingOperationTest, NothingIsHalfThere) {
  int failed_runs = 0;
  for (uint64_t n = 1; n <= 30 && !HasFailure(); ++n) {
    SCOPED_TRACE("operation " + std::to_string(n));
    ScratchDirectory scratch;
    FaultyFileSystem file_system(n);
    ManualClock clock;
    DatabaseOptions options;
    options.directory = scratch.path() + "/data";
    options.file_system = &file_system;
    options.clock = &clock;
    options.log_segment_size = 48 * 1024;
    options.log_disk_reserve = 0;
    std::unique_ptr<Database> database = Database::Open(options).value();
    TableSpec spec;
    spec.name = "t";
    spec.schema.hash = {"pk", ValueType::kString};
    spec.schema.range = KeyAttribute{"sk", ValueType::kString};
    spec.stream = StreamViewType::kOldImage;
    const TableRef table = database->CreateTable(spec).value();

    GetParam() ? file_system.FailSync(n) : file_system.FailWrite(n);
    WritersOptions writing;
    writing.seed = n;
    writing.name = "a";
    writing.attempts_each = 40;
    std::vector<Attempt> attempts = RunWriters(database.get(), {table}, writing);
    const bool failed = std::any_of(attempts.begin(), attempts.end(), [](const Attempt& attempt) {
      return attempt.status.Is(ErrorCode::kIo);
    });
    failed_runs += failed ? 1 : 0;
    if (failed) {
      EXPECT_EQ(database->DisableStream("t").status().code(), ErrorCode::kUnavailable);
    }
    if (n % 2 == 0) file_system.CutPower();
    database.reset();
    file_system.Restart();

    Result<std::unique_ptr<Database>> reopened = Database::Open(options);
    ASSERT_TRUE(reopened.ok()) << reopened.status().ToString();
    CheckAttempts(attempts, AuditDatabase(reopened->get()));
    writing.name = "b";
    for (Attempt& attempt : RunWriters(reopened->get(), {(*reopened)->FindTable("t")}, writing)) {
      attempts.push_back(std::move(attempt));
    }
    CheckAttempts(attempts, AuditDatabase(reopened->get()));
  }
  // How many hit depends on how many commits share a write.
  EXPECT_GT(failed_runs, 0) << "no fault ever hit";
}

INSTANTIATE_TEST_SUITE_P(Kinds, FailingOperationTest, ::testing::Bool(),
                         [](const auto& kind) { return kind.param ? "Sync" : "Write"; });

TEST_F(FaultTest, FullDiskRefusesWritesAndGoesOn) {
  Open();
  const TableRef table = MakeTable("t", StreamViewType::kNewAndOldImages);
  file_system_.SetDiskFull(true);
  file_system_.SetFreeBytes(0);
  int written = 0;
  Status status;
  while (status.ok() && written < 100) {
    status = Commit(Put(table, "k" + std::to_string(written), "s", Big())).status;
    if (status.ok()) ++written;
  }
  ASSERT_EQ(status.code(), ErrorCode::kDiskFull) << status.ToString();
  const std::string refused = "k" + std::to_string(written);

  // Planned on an image that is refused: it goes with it, and leaves nothing behind.
  for (int i = 0; i < 2; ++i) {
    std::future<CommitResult> put = CommitLater(Put(table, refused, "s", Big()));
    std::future<CommitResult> on_top =
        CommitLater(Conditioned(Put(table, refused, "s", Big() + "2"), "attribute_exists(pk)"));
    EXPECT_EQ(put.get().status.code(), ErrorCode::kDiskFull);
    const Status follower = on_top.get().status;
    EXPECT_TRUE(follower.Is(ErrorCode::kDiskFull) ||
                follower.Is(ErrorCode::kConditionalCheckFailed))
        << follower.ToString();
  }
  EXPECT_EQ(Read(table, refused, "s"), "-");
  EXPECT_EQ(Read(table, "k0", "s"), Big());
  EXPECT_EQ(database_->Statistics(table->id).item_count, written);
  EXPECT_TRUE(database_->Flush().ok());
  AuditDatabase(database_.get());

  file_system_.SetDiskFull(false);
  file_system_.SetFreeBytes(std::nullopt);
  EXPECT_EQ(
      Commit(Conditioned(Put(table, refused, "s", Big()), "attribute_exists(pk)")).status.code(),
      ErrorCode::kConditionalCheckFailed);
  EXPECT_TRUE(
      Commit(Conditioned(Put(table, refused, "s", Big()), "attribute_not_exists(pk)")).status.ok());
  EXPECT_EQ(AuditDatabase(database_.get()).records.size(), static_cast<size_t>(written) + 1);
  CloseCleanly();
  Open();
  EXPECT_EQ(AuditDatabase(database_.get()).records.size(), static_cast<size_t>(written) + 1);
}

TEST_F(FaultTest, WhatIsQueuedBehindAFullDiskSeesTheOldState) {
  Open();
  const TableRef table = MakeTable("t");
  file_system_.SetDiskFull(true);
  file_system_.SetFreeBytes(0);
  int i = 0;
  while (Commit(Put(table, "fill", std::to_string(i), Big())).status.ok()) ASSERT_LT(++i, 100);
  Hold(table);
  std::future<CommitResult> first = CommitLater(Put(table, "a", "s", Big()));
  std::future<CommitResult> second =
      CommitLater(Conditioned(Put(table, "a", "s", "2"), "attribute_exists(pk)"));
  std::future<CommitResult> third =
      CommitLater(Conditioned(Put(table, "a", "s", "3"), "attribute_not_exists(pk)"));
  Release();
  EXPECT_EQ(first.get().status.code(), ErrorCode::kDiskFull);
  EXPECT_EQ(second.get().status.code(), ErrorCode::kDiskFull);
  // It was to fail, but on the ground of a write that never was.
  EXPECT_EQ(third.get().status.code(), ErrorCode::kDiskFull);
  file_system_.SetDiskFull(false);
  file_system_.SetFreeBytes(std::nullopt);
  EXPECT_EQ(Commit(Conditioned(Put(table, "a", "s", "2"), "attribute_exists(pk)")).status.code(),
            ErrorCode::kConditionalCheckFailed);
  EXPECT_TRUE(
      Commit(Conditioned(Put(table, "a", "s", "3"), "attribute_not_exists(pk)")).status.ok());
  AuditDatabase(database_.get());
}

TEST_F(FaultTest, ChangesOfTablesMeetAFullDiskToo) {
  Open();
  const TableRef table = MakeTable("t");
  file_system_.SetDiskFull(true);
  file_system_.SetFreeBytes(0);
  int i = 0;
  while (Commit(Put(table, "fill", std::to_string(i), Big())).status.ok()) ASSERT_LT(++i, 100);
  // Small commits still fit into the segment for a while.
  Result<TableRef> changed = table;
  for (i = 0; changed.ok() && i < 1000; ++i) {
    changed = i % 2 == 0 ? database_->EnableStream("t", StreamViewType::kOldImage)
                         : database_->DisableStream("t");
  }
  const bool streams_full = changed.status().Is(ErrorCode::kLimitExceeded);
  EXPECT_TRUE(streams_full || changed.status().Is(ErrorCode::kDiskFull))
      << changed.status().ToString();
  // What was refused must not rule the plans of later writes.
  file_system_.SetDiskFull(false);
  file_system_.SetFreeBytes(std::nullopt);
  EXPECT_TRUE(Commit(Put(table, "fill", "0", "changed")).status.ok());
  AuditDatabase(database_.get());
}

TEST_F(FaultTest, FullQueueThrottlesAndLosesNothing) {
  options_.queue_capacity = 2;
  Open();
  const TableRef table = MakeTable("t");
  Hold(table);
  std::future<CommitResult> one = CommitLater(Put(table, "a", "s", "1"));
  // A refusal that rests on a pending image waits in the queue as well.
  std::future<CommitResult> two =
      CommitLater(Conditioned(Put(table, "a", "s", "2"), "attribute_not_exists(pk)"));
  EXPECT_FALSE(Ready(two));
  std::future<CommitResult> three = CommitLater(Put(table, "b", "s", "3"));
  ASSERT_TRUE(Ready(three));
  const CommitResult refused = three.get();
  EXPECT_EQ(refused.status.code(), ErrorCode::kThrottling);
  EXPECT_EQ(refused.outcomes[0].status.code(), ErrorCode::kThrottling);
  EXPECT_EQ(database_->CreateTable(Spec("u")).status().code(), ErrorCode::kThrottling);
  EXPECT_EQ(database_->EnableStream("t", StreamViewType::kOldImage).status().code(),
            ErrorCode::kThrottling);
  Release();
  EXPECT_TRUE(one.get().status.ok());
  EXPECT_EQ(two.get().status.code(), ErrorCode::kConditionalCheckFailed);
  EXPECT_EQ(Read(table, "a", "s"), "1");
  // The refused write left no pending image, the refused changes no planning state.
  EXPECT_EQ(Read(table, "b", "s"), "-");
  EXPECT_TRUE(
      Commit(Conditioned(Put(table, "b", "s", "4"), "attribute_not_exists(pk)")).status.ok());
  EXPECT_TRUE(Commit(Put(table, "b", "s", "5")).status.ok());
  EXPECT_EQ(AuditDatabase(database_.get()).records.size(), 4u);
}

TEST_F(FaultTest, ManyWritersOnASmallQueue) {
  options_.queue_capacity = 2;
  Open();
  const TableRef table = MakeTable("t", StreamViewType::kNewAndOldImages);
  WritersOptions writing;
  writing.name = "q";
  writing.attempts_each = 150;
  const std::vector<Attempt> attempts = RunWriters(database_.get(), {table}, writing);
  const auto throttled = std::count_if(attempts.begin(), attempts.end(), [](const Attempt& a) {
    return a.status.Is(ErrorCode::kThrottling);
  });
  EXPECT_GT(throttled, 0);
  CheckAttempts(attempts, AuditDatabase(database_.get()));
  Crash();
  Open();
  CheckAttempts(attempts, AuditDatabase(database_.get()));
}

TEST_F(FaultTest, TheWallClockStepsBack) {
  constexpr int64_t kHour = 3'600'000'000;
  Open();
  const TableRef table = MakeTable("t", StreamViewType::kNewAndOldImages);
  for (int i = 0; i < 12; ++i) {
    ASSERT_TRUE(Commit(Put(table, "k", "s", std::to_string(i))).status.ok());
    clock_.StepWallMicros(i % 3 == 0 ? -kHour : kHour / 4);
    if (i % 4 == 1) {
      // Labels stay unique, though the same second comes again.
      ASSERT_TRUE(database_->DisableStream("t").ok());
      ASSERT_TRUE(database_->EnableStream("t", StreamViewType::kNewAndOldImages).ok());
    }
    if (i % 4 == 3) {
      i % 8 == 3 ? Crash() : CloseCleanly();
      clock_.StepWallMicros(-kHour);
      Open();
    }
  }
  const TableRef now = database_->FindTable("t");
  for (size_t i = 0; i + 1 < now->streams.size(); ++i) {
    EXPECT_EQ(now->FindStream(now->streams[i].label), &now->streams[i]);
    EXPECT_LT(now->streams[i].first, *now->streams[i].last);
  }
  EXPECT_EQ(AuditDatabase(database_.get()).records.size(), 12u);
}

}  // namespace
}  // namespace millrace::testing
