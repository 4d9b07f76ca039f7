#include "connectors/cdc/pipeline.h"

#include "engine/base/random.h"
#include "tests/unit/cdc/cdc_fixture.h"

namespace millrace::testing {
namespace {

using PipelineTest = CdcTest;

TEST_F(PipelineTest, AnOpenFileIsFinishedAtItsTimeThoughNothingNewComes) {
  Make();
  Write("a", "1");
  Write("b", "2");
  ASSERT_TRUE(Drain().ok());
  EXPECT_EQ(pipeline_->open_records(), 2u);
  EXPECT_TRUE(Files().empty());
  clock_.AdvanceMicros(10 * kSecondMicros - 1);
  ASSERT_TRUE(Drain().ok());
  EXPECT_TRUE(Files().empty());
  clock_.AdvanceMicros(1);
  ASSERT_TRUE(Drain().ok());
  ASSERT_EQ(Files().size(), 1u);
  EXPECT_EQ(Files()[0].records, 2u);
  EXPECT_EQ(pipeline_->open_records(), 0u);
  ExpectIntact(2);
}

TEST_F(PipelineTest, ItSaysWhenTheFileIsDue) {
  Make();
  ASSERT_TRUE(Drain().ok());
  Result<Pipeline::Turn> turn = pipeline_->Step();
  ASSERT_TRUE(turn.ok());
  EXPECT_EQ(turn->due_nanos, INT64_MAX);
  Write("a", "1");
  turn = pipeline_->Step();
  ASSERT_TRUE(turn.ok());
  EXPECT_FALSE(turn->more);
  EXPECT_EQ(turn->due_nanos, clock_.MonotonicNanos() + 10 * kSecondMicros * 1000);
  EXPECT_EQ(turn->read_to, database_->applied_lsn());
}

TEST_F(PipelineTest, AWallClockThatStepsBackChangesNothing) {
  Make();
  Write("a", "1");
  ASSERT_TRUE(Drain().ok());
  clock_.StepWallMicros(-3600 * kSecondMicros);
  Write("b", "2");
  ASSERT_TRUE(Drain().ok());
  EXPECT_TRUE(Files().empty());
  clock_.AdvanceMicros(10 * kSecondMicros);
  ASSERT_TRUE(Drain().ok());
  ASSERT_EQ(Files().size(), 1u);
  Write("c", "3");
  clock_.StepWallMicros(-3600 * kSecondMicros);
  ASSERT_TRUE(DrainAndRoll().ok());
  ExpectIntact(3);
}

TEST_F(PipelineTest, FilesEndAtTheirSizeAndBetweenCommits) {
  spec_.roll_bytes = kRollBytesMin;
  Make();
  for (int i = 0; i < 40; ++i) {
    CommitRequest request;  // two records each
    request.writes.push_back(Put(table_, "a" + std::to_string(i), "s", "1"));
    request.writes.push_back(Put(table_, "b" + std::to_string(i), "s", "2"));
    ASSERT_TRUE(database_->CommitAndWait(std::move(request)).status.ok());
  }
  ASSERT_TRUE(DrainAndRoll().ok());
  const std::vector<ManifestFile> files = Files();
  EXPECT_GT(files.size(), 10u);
  for (const ManifestFile& file : files) EXPECT_EQ(file.records % 2, 0u) << file.name;
  ExpectIntact(80);
}

// Each waits for the disk: a pause, a deletion and the server's end wait for a step.
TEST_F(PipelineTest, AStepFinishesOneFileAtMost) {
  spec_.roll_bytes = kRollBytesMin;
  spec_.snapshot = true;
  for (int i = 0; i < 40; ++i) Write("a" + std::to_string(i), "1");
  Make();
  for (const uint64_t at_least : {10, 20}) {  // of the snapshot, and then of the stream
    for (bool more = true; more;) {
      const uint64_t before = pipeline_->progress().state.files;
      const Result<Pipeline::Turn> turn = pipeline_->Step();
      ASSERT_TRUE(turn.ok());
      ASSERT_LE(pipeline_->progress().state.files, before + 1);
      more = turn->more;
    }
    EXPECT_GT(pipeline_->progress().state.files, at_least);
    for (int i = 0; i < 40; ++i) Write("b" + std::to_string(i), std::to_string(at_least));
  }
  ASSERT_TRUE(DrainAndRoll().ok());
  ExpectIntact(120);
}

TEST_F(PipelineTest, NoFileWithoutRecords) {
  const TableRef other = MakeTable("other");
  Make();
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(Commit(Put(other, "k" + std::to_string(i), "s", "1")).status.ok());
  }
  ASSERT_TRUE(DrainAndRoll().ok());
  EXPECT_TRUE(Files().empty());
  EXPECT_EQ(pipeline_->progress().state.cursor, definition_.start_after);
  // The log is not held for ever: the cursor follows, and the next file begins where the manifest
  // ends.
  clock_.AdvanceMicros(60 * kSecondMicros);
  ASSERT_TRUE(Drain().ok());
  EXPECT_GE(pipeline_->progress().state.cursor.value(), definition_.start_after.value() + 200);
  EXPECT_EQ(pipeline_->progress().state.through, definition_.start_after);
  Restart();
  Write("a", "1");
  ASSERT_TRUE(DrainAndRoll().ok());
  ASSERT_EQ(Files().size(), 1u);
  EXPECT_EQ(Files()[0].after, definition_.start_after);
  ExpectIntact(1);
}

TEST_F(PipelineTest, WhatWasNotFinishedIsReadAgain) {
  Make();
  Write("a", "1");
  ASSERT_TRUE(Drain().ok());
  EXPECT_EQ(pipeline_->open_records(), 1u);
  Restart();
  Write("b", "2");
  ASSERT_TRUE(DrainAndRoll().ok());
  ExpectIntact(2);
  pipeline_->Abandon();
  ASSERT_TRUE(DrainAndRoll().ok());
  ExpectIntact(2);
}

TEST_F(PipelineTest, ATableMadeAgainIsAnotherSource) {
  Make();
  Write("a", "1");
  ASSERT_TRUE(database_->DeleteTable("people").ok());
  const TableRef second = MakeTable("people", StreamViewType::kNewAndOldImages);
  ASSERT_TRUE(Commit(Put(second, "b", "s", "2")).status.ok());
  ASSERT_TRUE(DrainAndRoll().ok());
  EXPECT_TRUE(pipeline_->progress().state.ended);
  ExpectIntact(1);
  EXPECT_TRUE(Verify()->ended);
  ASSERT_TRUE(DrainAndRoll().ok());  // it stays so
  ExpectIntact(1);
}

class PipelineGapTest : public CdcTest {
 protected:
  PipelineGapTest() {
    options_.log_segment_size = 32 * 1024;
    options_.log_disk_reserve = 0;
  }
};

TEST_F(PipelineGapTest, WhatWasTrimmedIsAGapAndNoSilence) {
  Make();
  Write("a", "1");
  ASSERT_TRUE(DrainAndRoll().ok());
  const Lsn before = database_->applied_lsn();
  for (int i = 0; i < 300; ++i) Write("k" + std::to_string(i), std::string(1000, 'x'));
  ASSERT_TRUE(database_->Flush().ok());
  clock_.AdvanceMicros(48 * 3600 * kSecondMicros);
  Write("last", "1");
  ASSERT_TRUE(database_->TrimLog(database_->applied_lsn(), clock_.WallMicros() - 3600).ok());
  ASSERT_GT(database_->log()->first_lsn(), before);
  Restart();
  ASSERT_TRUE(DrainAndRoll().ok());
  const CdcState& state = pipeline_->progress().state;
  const SegmentInfo kept = database_->log()->Segments().front();
  EXPECT_EQ(state.gaps.count, 1u);
  EXPECT_EQ(state.gaps.last.after, Files()[0].through);
  EXPECT_EQ(state.gaps.last.through, Lsn(kept.first.value() - 1));
  EXPECT_EQ(state.gaps.last.before_micros, kept.first_time_micros);
  const Result<CdcVerifyReport> report = Verify();
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->gaps, 1u);
  EXPECT_EQ(report->problems.count, 0u) << report->problems.shown[0];
  EXPECT_GT(report->records, 1u);
}

