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
#include "log_audit.h"

namespace millrace::testing {
namespace {

constexpr int kThreads = 6;
constexpr int kKeys = 5;

int64_t VersionOf(const std::string& item) {
  if (item.empty()) return 0;
  return static_cast<int64_t>(ItemView(item).Find("n")->number().ToDouble());
}

// What one transaction did: the versions of items that it read, by key, and the keys of which it
// made the next version.
struct Done {
  std::map<int, int64_t> read;
  std::set<int> written;
  Lsn lsn;  // 0: it wrote nothing
};

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
    Done done;
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
        EXPECT_TRUE(result.status.Is(ErrorCode::kTransactionCanceled) ||
                    result.status.Is(ErrorCode::kConditionalCheckFailed))
            << result.status.ToString();
        return;
      }
      done.lsn = result.lsn;
    }
    const std::lock_guard lock(done_mutex_);
    done_.push_back(std::move(done));
  }

  // Transaction by transaction in the log's order, on items of one's own: each must have seen what
  // is there when its turn comes.
  void CheckAgainstTheLog() {
    std::map<uint64_t, const Done*> by_lsn;
    for (const Done& done : done_) {
      if (done.written.empty()) continue;
      EXPECT_TRUE(by_lsn.emplace(done.lsn.value(), &done).second) << "two of one commit";
    }
    std::map<int, int64_t> now;
    for (const auto& [lsn, done] : by_lsn) {
      for (const auto& [key, version] : done->read) {
        EXPECT_EQ(version, now[key]) << NameOf(key) << " at " << lsn;
      }
      for (const int key : done->written) ++now[key];
    }
  }

  // The same without the log, from what the clients know: who read a version comes after who made
  // it, and before who made the next. These must not go round in a circle.
  void CheckForCycles() {
    std::map<std::pair<int, int64_t>, size_t> maker;
    for (size_t i = 0; i < done_.size(); ++i) {
      for (const int key : done_[i].written) {
        EXPECT_TRUE(maker.emplace(std::make_pair(key, done_[i].read.at(key) + 1), i).second)
            << "two made version " << done_[i].read.at(key) + 1 << " of " << NameOf(key);
      }
    }
    std::vector<std::set<size_t>> after(done_.size());
    std::vector<size_t> before(done_.size(), 0);
    const auto order = [&](size_t first, size_t second) {
      if (first != second && after[first].insert(second).second) ++before[second];
    };
    for (size_t i = 0; i < done_.size(); ++i) {
      for (const auto& [key, version] : done_[i].read) {
        const auto made = maker.find({key, version});
        if (made != maker.end()) order(made->second, i);
        const auto next = maker.find({key, version + 1});
        if (next != maker.end()) order(i, next->second);
      }
    }
    std::vector<size_t> free;
    for (size_t i = 0; i < done_.size(); ++i) {
      if (before[i] == 0) free.push_back(i);
    }
    size_t placed = 0;
    while (!free.empty()) {
      const size_t i = free.back();
      free.pop_back();
      ++placed;
      for (const size_t next : after[i]) {
        if (--before[next] == 0) free.push_back(next);
      }
    }
    EXPECT_EQ(placed, done_.size()) << "transactions go round in a circle";
  }

  TableRef table_;
  std::mutex done_mutex_;
  std::vector<Done> done_;
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
  for (const Done& done : done_) {
    wrote += !done.written.empty();
    crossed += !done.written.empty() && done.written.size() < done.read.size();
  }
  EXPECT_GT(wrote, 200u);
  EXPECT_GT(crossed, 50u);
  CheckAgainstTheLog();
  CheckForCycles();
  Crash();
  Open();
  std::map<int, int64_t> last;
  std::set<int> all;
  for (int key = 0; key < kKeys; ++key) all.insert(key);
  for (const Done& done : done_) {
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
