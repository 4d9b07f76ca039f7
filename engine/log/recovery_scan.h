#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/log/segment.h"

// Reading a segment whose end is unknown. Pure functions of its bytes.
namespace millrace::log_internal {

struct SegmentScan {
  SegmentIndex index;
  Segment::Tail tail;  // ends before the first frame that is missing, damaged or out of sequence
};
// `file` is the whole segment file.
SegmentScan ScanFrames(std::string_view file, const SegmentHeader& header);

// A later frame that says that `lost` had been on disk when it was written.
struct DurabilityProof {
  Lsn lsn;  // of that frame
  uint64_t offset = 0;
};
// Looks for one anywhere at or after `from`: what lies there need not start at a frame. Group
// commits write several frames with one fdatasync, so that after a power cut a frame may be missing
// before others of its group; those never prove anything, and that is the difference between a torn
// end and corruption.
std::optional<DurabilityProof> FindProof(std::string_view file, uint64_t from, uint32_t salt,
                                         Lsn lost);

// The offset after the last byte at or after `from` that isn't zero; `from` when there is none.
uint64_t EndOfNonZeros(std::string_view file, uint64_t from);

}  // namespace millrace::log_internal
