// The power goes at seeded operations of the file system while several clients write: what they
// were told must be what a restart shows.

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "engine_fixture.h"
#include "tests/support/faulty_file_system.h"
#include "writers.h"

namespace millrace::testing {
namespace {

constexpr uint64_t kSeedsEach = 20;

// To look further than the seeds that are always run.
uint64_t FirstSeed() {
  const char* text = std::getenv("MILLRACE_FIRST_SEED");
  return text == nullptr ? 1 : std::strtoull(text, nullptr, 10);
}

// In memory where that can be had: what survives is the faulty file system's to say, and a disk
// would only take its time.
class FastDirectory {
 public:
  FastDirectory() {
    std::string pattern = std::filesystem::exists("/dev/shm")
                              ? "/dev/shm/"
                              : std::filesystem::temp_directory_path().string() + "/";
    pattern += "millrace-power.XXXXXX";
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    path_ = pattern;
  }
  ~FastDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// What a life writes.
enum class Writes { kSmall, kTransactions };

// One data directory that lives through a few cuts.
class Life {
 public:
  explicit Life(uint64_t seed, bool sync = true, Writes writes = Writes::kSmall)
      : seed_(seed), writes_(writes), random_(seed), file_system_(seed) {
    options_.directory = scratch_.path() + "/data";
    options_.sync = sync;
    options_.log_segment_size = (writes == Writes::kSmall ? 96 : 256) * 1024;
    options_.log_disk_reserve = 0;
    // At "os" no flush may be under way at a cut, since RocksDB's files are out of its reach.
    options_.write_buffer_size = sync ? 64 * 1024 : 32 << 20;
    options_.clock = &clock_;
    options_.file_system = &file_system_;
  }

  // Opens, now and then through more cuts in the middle of it, and checks all there is.
  void Open() {
    for (int cuts = 0; random_.OneIn(2) && cuts < 3; ++cuts) {
      file_system_.CutPowerAt(1 + random_.Uniform(40));
      OpenOnce();
      Cut();
    }
    OpenOnce();
    ASSERT_TRUE(opened_.ok()) << opened_.ToString();
    log_ = AuditDatabase(database_.get());
    if (!options_.sync) ForgetLost();
    CheckAttempts(attempts_, log_);
  }

  void MakeTables() {
    tables_.clear();
    for (const char* name : {"plain", "streamed"}) {
      if (database_->FindTable(name) == nullptr) {
        TableSpec spec = IndexedSpec(name);
        if (writes_ == Writes::kSmall) spec.indexes.clear();
        if (spec.name == "streamed") spec.stream = StreamViewType::kNewAndOldImages;
        const Result<TableRef> made = database_->CreateTable(spec);
        if (!made.ok()) {
          EXPECT_TRUE(file_system_.power_is_cut()) << made.status().ToString();
          return;
        }
      }
      tables_.push_back(database_->FindTable(name));
    }
  }

  void CutWithin(uint64_t operations) { file_system_.CutPowerAt(1 + random_.Uniform(operations)); }
  void Write(int round) {
    WritersOptions options;
    options.seed = seed_ * 10 + static_cast<uint64_t>(round);
    options.name = "r" + std::to_string(round);
    options.attempts_each = 40;
    if (writes_ == Writes::kTransactions) {
      options.attempts_each = 12;
      options.under_way = 4;
      options.keys = 60;
      options.transaction_one_in = 3;
    }
    if (tables_.size() < 2) return;
    std::thread flusher;
    if (options_.sync && random_.OneIn(2)) flusher = std::thread([this] { FlushAsCommitsGoBy(); });
    std::vector<Attempt> made = RunWriters(database_.get(), tables_, options);
    if (flusher.joinable()) flusher.join();
    for (Attempt& attempt : made) attempts_.push_back(std::move(attempt));
  }
  // The power goes, if it hasn't yet.
  void Cut() {
    file_system_.CutPower();
    database_.reset();
    file_system_.Restart();
  }
  void CloseCleanly() {
    EXPECT_TRUE(database_->Close().ok());
    database_.reset();
  }

  // Whatever comes, this much stays.
  void Flush() {
    EXPECT_TRUE(database_->Flush().ok());
    flushed_ = database_->applied_lsn();
  }

