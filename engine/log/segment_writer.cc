#include "engine/log/segment_writer.h"

#include "engine/base/checksum.h"
#include "engine/base/fault_point.h"

namespace millrace::log_internal {

SegmentWriter::SegmentWriter(std::shared_ptr<Segment> segment, std::unique_ptr<WritableFile> file,
                             uint64_t capacity)
    : segment_(std::move(segment)), file_(std::move(file)), capacity_(capacity) {}

bool SegmentWriter::Fits(uint64_t frame_bytes, uint64_t index_bytes) const {
  const uint64_t footer = segment_->EncodedIndexSize() + index_bytes + kSegmentTrailerSize;
  return segment_->end() + frame_bytes + footer <= capacity_;
}

Status SegmentWriter::Append(std::string_view frames) {
  MILLRACE_FAULT_POINT("log.append.before_write");
  RETURN_IF_ERROR(file_->WriteAt(segment_->end(), frames));
  MILLRACE_FAULT_POINT("log.append.after_write");
  segment_->Publish(frames);
  return Status::Ok();
}

// One at a time: a file reports a failed write-back to one fdatasync only, and another that runs
// beside it must not take that for its success.
Status SegmentWriter::Sync() {
  const std::lock_guard lock(sync_mutex_);
  RETURN_IF_ERROR(sync_failure_);
  sync_failure_ = file_->Sync();
  return sync_failure_;
}

Status SegmentWriter::Seal() {
  // Before the footer, which may happen to end where the file does and so say "sealed" at once.
  RETURN_IF_ERROR(Sync());
  SegmentTrailer trailer;
  uint64_t file_size = 0;
  RETURN_IF_ERROR(WriteFooter(&trailer, &file_size));
  MILLRACE_FAULT_POINT("log.seal");
  // The footer must be on disk before the cut makes it the end of the file, which is what says
  // "sealed".
  RETURN_IF_ERROR(Sync());
  RETURN_IF_ERROR(file_->Truncate(file_size));
  RETURN_IF_ERROR(Sync());
  segment_->BecomeSealed(trailer, file_size);
  return Status::Ok();
}

Status SegmentWriter::WriteFooter(SegmentTrailer* trailer, uint64_t* file_size) {
  const Segment::Tail tail = segment_->tail();
  ASSIGN_OR_RETURN(const std::shared_ptr<const MappedFile> file, segment_->Map());
  const std::string index =
      segment_->EncodeIndex(&trailer->first_time_micros, &trailer->max_time_micros);
  trailer->end = tail.end;
  trailer->last = tail.last;
  trailer->last_crc = tail.last_crc;
  trailer->index_length = static_cast<uint32_t>(index.size());
  trailer->index_crc = Crc32c(index);
  trailer->digest = Sha256(file->bytes().substr(0, tail.end));
  file->Release(0, tail.end);
  const std::string footer = index + EncodeSegmentTrailer(*trailer, segment_->header().salt);
  *file_size = tail.end + footer.size();
  return file_->WriteAt(tail.end, footer);
}

uint64_t SegmentSizeFor(uint64_t frame_bytes, uint64_t index_bytes) {
  constexpr uint64_t kPage = 4096;
  const uint64_t size =
      kSegmentHeaderSize + frame_bytes + kIndexCountsSize + index_bytes + kSegmentTrailerSize;
  return (size + kPage - 1) / kPage * kPage;
}

}  // namespace millrace::log_internal
