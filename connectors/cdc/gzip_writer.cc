#include "connectors/cdc/gzip_writer.h"

#include <utility>

#include "engine/base/fault_point.h"

namespace millrace {

Result<std::unique_ptr<GzipWriter>> GzipWriter::Create(FileSystem* file_system,
                                                       const std::string& path, uint32_t level) {
  ASSIGN_OR_RETURN(std::unique_ptr<WritableFile> file, file_system->OpenWritable(path));
  RETURN_IF_ERROR(file->Truncate(0));
  return std::unique_ptr<GzipWriter>(new GzipWriter(std::move(file), level));
}

GzipWriter::GzipWriter(std::unique_ptr<WritableFile> file, uint32_t level)
    : file_(std::move(file)), member_(level) {}

Status GzipWriter::LinesAdded() {
  return text_.size() < kMemberSize ? Status::Ok() : WriteMember();
}

Status GzipWriter::WriteMember() {
  if (text_.empty()) return Status::Ok();
  const std::string_view bytes = member_.Compress(text_);
  MILLRACE_FAULT_POINT("cdc.file.write");
  RETURN_IF_ERROR(file_->WriteAt(written_, bytes));
  sha_.Update(bytes);
  written_ += bytes.size();
  uncompressed_ += text_.size();
  text_.clear();
  return Status::Ok();
}

Result<FileDigest> GzipWriter::Finish() {
  RETURN_IF_ERROR(WriteMember());
  RETURN_IF_ERROR(file_->Sync());
  return FileDigest{written_, sha_.Finish()};
}

}  // namespace millrace
