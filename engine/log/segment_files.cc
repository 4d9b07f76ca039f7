#include "engine/log/segment_files.h"

#include <algorithm>

#include "engine/base/fault_point.h"

namespace millrace::log_internal {
namespace {

constexpr uint64_t kFirstSegmentSize = uint64_t{16} << 20;
constexpr char kZeros[64 * 1024] = {};  // small enough to stay in a processor's cache

}  // namespace

std::string SegmentFiles::PreparedPath() const {
  return options_.directory + "/" + std::string(kPreparedName);
}

Result<PreparedFile> SegmentFiles::Prepare(uint64_t size) {
  ASSIGN_OR_RETURN(const uint64_t free, file_system_->FreeBytes(options_.directory));
  if (free < size || free - size < options_.disk_reserve) {
    return Status(ErrorCode::kDiskFull,
                  "no room for another log segment in " + options_.directory + ": it takes " +
                      std::to_string(size) + " of " + std::to_string(free) + " free bytes, and " +
                      std::to_string(options_.disk_reserve) + " are to stay free");
  }
  PreparedFile prepared;
  ASSIGN_OR_RETURN(prepared.file, file_system_->OpenWritable(PreparedPath()));
  if (Status status = prepared.file->Preallocate(size); !status.ok()) {
    prepared.file.reset();
    Discard();
    return status;
  }
  prepared.size = size;
  return prepared;
}

Status SegmentFiles::ZeroMore(PreparedFile* prepared, uint64_t bytes) {
  const uint64_t end = prepared->zeroed + std::min(bytes, prepared->size - prepared->zeroed);
  for (uint64_t at = prepared->zeroed; at < end;) {
    const std::string_view zeros(kZeros, std::min<uint64_t>(sizeof kZeros, end - at));
    RETURN_IF_ERROR(prepared->file->WriteAt(at, zeros));
    at += zeros.size();
  }
  RETURN_IF_ERROR(prepared->file->Sync());
  prepared->zeroed = end;
  return Status::Ok();
}

Result<std::unique_ptr<SegmentWriter>> SegmentFiles::Begin(PreparedFile prepared,
                                                           const SegmentHeader& header) {
  const std::string path = options_.directory + "/" + SegmentName(header.first);
  RETURN_IF_ERROR(prepared.file->WriteAt(0, EncodeSegmentHeader(header)));
  RETURN_IF_ERROR(prepared.file->Sync());
  RETURN_IF_ERROR(file_system_->Rename(PreparedPath(), path));
  MILLRACE_FAULT_POINT("log.new_segment");
  RETURN_IF_ERROR(file_system_->SyncDirectory(options_.directory));
  return std::make_unique<SegmentWriter>(std::make_shared<Segment>(file_system_, path, header),
                                         std::move(prepared.file), prepared.size);
}

void SegmentFiles::Discard() {
  const Status status = file_system_->Remove(PreparedPath());
  static_cast<void>(status);
}

uint64_t SegmentFiles::SizeAfter(uint64_t previous) const {
  return std::min(options_.segment_size, std::max(kFirstSegmentSize, 2 * previous));
}

}  // namespace millrace::log_internal
