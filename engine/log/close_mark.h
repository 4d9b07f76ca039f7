#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/file_system.h"
#include "engine/log/segment.h"

// `close.mark`: where the unsealed segment ends and its index, written by a clean Close so that the
// next Open need not scan. It is an optimisation: one that is missing, damaged or of another moment
// is ignored, and Open removes it durably before anything is appended.
namespace millrace::log_internal {

constexpr std::string_view kCloseMarkName = "close.mark";
constexpr std::string_view kCloseMarkTemporaryName = "close.mark.tmp";

struct CloseMark {
  uint64_t log_id = 0;
  uint32_t salt = 0;
  Lsn first;
  Segment::Tail tail;
  SegmentIndex index;
};

// `segment` isn't sealed, and all of it is on disk.
Status WriteCloseMark(FileSystem* file_system, const std::string& directory,
                      const Segment& segment);

std::optional<CloseMark> DecodeCloseMark(std::string_view bytes);
// Whether the mark is of this very state of the segment: `file` ends where it says.
bool CloseMarkFits(const CloseMark& mark, const SegmentHeader& header, std::string_view file);

}  // namespace millrace::log_internal
