#include "connectors/cdc/gzip_writer.h"

#include <libdeflate.h>

#include <utility>

#include "engine/base/check.h"
#include "engine/base/fault_point.h"

namespace millrace {

Result<std::unique_ptr<GzipWriter>> GzipWriter::Create(FileSystem* file_system,
                                                       const std::string& path, uint32_t level) {
  ASSIGN_OR_RETURN(std::unique_ptr<WritableFile> file, file_system->OpenWritable(path));
  RETURN_IF_ERROR(file->Truncate(0));
  return std::unique_ptr<GzipWriter>(new GzipWriter(std::move(file), level));
}

GzipWriter::GzipWriter(std::unique_ptr<WritableFile> file, uint32_t level)
    : file_(std::move(file)), compressor_(libdeflate_alloc_compressor(static_cast<int>(level))) {
  MILLRACE_CHECK(compressor_ != nullptr);
}

GzipWriter::~GzipWriter() {
  libdeflate_free_compressor(compressor_);
}

Status GzipWriter::LinesAdded() {
  return text_.size() < kMemberSize ? Status::Ok() : WriteMember();
}

Status GzipWriter::WriteMember() {
  if (text_.empty()) return Status::Ok();
  const size_t bound = libdeflate_gzip_compress_bound(compressor_, text_.size());
  if (member_.size() < bound) member_.resize(bound);
  const size_t size = libdeflate_gzip_compress(compressor_, text_.data(), text_.size(),
                                               member_.data(), member_.size());
  MILLRACE_CHECK(size > 0, "a member does not fit its bound");
  const std::string_view bytes = std::string_view(member_).substr(0, size);
  MILLRACE_FAULT_POINT("cdc.file.write");
  RETURN_IF_ERROR(file_->WriteAt(written_, bytes));
  sha_.Update(bytes);
  written_ += size;
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
