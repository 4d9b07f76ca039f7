#pragma once

#include <map>
#include <string>
#include <vector>

#include "connectors/cdc/pipeline.h"
#include "connectors/cdc/verify_log.h"
#include "engine/json/attribute_value.h"
#include "tests/unit/engine/engine_fixture.h"

namespace millrace::testing {

// A pipeline on a real database, stepped by hand, with a clock that moves when told to.
class CdcTest : public EngineTest {
 protected:
  static constexpr int64_t kSecondMicros = 1'000'000;

  void SetUp() override {
    Open();
    table_ = MakeTable("people", StreamViewType::kNewAndOldImages);
    spec_.name = "p";
    spec_.table = "people";
    spec_.directory = scratch_.path() + "/files";
    spec_.roll_seconds = 10;
  }

  // Made as the service makes it, but for the checks.
  void Make() {
    definition_.id = "id-" + std::to_string(++made_);
    definition_.spec = spec_;
    definition_.table = table_->id;
    definition_.view = spec_.view.value_or(StreamViewType::kNewAndOldImages);
    definition_.start_after = database_->applied_lsn();
    ASSERT_TRUE(CdcDirectory(file_system_, spec_.directory).Prepare().ok());
    CdcProgress progress;
    progress.state.cursor = progress.state.through = definition_.start_after;
    if (spec_.snapshot) progress.state.snapshot = SnapshotPhase::kRunning;
    CommitRequest request;
    request.cells.push_back({CdcProgressCellKey(definition_.id), 0, EncodeProgressCell(progress)});
    ASSERT_TRUE(database_->CommitAndWait(std::move(request)).status.ok());
    Restart();
  }
  // As after the process's death.
  void Restart() {
    const auto cell = database_->ReadCell(CdcProgressCellKey(definition_.id));
    ASSERT_TRUE(cell.ok() && cell->has_value());
    const Result<CdcProgress> progress = DecodeProgressCell((*cell)->value);
    ASSERT_TRUE(progress.ok());
    pipeline_ = std::make_unique<Pipeline>(
        Pipeline::Parts{database_.get(), file_system_, &clock_, "us-east-1"}, definition_,
        *progress, (*cell)->version);
  }
  // Until it waits, or fails.
  Status Drain() {
    for (;;) {
      const Result<Pipeline::Turn> turn = pipeline_->Step();
      if (!turn.ok()) {
        pipeline_->Abandon();
        return turn.status();
      }
      if (!turn->more) return Status::Ok();
    }
  }
  // And what is open is finished.
  Status DrainAndRoll() {
    RETURN_IF_ERROR(Drain());
    clock_.AdvanceMicros(int64_t{spec_.roll_seconds} * kSecondMicros);
    return Drain();
  }
  void Write(const std::string& pk, const std::string& value) {
    ASSERT_TRUE(Commit(Put(table_, pk, "s", value)).status.ok());
  }
  void Remove(const std::string& pk) { ASSERT_TRUE(Commit(Delete(table_, pk, "s")).status.ok()); }

  Result<CdcVerifyReport> Verify(bool with_log = true) {
    CdcLogCheck log(database_.get(), definition_, "us-east-1");
    CdcVerifyOptions options;
    options.id = definition_.id;
    if (with_log) options.log = &log;
    return VerifyCdcDirectory(spec_.directory, options);
  }
  void ExpectIntact(uint64_t records) {
    const Result<CdcVerifyReport> report = Verify();
    ASSERT_TRUE(report.ok()) << report.status().ToString();
    EXPECT_EQ(report->records, records);
    EXPECT_EQ(report->problems.count, 0u)
        << (report->problems.shown.empty() ? "" : report->problems.shown[0]);
    EXPECT_EQ(report->log_records, report->records - report->snapshot_records);
  }

  // Of the manifest.
  std::vector<ManifestLine> Manifest() const {
    std::vector<ManifestLine> lines;
    uint64_t size = 0;
    const auto text = ReadTail(spec_.directory + "/manifest.jsonl", 0, 1 << 20, &size);
    EXPECT_TRUE(text.ok() && text->has_value());
    JsonParser parser;
    std::string_view rest = **text;
    for (size_t end; (end = rest.find('\n')) != rest.npos; rest.remove_prefix(end + 1)) {
      const Result<ManifestLine> line = ParseManifestLine(rest.substr(0, end), &parser);
      EXPECT_TRUE(line.ok());
      lines.push_back(*line);
    }
    return lines;
  }
  std::vector<ManifestFile> Files() const {
    std::vector<ManifestFile> files;
    for (const ManifestLine& line : Manifest()) {
      if (const auto* file = std::get_if<ManifestFile>(&line)) files.push_back(*file);
    }
    return files;
  }
  std::vector<std::string> Lines() const {
    std::vector<std::string> lines;
    for (const ManifestFile& file : Files()) {
      EXPECT_TRUE(ReadGzipLines(spec_.directory + "/" + file.name, [&lines](std::string_view line) {
                    lines.emplace_back(line);
                    return Status::Ok();
                  }).ok());
    }
    return lines;
  }
  // `name":` up to the next of the envelope's members.
  static std::string Part(const std::string& line, const std::string& name) {
    const size_t begin = line.find("\"" + name + "\":");
    if (begin == line.npos) return "";
    const size_t from = begin + name.size() + 3;
    size_t end = line.npos;
    for (const char* next : {",\"NewImage\":", ",\"OldImage\":", ",\"SequenceNumber\":"}) {
      end = std::min(end, line.find(next, from));
    }
    return line.substr(from, end - from);
  }
  // What the files make when one line after another is applied.
  std::map<std::string, std::string> Folded() const {
    std::map<std::string, std::string> items;
    for (const std::string& line : Lines()) {
      if (line.find("\"op\":\"d\"") != line.npos) {
        items.erase(Part(line, "Keys"));
      } else {
        items[Part(line, "Keys")] = Part(line, "NewImage");
      }
    }
    return items;
  }
  std::map<std::string, std::string> Live() const {
    std::map<std::string, std::string> items;
    PageRequest request;
    request.table = table_;
    do {
      const Result<Page> page = database_->ReadPage(request);
      EXPECT_TRUE(page.ok());
      for (const std::string& item : page->items) {
        const ItemKey key = *KeyOfItem(table_->spec.schema, ItemView(item));
        items[Json(KeysItem(table_->spec.schema, key))] = Json(item);
      }
      request.exclusive_start = page->last_evaluated;
    } while (request.exclusive_start.has_value());
    return items;
  }
  static std::string Json(const std::string& item) {
    std::string text;
    JsonWriter writer(&text);
    WriteAttributeMap(ItemView(item).attributes(), &writer);
    return text;
  }

  FileSystem* file_system_ = FileSystem::Posix();
  TableRef table_;
  PipelineSpec spec_;
  PipelineDefinition definition_;
  std::unique_ptr<Pipeline> pipeline_;
  int made_ = 0;
};

}  // namespace millrace::testing
