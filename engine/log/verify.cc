#include <algorithm>

#include "engine/base/checksum.h"
#include "engine/log/commit_log.h"
#include "engine/log/recovery_scan.h"

namespace millrace {
namespace {

using log_internal::DecodeSegmentHeader;
using log_internal::DecodeSegmentTrailer;
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

Status VerifySegment(FileSystem* file_system, const std::string& path,
                     LogVerification* verification) {
  ASSIGN_OR_RETURN(const std::unique_ptr<MappedFile> mapped, file_system->Map(path));
  const std::string_view file = mapped->bytes();
  ASSIGN_OR_RETURN(const SegmentHeader header, DecodeSegmentHeader(file, path));
  const std::optional<SegmentTrailer> trailer = DecodeSegmentTrailer(file, header.salt);
  if (!trailer) return Status::Ok();
  RETURN_IF_ERROR(VerifySealed(path, file, header, *trailer));
  ++verification->segments;
  verification->frames += trailer->last.value() - header.first.value() + 1;
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
