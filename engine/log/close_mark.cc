#include "engine/log/close_mark.h"

#include "engine/base/checksum.h"
#include "engine/base/coding.h"

namespace millrace::log_internal {
namespace {

constexpr std::string_view kMagic = "millrcls";
constexpr uint32_t kCloseMarkFormat = 1;

std::string EncodeCloseMark(const Segment& segment) {
  const SegmentHeader& header = segment.header();
  const Segment::Tail tail = segment.tail();
  int64_t first_time = 0;
  int64_t max_time = 0;
  const std::string index = segment.EncodeIndex(&first_time, &max_time);
  std::string out(kMagic);
  PutLittle(&out, kCloseMarkFormat);
  PutLittle(&out, header.salt);
  PutLittle(&out, header.log_id);
  PutLittle(&out, header.first.value());
  PutLittle(&out, tail.end);
  PutLittle(&out, tail.last.value());
  PutLittle(&out, tail.last_offset);
  PutLittle(&out, tail.last_crc);
  PutLittle(&out, first_time);
  PutLittle(&out, max_time);
  out.append(index);
  PutLittle(&out, Crc32c(out));
  return out;
}

}  // namespace

Status WriteCloseMark(FileSystem* file_system, const std::string& directory,
                      const Segment& segment) {
  const std::string temporary = directory + "/" + std::string(kCloseMarkTemporaryName);
  ASSIGN_OR_RETURN(const std::unique_ptr<WritableFile> file, file_system->OpenWritable(temporary));
  const std::string bytes = EncodeCloseMark(segment);
  RETURN_IF_ERROR(file->Truncate(0));
  RETURN_IF_ERROR(file->WriteAt(0, bytes));
  RETURN_IF_ERROR(file->Sync());
  RETURN_IF_ERROR(file_system->Rename(temporary, directory + "/" + std::string(kCloseMarkName)));
  return file_system->SyncDirectory(directory);
}

std::optional<CloseMark> DecodeCloseMark(std::string_view bytes) {
  if (bytes.size() < sizeof(uint32_t)) return std::nullopt;
  std::string_view in = bytes.substr(0, bytes.size() - sizeof(uint32_t));
  if (Crc32c(in) != LoadLittle<uint32_t>(in.end())) return std::nullopt;
  std::string_view magic;
  uint32_t format = 0;
  uint64_t first = 0;
  uint64_t last = 0;
  int64_t first_time = 0;
  int64_t max_time = 0;
  CloseMark mark;
  const bool whole = TakeBytes(&in, kMagic.size(), &magic) && TakeLittle(&in, &format) &&
                     TakeLittle(&in, &mark.salt) && TakeLittle(&in, &mark.log_id) &&
                     TakeLittle(&in, &first) && TakeLittle(&in, &mark.tail.end) &&
                     TakeLittle(&in, &last) && TakeLittle(&in, &mark.tail.last_offset) &&
                     TakeLittle(&in, &mark.tail.last_crc) && TakeLittle(&in, &first_time) &&
                     TakeLittle(&in, &max_time);
  if (!whole || magic != kMagic || format != kCloseMarkFormat) return std::nullopt;
  std::optional<SegmentIndex> index = SegmentIndex::Decode(in, first_time, max_time);
  if (!index) return std::nullopt;
  mark.first = Lsn(first);
  mark.tail.last = Lsn(last);
  mark.index = *std::move(index);
  return mark;
}

bool CloseMarkFits(const CloseMark& mark, const SegmentHeader& header, std::string_view file) {
  const Segment::Tail& tail = mark.tail;
  if (mark.log_id != header.log_id || mark.salt != header.salt || mark.first != header.first) {
    return false;
  }
  if (tail.end > file.size() || tail.last_offset > tail.end) return false;
  const std::string_view rest = file.substr(tail.end, sizeof(uint32_t));
  if (rest.find_first_not_of('\0') != std::string_view::npos) return false;
  if (tail.last < mark.first) return tail.end == kSegmentHeaderSize;
  const std::string_view frame = file.substr(tail.last_offset, tail.end - tail.last_offset);
  const std::optional<FrameHeader> last = CheckedFrameHeader(frame, header.salt);
  return last && last->lsn == tail.last && last->crc == tail.last_crc &&
         last->length == frame.size();
}

}  // namespace millrace::log_internal