  Random* random() { return &random_; }
  int lost() const { return lost_; }
  // Of 100 items, those that are there.
  ptrdiff_t transactions() const {
    return std::count_if(attempts_.begin(), attempts_.end(), [](const Attempt& attempt) {
      return attempt.transaction && attempt.answered && attempt.status.ok();
    });
  }

 private:
  void OpenOnce() {
    Result<std::unique_ptr<Database>> opened = Database::Open(options_);
    opened_ = opened.ok() ? Status::Ok() : opened.status();
    if (opened.ok()) database_ = std::move(*opened);
    EXPECT_TRUE(opened_.ok() || file_system_.power_is_cut()) << opened_.ToString();
  }
  void FlushAsCommitsGoBy() {
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(database_->Flush().ok());
  }

  // A commit may be gone, with all after it; one that state on disk rests on may not.
  void ForgetLost() {
    const Lsn last = database_->applied_lsn();
    EXPECT_GE(last, flushed_);
    for (Attempt& attempt : attempts_) {
      attempt.seen.clear();
      if (attempt.lsn <= last) continue;
      attempt.lsn = Lsn();
      attempt.answered = false;
      ++lost_;
    }
  }

  const uint64_t seed_;
  const Writes writes_;
  Random random_;
  FastDirectory scratch_;
  ManualClock clock_;
  FaultyFileSystem file_system_;
  DatabaseOptions options_;
  Status opened_;
  std::unique_ptr<Database> database_;
  std::vector<TableRef> tables_;
  std::vector<Attempt> attempts_;
  AuditedLog log_;
  Lsn flushed_;
  int lost_ = 0;
};

class PowerCutTest : public ::testing::TestWithParam<uint64_t> {
 protected:
  // Runs `life` for each seed of this part.
  template <typename Run>
  void ForSeeds(uint64_t seeds, Run run) {
    for (uint64_t i = 0; i < seeds && !HasFailure(); ++i) {
      const uint64_t seed = FirstSeed() + GetParam() * kSeedsEach + i;
      SCOPED_TRACE("MILLRACE_FIRST_SEED=" + std::to_string(seed));
      run(seed);
    }
  }
};

void LiveTwice(Life* life) {
  for (int round = 0; round < 2; ++round) {
    ASSERT_NO_FATAL_FAILURE(life->Open());
    const bool closes = life->random()->OneIn(5);
    if (!closes) life->CutWithin(round == 0 ? 250 : 120);
    life->MakeTables();
    life->Write(round);
    closes ? life->CloseCleanly() : life->Cut();
  }
  ASSERT_NO_FATAL_FAILURE(life->Open());
}

TEST_P(PowerCutTest, WhatWasAcknowledgedIsThere) {
  ForSeeds(kSeedsEach, [](uint64_t seed) {
    Life life(seed);
    LiveTwice(&life);
  });
}

// 100 items of two tables, each with a global and a local index, among small commits.
TEST_P(PowerCutTest, TransactionsAreThereOnceAndWholeOrNotAtAll) {
  ptrdiff_t transactions = 0;
  ForSeeds(3, [&transactions](uint64_t seed) {
    Life life(seed, true, Writes::kTransactions);
    LiveTwice(&life);
    transactions += life.transactions();
  });
  EXPECT_GT(transactions, 0);
}

// The weaker durability: a cut loses the end of the log, and nothing else. It also shows that the
// cuts of the test above are real ones.
TEST_P(PowerCutTest, AtOsDurabilityOnlyTheEndIsLost) {
  int lost = 0;
  ForSeeds(4, [&lost](uint64_t seed) {
    Life life(seed, false);
    for (int round = 0; round < 4; round += 2) {
      ASSERT_NO_FATAL_FAILURE(life.Open());
      life.MakeTables();
      life.Write(round);
      if (life.random()->OneIn(2)) life.Flush();
      life.Write(round + 1);
      life.Cut();
    }
    ASSERT_NO_FATAL_FAILURE(life.Open());
    lost += life.lost();
  });
  EXPECT_GT(lost, 0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, PowerCutTest, ::testing::Range<uint64_t>(0, 6));

}  // namespace
}  // namespace millrace::testing
