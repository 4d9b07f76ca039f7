#include "engine/log/segment.h"

#include "engine/base/check.h"
#include "engine/base/checksum.h"

namespace millrace::log_internal {

Segment::Segment(FileSystem* file_system, std::string path, const SegmentHeader& header)
    : Segment(file_system, std::move(path), header, SegmentIndex(),
              Tail{.last = Before(header.first)}, 0) {}

Segment::Segment(FileSystem* file_system, std::string path, const SegmentHeader& header,
                 SegmentIndex index, const Tail& tail, uint64_t unverified_end)
    : file_system_(file_system),
      path_(std::move(path)),
      header_(header),
      unverified_end_(unverified_end),
      end_(tail.end),
      last_(tail.last.value()),
      max_time_(index.max_time_micros()),
      index_(std::move(index)),
      last_crc_(tail.last_crc),
      last_offset_(tail.last_offset) {}

Segment::Segment(FileSystem* file_system, std::string path, const SegmentHeader& header,
                 const SegmentTrailer& trailer, uint64_t file_size)
    : file_system_(file_system),
      path_(std::move(path)),
      header_(header),
      unverified_end_(trailer.end),
      end_(trailer.end),
      last_(trailer.last.value()),
      max_time_(trailer.max_time_micros),
      trailer_(trailer),
      file_size_(file_size),
      last_crc_(trailer.last_crc) {}

bool Segment::sealed() const {
  const std::lock_guard lock(mutex_);
  return trailer_.has_value();
}

Segment::Tail Segment::tail() const {
  const std::lock_guard lock(mutex_);
  return {end(), last(), last_crc_, last_offset_};
}

SegmentInfo Segment::Info() const {
  const std::lock_guard lock(mutex_);
  SegmentInfo info;
  info.first = first();
  info.sealed = trailer_.has_value();
  info.bytes = trailer_ ? file_size_ : end();
  if (empty()) return info;
  info.last = last();
  info.first_time_micros = trailer_ ? trailer_->first_time_micros : index_->first_time_micros();
  info.last_time_micros = trailer_ ? trailer_->max_time_micros : index_->max_time_micros();
  return info;
}

void Segment::Publish(std::string_view frames) {
  const std::lock_guard lock(mutex_);
  uint64_t offset = end();
  uint64_t last = last_.load(std::memory_order_relaxed);
  while (!frames.empty()) {
    const FrameHeader header = LoadFrameHeader(frames.data());
    MILLRACE_CHECK(header.lsn.value() == last + 1);
    MILLRACE_CHECK(index_->Add(offset, header, EntriesOf(header, frames.data())));
    last_crc_ = header.crc;
    last_offset_ = offset;
    last = header.lsn.value();
    offset += header.length;
    frames.remove_prefix(header.length);
  }
  end_.store(offset, std::memory_order_release);
  last_.store(last, std::memory_order_release);
  // Last: who sees the time finds the frame.
  max_time_.store(index_->max_time_micros(), std::memory_order_release);
}

size_t Segment::EncodedIndexSize() const {
  const std::lock_guard lock(mutex_);
  return index_->EncodedSize();
}

std::string Segment::EncodeIndex(int64_t* first_time_micros, int64_t* max_time_micros) const {
  const std::lock_guard lock(mutex_);
  *first_time_micros = index_->first_time_micros();
  *max_time_micros = index_->max_time_micros();
  return index_->Encode();
}

void Segment::BecomeSealed(const SegmentTrailer& trailer, uint64_t file_size) {
  const std::lock_guard lock(mutex_);
  trailer_ = trailer;
  file_size_ = file_size;
  index_.reset();
}

Result<std::shared_ptr<const MappedFile>> Segment::Map() {
  const std::lock_guard lock(mutex_);
  if (std::shared_ptr<const MappedFile> mapped = mapped_.lock()) return mapped;
  ASSIGN_OR_RETURN(std::shared_ptr<const MappedFile> fresh, file_system_->Map(path_));
  if (fresh->bytes().size() < end()) {
    return Status(ErrorCode::kCorruption, path_ + ": the file was cut short");
  }
  mapped_ = fresh;
  return fresh;
}

Status Segment::Damaged(std::string_view what, uint64_t offset) const {
  return Status(ErrorCode::kCorruption, path_ + ": " + std::string(what) + " at offset " +
                                            std::to_string(offset) + " is damaged");
}

Result<EncodedIndex> Segment::IndexOnDisk(const MappedFile& file) {
  const std::string_view bytes = file.bytes();
  if (trailer_->end + trailer_->index_length > bytes.size()) {
    return Damaged("the index", trailer_->end);
  }
  const std::string_view encoded = bytes.substr(trailer_->end, trailer_->index_length);
  if (!index_checked_.load(std::memory_order_relaxed)) {
    if (Crc32c(encoded) != trailer_->index_crc) return Damaged("the index", trailer_->end);
    index_checked_.store(true, std::memory_order_relaxed);
  }
  const std::optional<EncodedIndex> index = EncodedIndex::Parse(encoded);
  if (!index) return Damaged("the index", trailer_->end);
  return *index;
}

template <typename Query>
Status Segment::AskIndex(const MappedFile& file, Query query) {
  {
    const std::lock_guard lock(mutex_);
    if (index_) {
      query(*index_);
      return Status::Ok();
    }
  }
  // Sealed for good: the trailer no longer changes.
  ASSIGN_OR_RETURN(const EncodedIndex index, IndexOnDisk(file));
  query(index);
  return Status::Ok();
}

Result<std::optional<IndexPoint>> Segment::PointBefore(Lsn lsn, const MappedFile& file) {
  std::optional<IndexPoint> point;
  RETURN_IF_ERROR(AskIndex(file, [&](const auto& index) { point = index.PointBefore(lsn); }));
  return point;
}

Result<std::optional<IndexPoint>> Segment::PointBeforeTime(int64_t micros, const MappedFile& file) {
  std::optional<IndexPoint> point;
  RETURN_IF_ERROR(
      AskIndex(file, [&](const auto& index) { point = index.PointBeforeTime(micros); }));
  return point;
}

Status Segment::OffsetsOf(uint64_t partition, uint64_t from, size_t max, const MappedFile& file,
                          std::vector<uint32_t>* out) {
  return AskIndex(file, [&](const auto& index) { index.OffsetsOf(partition, from, max, out); });
}

Result<FrameHeader> Segment::HeaderAt(uint64_t offset, const MappedFile& file) const {
  const uint64_t limit = end();
  if (offset < kSegmentHeaderSize || offset >= limit || limit - offset < kFrameHeaderSize) {
    return Damaged("the index's or a frame's reference to the frame", offset);
  }
  const std::string_view bytes = file.bytes().substr(offset, limit - offset);
  if (offset >= unverified_end_ || offset < verified_to_.load(std::memory_order_relaxed)) {
    return LoadFrameHeader(bytes.data());
  }
  const std::optional<FrameHeader> header = CheckedFrameHeader(bytes, header_.salt);
  if (!header) return Damaged("the frame", offset);
  return *header;
}

Result<FrameView> Segment::FrameAt(uint64_t offset, Lsn expected, const MappedFile& file) {
  ASSIGN_OR_RETURN(const FrameHeader header, HeaderAt(offset, file));
  const char* const frame = file.bytes().data() + offset;
  if (header.lsn != expected) return Damaged("the frame", offset);
  uint64_t verified = verified_to_.load(std::memory_order_relaxed);
  if (offset < unverified_end_ && offset >= verified) {
    if (!EntriesAreWhole(header, frame)) return Damaged("the frame", offset);
    // Sequential readers move the mark, so that the next ones need not check again.
    if (offset == verified) {
      verified_to_.compare_exchange_strong(verified, offset + header.length,
                                           std::memory_order_relaxed);
    }
  }
  return FrameView{header.lsn, header.commit_time_micros, header.entry_count,
                   EntriesOf(header, frame)};
}

}  // namespace millrace::log_internal
