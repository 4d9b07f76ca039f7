#include <algorithm>

#include "engine/base/checksum.h"
#include "engine/log/commit_log.h"
#include "engine/log/recovery_scan.h"

namespace millrace {
namespace {

using log_internal::DecodeSegmentHeader;
using log_internal::DecodeSegmentTrailer;
using log_internal::kSegmentHeaderSize;
using log_internal::kSegmentTrailerSize;
using log_internal::ParseSegmentName;
using log_internal::ScanFrames;
using log_internal::SegmentHeader;
using log_internal::SegmentScan;
using log_internal::SegmentTrailer;

Status Wrong(const std::string& path, std::string_view what) {
  return Status(ErrorCode::kCorruption, path + ": " + std::string(what));
}

Status VerifySealed(const std::string& path, std::string_view file, const SegmentHeader& header,
                    const SegmentTrailer& trailer) {
  const SegmentScan scan = ScanFrames(file.substr(0, trailer.end), header);
  if (scan.tail.end != trailer.end || scan.tail.last != trailer.last) {
    return Wrong(path, "the frame at offset " + std::to_string(scan.tail.end) + " is damaged");
  }
  if (Sha256(file.substr(0, trailer.end)) != trailer.digest) {
    return Wrong(path, "the digest isn't that of the segment's bytes");
  }
  if (scan.index.Encode() != file.substr(trailer.end, trailer.index_length)) {
    return Wrong(path, "the index isn't that of the segment's frames");
  }
  return Status::Ok();
}

struct SealedSegment {
  SegmentHeader header;
  SegmentTrailer trailer;
  uint64_t size = 0;  // of the file, which no longer changes
};

// nullopt: it is not sealed. A segment may be sealed, and its file cut, at any moment here: only
// what is known to be sealed may be mapped.
Result<std::optional<SealedSegment>> ReadEnds(FileSystem* file_system, const std::string& path) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ReadableFile> file, file_system->OpenReadable(path));
  ASSIGN_OR_RETURN(const std::string head, file->ReadAt(0, kSegmentHeaderSize));
  SealedSegment segment;
  ASSIGN_OR_RETURN(segment.header, DecodeSegmentHeader(head, path));
  ASSIGN_OR_RETURN(segment.size, file->Size());
  if (segment.size < kSegmentTrailerSize) return std::optional<SealedSegment>();
  ASSIGN_OR_RETURN(const std::string tail,
                   file->ReadAt(segment.size - kSegmentTrailerSize, kSegmentTrailerSize));
  const std::optional<SegmentTrailer> trailer =
      DecodeSegmentTrailer(tail, segment.size, segment.header.salt);
  if (!trailer) return std::optional<SealedSegment>();
  segment.trailer = *trailer;
  return std::optional<SealedSegment>(segment);
}

Status VerifySegment(FileSystem* file_system, const std::string& path,
                     LogVerification* verification) {
  ASSIGN_OR_RETURN(const std::optional<SealedSegment> segment, ReadEnds(file_system, path));
  if (!segment) return Status::Ok();
  ASSIGN_OR_RETURN(const std::unique_ptr<MappedFile> mapped, file_system->Map(path));
  if (mapped->bytes().size() != segment->size) return Wrong(path, "the file was cut short");
  RETURN_IF_ERROR(VerifySealed(path, mapped->bytes(), segment->header, segment->trailer));
  ++verification->segments;
  verification->frames += segment->trailer.last.value() - segment->header.first.value() + 1;
  return Status::Ok();
}

bool StillThere(FileSystem* file_system, const std::string& directory, const std::string& name) {
  const Result<std::vector<std::string>> names = file_system->List(directory);
  return !names.ok() || std::binary_search(names->begin(), names->end(), name);
}

}  // namespace

Result<LogVerification> VerifyLog(FileSystem* file_system, const std::string& directory) {
  LogVerification verification;
  ASSIGN_OR_RETURN(const std::vector<std::string> names, file_system->List(directory));
  for (const std::string& name : names) {
    if (!ParseSegmentName(name)) continue;
    Status status = VerifySegment(file_system, directory + "/" + name, &verification);
    // Trimmed meanwhile.
    if (!status.ok() && !StillThere(file_system, directory, name)) continue;
    RETURN_IF_ERROR(status);
  }
  return verification;
}

}  // namespace millrace
