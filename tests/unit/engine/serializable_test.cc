// Transactions against each other and against single writes: whatever they saw and wrote must fit
// into one order of them, and that order must be the log's.

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "engine/base/random.h"
#include "engine_fixture.h"
#include "history_check.h"
#include "log_audit.h"

namespace millrace::testing {
namespace {

constexpr int kThreads = 6;
constexpr int kKeys = 5;

int64_t VersionOf(const std::string& item) {
  if (item.empty()) return 0;
  return static_cast<int64_t>(ItemView(item).Find("n")->number().ToDouble());
}

class SerializableTest : public EngineTest {
 protected:
  SerializableTest() {
    options_.log_segment_size = 256 * 1024;
    options_.log_disk_reserve = 0;
    options_.write_buffer_size = 128 * 1024;
    options_.sync = false;  // what is tested here doesn't ask the disk
    Open();
    table_ = MakeTable("t", StreamViewType::kNewAndOldImages);
  }

  template <typename Run>
  static void InThreads(Run run) {
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) threads.emplace_back([i, &run] { run(i); });
    for (std::thread& thread : threads) thread.join();
  }

  static std::string NameOf(int key) { return "k" + std::to_string(key); }

  std::map<int, int64_t> ReadVersions(const std::set<int>& keys) {
    std::vector<ItemAddress> addresses;
    for (const int key : keys) addresses.push_back({table_, Key(NameOf(key))});
    const Result<std::vector<std::string>> items = database_->GetMany(addresses, SIZE_MAX);
    EXPECT_TRUE(items.ok());
    std::map<int, int64_t> versions;
    size_t i = 0;
    for (const int key : keys) versions[key] = VersionOf((*items)[i++]);
    return versions;
  }

  // A write that goes through only while the item has this version.
  WriteRequest AtVersion(int key, int64_t version, bool writes) {
    const std::lock_guard lock(placeholders_mutex_);
    Placeholders& placeholders = placeholders_.emplace_back();
    EXPECT_TRUE(placeholders.AddValue(":n", Value::OfNumber(Number::FromInt(version))).ok());
    EXPECT_TRUE(placeholders.AddValue(":m", Value::OfNumber(Number::FromInt(version + 1))).ok());
    WriteRequest write;
    write.table = table_;
    write.kind = writes ? WriteKind::kUpdate : WriteKind::kConditionCheck;
    write.key = Key(NameOf(key));
    const char* condition = version == 0 ? "attribute_not_exists(pk)" : "n = :n";
    write.condition = Condition::Parse("ConditionExpression", condition, &placeholders).value();
    if (writes) {
      write.update =
          UpdateExpression::Parse("SET n = :m", table_->spec.schema, &placeholders).value();
    }
    return write;
  }

  // Reads some keys in one snapshot, then writes some of them, provided that all are as they were
  // read: those that are not written are held by checks alone. Often enough the two sets of two
  // transactions cross each other: each would write what the other only read.
  void TryOne(Random* random) {
    std::set<int> keys;
    const size_t wanted = 1 + random->Uniform(3);
    while (keys.size() < wanted) keys.insert(static_cast<int>(random->Uniform(kKeys)));
    Transaction done;
    done.read = ReadVersions(keys);
    if (random->Uniform(4) != 0) {
      CommitRequest commit;
      commit.transaction = keys.size() > 1 || random->Uniform(2) == 0;
      for (const int key : keys) {
        if (!commit.transaction || random->Uniform(2) == 0) done.written.insert(key);
        commit.writes.push_back(AtVersion(key, done.read[key], done.written.count(key) == 1));
      }
      const CommitResult result = database_->CommitAndWait(std::move(commit));
      if (!result.status.ok()) {
        // A conflict: of a single write that a transaction held up for too long.
        EXPECT_TRUE(result.status.Is(ErrorCode::kTransactionCanceled) ||
                    result.status.Is(ErrorCode::kTransactionConflict) ||
                    result.status.Is(ErrorCode::kConditionalCheckFailed))
            << result.status.ToString();
        return;
      }
      done.lsn = result.lsn.value();
    }
    const std::lock_guard lock(done_mutex_);
    done_.push_back(std::move(done));
  }

  TableRef table_;
  std::mutex done_mutex_;
  History done_;
  std::mutex placeholders_mutex_;
  std::deque<Placeholders> placeholders_;
};

TEST_F(SerializableTest, WhatWasReadAndWrittenFitsIntoTheLogsOrder) {
  constexpr uint64_t kSeed = 20261121;
  SCOPED_TRACE(kSeed);
  InThreads([&](int thread) {
    Random random(kSeed + static_cast<uint64_t>(thread));
    for (int i = 0; i < 400; ++i) TryOne(&random);
  });
  size_t wrote = 0;
  size_t crossed = 0;
  for (const Transaction& done : done_) {
    wrote += !done.written.empty();
    crossed += !done.written.empty() && done.written.size() < done.read.size();
  }
  EXPECT_GT(wrote, 200u);
  EXPECT_GT(crossed, 50u);
  EXPECT_EQ(CheckAgainstTheLog(done_), Faults());
  EXPECT_EQ(CheckForCycles(done_), Faults());
  Crash();
  Open();
  std::map<int, int64_t> last;
  std::set<int> all;
  for (int key = 0; key < kKeys; ++key) all.insert(key);
  for (const Transaction& done : done_) {
    for (const int key : done.written) last[key] = std::max(last[key], done.read.at(key) + 1);
  }
  table_ = database_->FindTable("t");
  for (const auto& [key, version] : ReadVersions(all)) EXPECT_EQ(version, last[key]);
  AuditDatabase(database_.get());
}

// Two on call, and each may leave while the other stays: with checks that hold what they saw, one
// always stays.
TEST_F(SerializableTest, OneStaysOnCall) {
  const auto set = [&](int key, const char* value, const std::string& condition, WriteKind kind) {
    WriteRequest write = Put(table_, NameOf(key), "s", value);
    write.kind = kind;
    return Conditioned(std::move(write), condition);
  };
  std::atomic<int> left{0};
  for (int round = 0; round < 150; ++round) {
    Commit(Delete(table_, NameOf(0), "s"));
    Commit(Delete(table_, NameOf(1), "s"));
    std::atomic<int> gone{0};
    std::vector<std::thread> doctors;
    for (int me = 0; me < 2; ++me) {
      doctors.emplace_back([&, me] {
        CommitRequest leave;
        leave.transaction = true;
        leave.writes.push_back(set(me, "gone", "attribute_not_exists(pk)", WriteKind::kPut));
        leave.writes.push_back(
            set(1 - me, "", "attribute_not_exists(pk)", WriteKind::kConditionCheck));
        const CommitResult result = database_->CommitAndWait(std::move(leave));
        if (result.status.ok()) ++gone;
        // Refused by what the other did: that is there to be read now.
        if (!result.status.ok() &&
            result.outcomes[1].status.Is(ErrorCode::kConditionalCheckFailed)) {
          EXPECT_EQ(Read(table_, NameOf(1 - me), "s"), "gone");
        }
      });
    }
    for (std::thread& doctor : doctors) doctor.join();
    EXPECT_LE(gone, 1);
    left += gone;
  }
  EXPECT_GT(left, 100);
}

}  // namespace
}  // namespace millrace::testing
