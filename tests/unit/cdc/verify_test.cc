// What a verification must find: each way of spoiling a directory, and what is said of it.

#include <fstream>
#include <functional>

#include "tests/support/faulty_file_system.h"
#include "tests/unit/cdc/cdc_fixture.h"

namespace millrace::testing {
namespace {

class VerifyCdcTest : public CdcTest {
 protected:
  void SetUp() override {
    CdcTest::SetUp();
    spec_.roll_bytes = 2048;
    Make();
    for (int i = 0; i < 20; ++i) Write("k" + std::to_string(i), "v");
    ASSERT_TRUE(DrainAndRoll().ok());
    ASSERT_GT(Files().size(), 3u);
    ExpectIntact(20);
  }
  std::string Path(const std::string& name) const { return spec_.directory + "/" + name; }
  std::string ManifestText() const {
    uint64_t size = 0;
    return **ReadTail(Path("manifest.jsonl"), 0, 1 << 20, &size);
  }
  void WriteManifest(const std::string& text) {
    std::ofstream(Path("manifest.jsonl"), std::ios::trunc) << text;
  }
  void ExpectProblem(const std::string& text, bool with_log = false) {
    const Result<CdcVerifyReport> report = Verify(with_log);
    ASSERT_TRUE(report.ok()) << report.status().ToString();
    ASSERT_GT(report->problems.count, 0u);
    std::string all;
    for (const std::string& problem : report->problems.shown) all += problem + "\n";
    EXPECT_NE(all.find(text), all.npos) << all;
  }
};

TEST_F(VerifyCdcTest, AMissingFile) {
  std::filesystem::remove(Path(Files()[1].name));
  ExpectProblem(Files()[1].name);
}

TEST_F(VerifyCdcTest, AChangedByte) {
  ASSERT_TRUE(FlipBit(Path(Files()[1].name), 100, 3).ok());
  ExpectProblem(Files()[1].name);
}

TEST_F(VerifyCdcTest, ACutFile) {
  std::filesystem::resize_file(Path(Files()[0].name), Files()[0].digest.bytes - 1);
  ExpectProblem("ends in the middle");
}

TEST_F(VerifyCdcTest, AFileThatNobodyListed) {
  std::ofstream(Path("people.00000000000000000001-00000000000000000002.jsonl.gz")) << "x";
  ExpectProblem("does not name it");
}

TEST_F(VerifyCdcTest, TheNextFileMayBeThereBeforeItsLine) {
  std::ofstream(Path(CdcFileName("people", Lsn(1 << 30), Lsn(1 << 30), std::nullopt))) << "x";
  const Result<CdcVerifyReport> report = Verify(false);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->problems.count, 0u);
  EXPECT_EQ(report->unlisted, 1u);
}

TEST_F(VerifyCdcTest, ALineTakenOutOfTheManifest) {
  std::string text = ManifestText();
  const size_t first = text.find('\n') + 1;
  const size_t second = text.find('\n', first) + 1;
  text.erase(first, second - first);
  WriteManifest(text);
  ExpectProblem("what is before it ends at");
  ExpectProblem("is in no file", true);
}

TEST_F(VerifyCdcTest, ATornLastLineIsNotThereYet) {
  const std::string text = ManifestText();
  WriteManifest(text + "{\"type\":\"fi");
  EXPECT_EQ(Verify(false)->problems.count, 0u);
}

TEST_F(VerifyCdcTest, AFileListedTwice) {
  const std::string text = ManifestText();
  const size_t last = text.rfind('\n', text.size() - 2) + 1;
  WriteManifest(text + text.substr(last));
  ExpectProblem("is listed twice");
  ExpectProblem("comes again");
}

TEST_F(VerifyCdcTest, AManifestThatSaysSomethingElse) {
  const ManifestFile file = Files()[0];
  struct Row {
    std::function<void(ManifestFile*)> change;
    const char* said;
  };
  for (const Row& row : std::vector<Row>{
           {[](ManifestFile* f) { ++f->records; }, "lines, and the manifest says"},
           {[](ManifestFile* f) { ++f->uncompressed_bytes; }, "bytes uncompressed"},
           {[](ManifestFile* f) { ++f->digest.bytes; }, "with SHA-256"},
           {[](ManifestFile* f) { f->digest.sha256[0] ^= 1; }, "with SHA-256"},
           {[](ManifestFile* f) { ++f->shards[0].records; }, "differs from the manifest in shard"},
           {[](ManifestFile* f) { ++f->shards[0].last.ordinal; }, "differs from the manifest"},
           {[](ManifestFile* f) { f->through = f->after; }, "is not of its range"}}) {
    ManifestFile changed = file;
    row.change(&changed);
    std::string text = ManifestText();
    const std::string line = RenderManifestLine(file);
    text.replace(text.find(line), line.size(), RenderManifestLine(changed));
    const std::string before = ManifestText();
    WriteManifest(text);
    ExpectProblem(row.said);
    WriteManifest(before);
  }
}

TEST_F(VerifyCdcTest, ARecordThatTheLogDoesNotHave) {
  definition_.table = MakeTable("other")->id;
  ExpectProblem("that the log does not have", true);
}

TEST_F(VerifyCdcTest, ARecordThatDiffersFromTheLog) {
  definition_.view = StreamViewType::kKeysOnly;
  ExpectProblem("differs from the log's", true);
}

TEST_F(VerifyCdcTest, WhatIsNoDirectoryOfAPipeline) {
  CdcVerifyOptions options;
  EXPECT_TRUE(VerifyCdcDirectory(scratch_.path() + "/none", options)
                  .status()
                  .Is(ErrorCode::kResourceNotFound));
  options.id = "another";
  EXPECT_TRUE(VerifyCdcDirectory(spec_.directory, options).status().Is(ErrorCode::kCorruption));
  WriteManifest("woop\n");
  EXPECT_TRUE(VerifyCdcDirectory(spec_.directory, {}).status().Is(ErrorCode::kCorruption));
  WriteManifest("");
  EXPECT_TRUE(VerifyCdcDirectory(spec_.directory, {}).status().Is(ErrorCode::kCorruption));
}

TEST_F(VerifyCdcTest, CanBeCancelled) {
  constexpr int kWrites = 50;  // a commit: ThreadSanitizer follows 64 locks of a thread at most
  for (int n = 0; n < 100; ++n) {
    CommitRequest request;
    for (int i = 0; i < kWrites; ++i) {
      request.writes.push_back(Put(table_, "m" + std::to_string(n * kWrites + i), "s", "v"));
    }
    ASSERT_TRUE(database_->CommitAndWait(std::move(request)).status.ok());
  }
  Write("end", "1");
  ASSERT_TRUE(DrainAndRoll().ok());
  CdcVerifyOptions options;
  options.cancelled = [] { return true; };
  EXPECT_TRUE(VerifyCdcDirectory(spec_.directory, options).status().Is(ErrorCode::kUnavailable));
}

}  // namespace
}  // namespace millrace::testing