TEST_F(PipelineTest, ImagesThatAreNoLongerStoredAreCounted) {
  Make();
  Write("a", "1");
  ASSERT_TRUE(database_->DisableStream("people").ok());
  table_ = database_->FindTable("people");
  Write("a", "2");
  ASSERT_TRUE(DrainAndRoll().ok());
  EXPECT_EQ(pipeline_->progress().state.incomplete_records, 1u);
  ExpectIntact(2);
}

class SnapshotTest : public CdcTest {
 protected:
  void SetUp() override {
    CdcTest::SetUp();
    spec_.snapshot = true;
  }
  // Big items, so that a page holds few.
  void WriteBig(int key, int value) {
    Write("k" + std::to_string(key), std::to_string(value) + std::string(150'000, 'x'));
  }
};

TEST_F(SnapshotTest, OfAnEmptyTable) {
  Make();
  ASSERT_TRUE(DrainAndRoll().ok());
  EXPECT_EQ(pipeline_->progress().state.snapshot, SnapshotPhase::kComplete);
  Write("a", "1");
  ASSERT_TRUE(DrainAndRoll().ok());
  ExpectIntact(1);
}

TEST_F(SnapshotTest, WithoutWritersItIsTheTable) {
  for (int i = 0; i < 30; ++i) WriteBig(i, 0);
  Make();
  ASSERT_TRUE(DrainAndRoll().ok());
  EXPECT_EQ(pipeline_->progress().state.snapshot_records, 30u);
  ExpectIntact(30);
  EXPECT_EQ(Folded(), Live());
}

// Writers between any two steps, restarts now and then: the lines, applied one after another, make
// the table; and each record of the log is there, unless the snapshot shows what it did.
TEST_F(SnapshotTest, HandsOverExactlyWhileWritersGoOn) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    spec_.directory = scratch_.path() + "/files-" + std::to_string(seed);
    spec_.roll_bytes = seed % 2 == 0 ? kRollBytesDefault : 300'000;
    for (int i = 0; i < 30; ++i) WriteBig(i, 0);
    Make();
    for (int n = 1; pipeline_->progress().state.snapshot == SnapshotPhase::kRunning; ++n) {
      for (int i = 0; i < 4; ++i) {
        const int key = static_cast<int>(random.Uniform(40));
        if (random.Uniform(4) == 0) {
          Remove("k" + std::to_string(key));
        } else {
          WriteBig(key, n);
        }
      }
      const Result<Pipeline::Turn> turn = pipeline_->Step();
      ASSERT_TRUE(turn.ok()) << turn.status().ToString();
      if (random.Uniform(8) == 0) Restart();
      if (n > 400) break;  // it starts again too often to end: enough was tried
    }
    while (pipeline_->progress().state.snapshot == SnapshotPhase::kRunning) {
      ASSERT_TRUE(pipeline_->Step().ok());
    }
    for (int i = 0; i < 5; ++i) WriteBig(i, -1);
    ASSERT_TRUE(DrainAndRoll().ok());
    const Result<CdcVerifyReport> report = Verify();
    ASSERT_TRUE(report.ok()) << report.status().ToString();
    EXPECT_EQ(report->problems.count, 0u) << report->problems.shown[0];
    EXPECT_TRUE(report->snapshot_complete);
    EXPECT_EQ(Folded(), Live());
  }
}

TEST_F(SnapshotTest, ATableDeletedMeanwhileIsSaid) {
  for (int i = 0; i < 30; ++i) WriteBig(i, 0);
  spec_.roll_bytes = 100'000;
  Make();
  while (pipeline_->progress().state.files == 0) ASSERT_TRUE(pipeline_->Step().ok());
  pipeline_->Abandon();
  ASSERT_TRUE(database_->DeleteTable("people").ok());
  ASSERT_TRUE(DrainAndRoll().ok());
  EXPECT_EQ(pipeline_->progress().state.snapshot, SnapshotPhase::kAborted);
  EXPECT_TRUE(pipeline_->progress().state.ended);
  EXPECT_EQ(Verify()->problems.count, 0u);
}

}  // namespace
}  // namespace millrace::testing
