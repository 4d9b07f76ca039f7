#include "engine/log/recovery_scan.h"

#include <algorithm>

#include "engine/base/coding.h"

namespace millrace::log_internal {
namespace {

constexpr size_t kBlock = 64;

bool AllZero(const char* block) {
  uint64_t bits = 0;
  for (size_t i = 0; i < kBlock; i += sizeof bits) bits |= LoadLittle<uint64_t>(block + i);
  return bits == 0;
}

uint64_t SkipZeros(std::string_view file, uint64_t offset) {
  while (offset + kBlock <= file.size() && AllZero(file.data() + offset)) offset += kBlock;
  while (offset < file.size() && file[offset] == '\0') ++offset;
  return offset;
}

// Whether the bytes could be a header that proves `lost`, before the price of a checksum is paid.
bool LooksLikeProof(const char* p, uint64_t room, Lsn lost) {
  const FrameHeader header = LoadFrameHeader(p);
  const Lsn highest = Plus(lost, room / kFrameHeaderSize + 1);
  return header.length >= kFrameHeaderSize && header.length <= room && header.lsn > lost &&
         header.lsn <= highest && header.durable_before >= lost &&
         header.durable_before < header.lsn;
}

}  // namespace

SegmentScan ScanFrames(std::string_view file, const SegmentHeader& header) {
  SegmentScan scan;
  scan.tail.last = Before(header.first);
  for (;;) {
    const uint64_t offset = scan.tail.end;
    const std::string_view rest = file.substr(std::min<uint64_t>(offset, file.size()));
    const std::optional<FrameHeader> frame = CheckedFrameHeader(rest, header.salt);
    if (!frame || frame->lsn != Plus(scan.tail.last, 1)) break;
    if (!EntriesAreWhole(*frame, rest.data())) break;
    if (!scan.index.Add(offset, *frame, EntriesOf(*frame, rest.data()))) break;
    scan.tail = {offset + frame->length, frame->lsn, frame->crc, offset};
  }
  return scan;
}

std::optional<DurabilityProof> FindProof(std::string_view file, uint64_t from, uint32_t salt,
                                         Lsn lost) {
  uint64_t offset = from;
  while (offset + kFrameHeaderSize <= file.size()) {
    // A header starts with its length, of which at least one byte isn't zero.
    const uint64_t non_zero = SkipZeros(file, offset);
    if (non_zero >= sizeof(uint32_t)) offset = std::max(offset, non_zero - (sizeof(uint32_t) - 1));
    if (offset + kFrameHeaderSize > file.size()) break;
    const std::string_view rest = file.substr(offset);
    if (LooksLikeProof(rest.data(), rest.size(), lost)) {
      const std::optional<FrameHeader> frame = CheckedFrameHeader(rest, salt);
      if (frame) return DurabilityProof{frame->lsn, offset};
    }
    ++offset;
  }
  return std::nullopt;
}

uint64_t EndOfNonZeros(std::string_view file, uint64_t from) {
  uint64_t end = file.size();
  while (end > from && end - from >= kBlock && AllZero(file.data() + end - kBlock)) end -= kBlock;
  while (end > from && file[end - 1] == '\0') --end;
  return end;
}

}  // namespace millrace::log_internal
