#include "connectors/cdc/cdc_cells.h"

#include <gtest/gtest.h>

#include "engine/base/coding.h"

namespace millrace {
namespace {

PipelineDefinition SomeDefinition() {
  PipelineDefinition definition;
  definition.id = "id";
  definition.spec.name = "name";
  definition.spec.table = "people";
  definition.spec.directory = "/data/cdc";
  definition.spec.snapshot = true;
  definition.spec.roll_bytes = 1234;
  definition.spec.roll_seconds = 7;
  definition.spec.compression_level = 3;
  definition.spec.paused = true;
  definition.table = TableId(9);
  definition.table_uuid = "uuid";
  definition.view = StreamViewType::kOldImage;
  definition.start_after = Lsn(42);
  definition.created_micros = 1'700'000'000'000'000;
  return definition;
}

CdcProgress SomeProgress() {
  CdcProgress progress;
  progress.state.manifest_bytes = 300;
  progress.state.cursor = Lsn(50);
  progress.state.through = Lsn(49);
  progress.state.snapshot = SnapshotPhase::kRunning;
  progress.state.frontier = std::string("\0key", 4);
  progress.state.files = 3;
  progress.state.gaps.count = 2;
  progress.state.gaps.last = {Lsn(30), Lsn(40), 1'700'000'000'000'001};
  progress.state.ended = true;
  PendingLine pending;
  pending.file_name = "file";
  pending.file = {17, "sha"};
  pending.line = "{}\n";
  pending.after.cursor = Lsn(60);
  progress.pending = pending;
  return progress;
}

TEST(CdcCellsTest, DefinitionsComeBack) {
  const PipelineDefinition definition = SomeDefinition();
  const std::string bytes = EncodePipelineCell(definition);
  const Result<PipelineDefinition> back = DecodePipelineCell(bytes);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(EncodePipelineCell(*back), bytes);
  EXPECT_EQ(back->spec.directory, "/data/cdc");
  EXPECT_EQ(back->view, StreamViewType::kOldImage);
  EXPECT_TRUE(back->spec.paused);
}

TEST(CdcCellsTest, ProgressComesBack) {
  const CdcProgress progress = SomeProgress();
  const std::string bytes = EncodeProgressCell(progress);
  const Result<CdcProgress> back = DecodeProgressCell(bytes);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(EncodeProgressCell(*back), bytes);
  EXPECT_EQ(back->pending->file, progress.pending->file);
  EXPECT_EQ(back->state.frontier, progress.state.frontier);
  EXPECT_EQ(back->state.gaps.count, 2u);
  EXPECT_EQ(back->state.gaps.last.after, Lsn(30));
  EXPECT_EQ(back->state.gaps.last.through, Lsn(40));
  EXPECT_EQ(back->state.gaps.last.before_micros, 1'700'000'000'000'001);
}

// A progress cell of version 1: no intent, the numbers as given.
std::string ProgressOfVersion1(uint64_t gap_commits) {
  std::string bytes(1, 1);
  for (const uint64_t number : {uint64_t{300}, uint64_t{50}, uint64_t{49}})
    PutLittle(&bytes, number);
  PutLittle(&bytes, uint8_t{2});  // the snapshot
  PutPrefixed(&bytes, "key");
  for (uint64_t number = 1; number <= 6; ++number) PutLittle(&bytes, number);
  PutLittle(&bytes, gap_commits);
  PutLittle(&bytes, uint64_t{7});  // incomplete records
  PutLittle(&bytes, int64_t{8});
  PutLittle(&bytes, uint16_t{0});  // not ended, no intent
  return bytes;
}

TEST(CdcCellsTest, ProgressOfVersion1IsRead) {
  const Result<CdcProgress> none = DecodeProgressCell(ProgressOfVersion1(0));
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(none->state.gaps.count, 0u);
  EXPECT_EQ(none->state.incomplete_records, 7u);
  const Result<CdcProgress> some = DecodeProgressCell(ProgressOfVersion1(17));
  ASSERT_TRUE(some.ok());
  EXPECT_EQ(some->state.gaps.count, 1u);
  EXPECT_EQ(some->state.gaps.last.after, Lsn());
  EXPECT_EQ(some->state.gaps.last.through, Lsn(49));
  EXPECT_EQ(some->state.gaps.last.before_micros, 0);
  EXPECT_EQ(some->state.last_file_micros, 8);
}

TEST(CdcCellsTest, NeitherShorterNorLonger) {
  for (const std::string& bytes :
       {EncodePipelineCell(SomeDefinition()), EncodeProgressCell(SomeProgress())}) {
    const bool definition = DecodePipelineCell(bytes).ok();
    const auto ok = [definition](std::string_view cell) {
      return definition ? DecodePipelineCell(cell).ok() : DecodeProgressCell(cell).ok();
    };
    EXPECT_TRUE(ok(bytes));
    for (size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(ok(bytes.substr(0, n))) << n;
    EXPECT_FALSE(ok(bytes + "x"));
  }
}

TEST(CdcCellsTest, ANewerVersionIsRefusedByName) {
  std::string bytes = EncodeProgressCell(SomeProgress());
  bytes[0] = 3;
  EXPECT_TRUE(DecodeProgressCell(bytes).status().Is(ErrorCode::kUnsupportedFormat));
}

}  // namespace
}  // namespace millrace
