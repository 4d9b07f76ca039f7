#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "engine/log/commit_log.h"
#include "engine/log/durable_page.h"
#include "engine/log/segment.h"
#include "engine/log/segment_writer.h"

namespace millrace::log_internal {

struct RecoveredLog {
  uint64_t log_id = 0;
  std::vector<std::shared_ptr<Segment>> segments;  // in order
  std::unique_ptr<SegmentWriter>
      active;                   // of the last one; null when that is sealed or there is none
  Lsn last;                     // 0 in a new log; all of it is on disk
  uint32_t last_crc = 0;        // of its frame header
  uint64_t last_file_size = 0;  // 0 when there is no segment
};

// Finds out what the directory holds, refuses (kCorruption, kUnsupportedFormat) without having
// changed anything, or repairs what a crash may leave: cuts a torn end that was never acknowledged,
// seals what was to be sealed, syncs.
//
// Sealed segments are trusted up to their trailers (cursors check their frames when they read
// them); the unsealed last one is scanned, or two when the crash came while one was being sealed,
// unless a clean close left its mark.
Result<RecoveredLog> RecoverLog(FileSystem* file_system, const LogOptions& options,
                                const std::optional<DurablePage::Value>& durable, Lsn applied);

}  // namespace millrace::log_internal
