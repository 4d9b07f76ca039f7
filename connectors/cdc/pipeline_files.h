#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "connectors/cdc/cdc_cells.h"
#include "connectors/cdc/gzip_writer.h"
#include "connectors/cdc/manifest.h"
#include "engine/base/file_system.h"
#include "engine/base/status.h"
#include "engine/table.h"

// The directory of a pipeline: what S3 or another sink would do in its own way.
namespace millrace {

// The file being written, and what its line in the manifest will say.
class OpenCdcFile {
 public:
  static Result<std::unique_ptr<OpenCdcFile>> Create(FileSystem* file_system,
                                                     const std::string& directory, uint32_t level,
                                                     int64_t first_commit_micros);
  // A line is appended to text(), then one of these tells of it.
  std::string* text() { return writer_->text(); }
  Status AddedRecord(ShardIndex shard, const Position& position);
  Status AddedSnapshotItem(ShardIndex shard);

  // All of it is on disk. The caller gives it a name and a range.
  Result<ManifestFile> Finish();

  uint64_t size() const { return writer_->size(); }
  uint64_t records() const { return records_; }
  uint64_t snapshot_records() const { return snapshot_records_; }
  int64_t first_commit_micros() const { return first_commit_micros_; }
  uint64_t incomplete_records = 0;

 private:
  explicit OpenCdcFile(std::unique_ptr<GzipWriter> writer) : writer_(std::move(writer)) {}

  const std::unique_ptr<GzipWriter> writer_;
  std::array<ManifestShard, kShardCount> shards_;
  uint64_t records_ = 0;
  uint64_t snapshot_records_ = 0;
  int64_t first_commit_micros_ = 0;
};

// Everything that is done to the directory beside that. Errors name the path.
class CdcDirectory {
 public:
  // The file system outlives it.
  CdcDirectory(FileSystem* file_system, std::string path)
      : file_system_(file_system), path_(std::move(path)) {}

  // For a new pipeline: makes the directory, and refuses one that holds anything
  // (kInvalidParameterValue) or cannot be written to.
  Status Prepare();
  // The file gets its name. False: neither it nor a whole file under the name is there any more.
  // `just_written`: the open file is known to be what the line says. Error: kIo, also when another
  // file has the name.
  Result<bool> Publish(const PendingLine& pending, bool just_written);
  // The manifest holds `at` bytes, and behind them at most a part of `line`. Error: kIo, when
  // somebody else has been at it.
  Status CheckManifest(uint64_t at, std::string_view line) const;
  // Writes the line there, and waits for the disk. After CheckManifest.
  Status AppendManifest(uint64_t at, std::string_view line);
  // Whatever is left of a file that was not finished.
  void RemoveOpenFile();

  std::string PathOf(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  FileSystem* const file_system_;
  const std::string path_;
};

}  // namespace millrace
