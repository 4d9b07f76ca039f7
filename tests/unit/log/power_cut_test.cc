#include <gtest/gtest.h>

#include <filesystem>

#include "engine/base/random.h"
#include "tests/support/faulty_file_system.h"
#include "tests/unit/log/log_testing.h"

// The power goes, or only the process, at a seeded operation, again and again in one directory.
// After each cut everything that was acknowledged is there, in order and whole; what wasn't is
// there as a prefix of what was appended, or not at all.
namespace millrace {
namespace {

constexpr uint64_t kLives = 6;      // of a directory
constexpr uint64_t kGroups = 40;    // appended in one life, at most
constexpr size_t kBytesMax = 1500;  // of an entry: several segments a life

class PowerCutRun {
 public:
  explicit PowerCutRun(uint64_t seed)
      : random_(seed), faulty_(seed), options_(TestOptions(temporary_.path() + "/log")) {
    options_.sync = !random_.OneIn(3);
    options_.background = random_.OneIn(4);
    options_.segment_size = (8 + random_.Uniform(56)) * 1024;
  }

  void Go() {
    for (life_ = 1; life_ <= kLives && !testing::Test::HasFatalFailure(); ++life_) Live();
  }

 private:
  // Opens, checks, works until the power goes.
  void Live() {
    auto opened = CommitLog::Open(&faulty_, options_, Lsn(acknowledged_));
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    log_ = *std::move(opened);
    ASSERT_NO_FATAL_FAILURE(Check());
    faulty_.CutPowerAt(1 + random_.Uniform(random_.OneIn(4) ? 30 : 300));
    for (uint64_t i = 0; i < kGroups && !faulty_.power_is_cut(); ++i) Step();
    if (random_.OneIn(3)) {
      // Maybe a clean end, maybe cut in the middle of it.
      if (log_->Close().ok()) acknowledged_ = log_->last_lsn().value();
    }
    log_.reset();
    faulty_.CutPower();
    random_.OneIn(3) ? faulty_.RestartProcess() : faulty_.Restart();
  }

  void Step() {
    if (random_.OneIn(10)) {
      const Lsn keep(acknowledged_ - std::min<uint64_t>(acknowledged_, random_.Uniform(60)));
      const auto freed = log_->Trim(keep, INT64_MAX);
      static_cast<void>(freed);
      // Also where Trim says no: a removal in which the power goes may have happened.
      first_ = std::max(first_, keep.value());
    }
    for (uint64_t appends = 1 + random_.Uniform(2); appends > 0; --appends) Append();
    const bool now = random_.OneIn(5);
    const Status status = now ? log_->SyncNow() : log_->Sync();
    if (status.ok() && (options_.sync || now)) acknowledged_ = log_->last_lsn().value();
  }

  void Append() {
    const uint64_t count = 1 + random_.Uniform(6);
    // What is appended at an lsn differs from life to life, so that no frame of an earlier one
    // passes for a new one.
    for (uint64_t i = 0; i < count; ++i) written_by_.push_back(life_);
    const uint64_t before = log_->last_lsn().value();
    std::vector<TestFrame> frames;
    for (uint64_t i = 1; i <= count; ++i) frames.push_back(FrameFor(life_, before + i, kBytesMax));
    const Status status = AppendGroup(log_.get(), frames);
    if (!status.ok() && log_->last_lsn().value() != before) FAIL();
  }

  void Check() {
    const uint64_t last = log_->last_lsn().value();
    ASSERT_GE(last, acknowledged_);
    ASSERT_LE(last, written_by_.size());
    ASSERT_EQ(log_->durable_lsn(), Lsn(last));
    written_by_.resize(last);
    acknowledged_ = last;  // recovered means synced
    const uint64_t first = log_->first_lsn().value();
    ASSERT_LE(first, first_) << "more is gone than was trimmed";
    const auto all = log_->NewCursor(Lsn(first));
    const auto some = log_->NewCursor(Lsn(first));
    for (uint64_t lsn = first; lsn <= last; ++lsn) {
      const TestFrame expected = FrameFor(written_by_[lsn - 1], lsn, kBytesMax);
      const auto frame = all->Next(kAllLsns);
      ASSERT_TRUE(frame.ok()) << frame.status().ToString();
      ASSERT_TRUE(frame->has_value() && (*frame)->lsn == Lsn(lsn) && IsFrame(**frame, expected));
      if (!expected.Holds(2)) continue;
      const auto same = some->NextOf(2, kAllLsns);
      ASSERT_TRUE(same.ok() && same->has_value() && (*same)->lsn == Lsn(lsn));
    }
    ASSERT_FALSE(all->Next(kAllLsns).value());
    ASSERT_TRUE(VerifyLog(&faulty_, options_.directory).ok());
  }

  Random random_;
  TemporaryDirectory temporary_;
  FaultyFileSystem faulty_;
  LogOptions options_;
  std::unique_ptr<CommitLog> log_;
  uint64_t life_ = 0;
  uint64_t acknowledged_ = 0;
  uint64_t first_ = 1;                // the furthest that may have been trimmed to
  std::vector<uint64_t> written_by_;  // the life in which each lsn was appended last
};

class PowerCutTest : public testing::TestWithParam<uint64_t> {};

TEST_P(PowerCutTest, NothingAcknowledgedIsLostAndNothingTornAppears) {
  for (uint64_t seed = GetParam(); seed < GetParam() + 50; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    PowerCutRun(seed).Go();
    if (testing::Test::HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, PowerCutTest, testing::Values(1000, 2000, 3000, 4000, 5000, 6000));

}  // namespace
}  // namespace millrace
