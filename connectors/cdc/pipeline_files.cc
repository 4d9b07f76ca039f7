#include "connectors/cdc/pipeline_files.h"

#include <algorithm>
#include <utility>

#include "engine/base/fault_point.h"

namespace millrace {
namespace {

Status InTheWay(std::string text) {
  return Status(ErrorCode::kIo, std::move(text));
}

}  // namespace

Result<std::unique_ptr<OpenCdcFile>> OpenCdcFile::Create(FileSystem* file_system,
                                                         const std::string& directory,
                                                         uint32_t level,
                                                         int64_t first_commit_micros) {
  ASSIGN_OR_RETURN(
      std::unique_ptr<GzipWriter> writer,
      GzipWriter::Create(file_system, directory + "/" + std::string(kOpenFileName), level));
  std::unique_ptr<OpenCdcFile> file(new OpenCdcFile(std::move(writer)));
  file->first_commit_micros_ = first_commit_micros;
  for (uint32_t i = 0; i < kShardCount; ++i) file->shards_[i].shard = ShardIndex(i);
  return file;
}

Status OpenCdcFile::AddedRecord(ShardIndex shard, const Position& position) {
  ManifestShard* part = &shards_.at(shard.value());
  if (part->records++ == 0) part->first = position;
  part->last = position;
  ++records_;
  return writer_->LinesAdded();
}

Status OpenCdcFile::AddedSnapshotItem(ShardIndex shard) {
  ++shards_.at(shard.value()).snapshot_records;
  ++records_;
  ++snapshot_records_;
  return writer_->LinesAdded();
}

Result<ManifestFile> OpenCdcFile::Finish() {
  ManifestFile file;
  file.records = records_;
  file.snapshot_records = snapshot_records_;
  file.uncompressed_bytes = writer_->uncompressed_bytes();
  for (const ManifestShard& shard : shards_) {
    if (shard.records + shard.snapshot_records > 0) file.shards.push_back(shard);
  }
  ASSIGN_OR_RETURN(file.digest, writer_->Finish());
  return file;
}

Status CdcDirectory::Prepare() {
  RETURN_IF_ERROR(CreateDurableDirectory(file_system_, path_));
  ASSIGN_OR_RETURN(const std::vector<std::string> names, file_system_->List(path_));
  if (!names.empty()) {
    return Status(ErrorCode::kInvalidParameterValue, "The directory " + path_ +
                                                         " is not empty (it holds " + names[0] +
                                                         "): a pipeline needs one of its own.");
  }
  // Can it be written to? Better now than in the background.
  ASSIGN_OR_RETURN(const auto file, file_system_->OpenWritable(PathOf(kOpenFileName)));
  return file_system_->Remove(PathOf(kOpenFileName));
}

Result<bool> CdcDirectory::Publish(const PendingLine& pending, bool just_written) {
  const std::string path = PathOf(pending.file_name);
  const std::string open_path = PathOf(kOpenFileName);
  ASSIGN_OR_RETURN(const std::optional<FileDigest> there, DigestFile(path));
  if (there.has_value()) {
    if (*there != pending.file) {
      return InTheWay("There is a file " + path +
                      " that this pipeline did not write: move it away, or delete the pipeline.");
    }
  } else {
    if (!just_written) {
      ASSIGN_OR_RETURN(const std::optional<FileDigest> open, DigestFile(open_path));
      if (!open.has_value() || *open != pending.file) return false;
    }
    RETURN_IF_ERROR(file_system_->Rename(open_path, path));
    MILLRACE_FAULT_POINT("cdc.renamed");
  }
  RETURN_IF_ERROR(file_system_->SyncDirectory(path_));
  return true;
}

Status CdcDirectory::CheckManifest(uint64_t at, std::string_view line) const {
  const std::string path = PathOf(kManifestName);
  uint64_t size = 0;
  ASSIGN_OR_RETURN(const std::optional<std::string> tail,
                   ReadTail(path, at, line.size() + 1, &size));
  if (!tail.has_value() && at == 0) return Status::Ok();
  if (size < at) {
    return InTheWay("The manifest " + path + " has " + std::to_string(size) +
                    " bytes, and this pipeline wrote " + std::to_string(at) +
                    ": bring the directory's files back, or delete the pipeline.");
  }
  if (tail->size() > line.size() || line.substr(0, tail->size()) != *tail) {
    return InTheWay("The manifest " + path +
                    " goes on with something that this pipeline did not write: bring the "
                    "directory's files back, or delete the pipeline.");
  }
  return Status::Ok();
}

Status CdcDirectory::AppendManifest(uint64_t at, std::string_view line) {
  ASSIGN_OR_RETURN(const auto manifest, file_system_->OpenWritable(PathOf(kManifestName)));
  if (fault_points_armed.load(std::memory_order_relaxed)) {  // die with half a line written
    RETURN_IF_ERROR(manifest->WriteAt(at, line.substr(0, line.size() / 2)));
    MILLRACE_FAULT_POINT("cdc.manifest.torn");
  }
  RETURN_IF_ERROR(manifest->WriteAt(at, line));
  MILLRACE_FAULT_POINT("cdc.manifest.written");
  RETURN_IF_ERROR(manifest->Sync());
  return at == 0 ? file_system_->SyncDirectory(path_) : Status::Ok();
}

void CdcDirectory::RemoveOpenFile() {
  // It may not be there, or the directory may be gone: then there is nothing to remove.
  [[maybe_unused]] const Status removed = file_system_->Remove(PathOf(kOpenFileName));
}

}  // namespace millrace
