#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/checksum.h"
#include "engine/base/status.h"
#include "engine/base/strong_id.h"

// The fixed parts of a segment file: its header page and, once sealed, the trailer at its end
// (grammar: FORMAT.md, "Commit log").
namespace millrace::log_internal {

constexpr uint32_t kSegmentFormat = 1;
// The header has a page to itself, so that no later write can tear it.
constexpr size_t kSegmentHeaderSize = 4096;
constexpr size_t kSegmentTrailerSize = 96;

struct SegmentHeader {
  uint32_t group = 0;
  uint64_t log_id = 0;  // random, the same in all segments of a log
  uint32_t salt = 0;    // random: seeds the checksums of this segment's frame headers
  uint32_t previous_crc =
      0;  // header checksum of the frame before `first`; 0 in a log's first segment
  Lsn first;
  Lsn durable_before;  // as in frames
};

struct SegmentTrailer {
  uint64_t end = 0;  // offset after the last frame, where the index starts
  Lsn last;
  int64_t first_time_micros = 0;
  int64_t max_time_micros = 0;
  uint32_t last_crc = 0;  // the last frame's header checksum
  uint32_t index_length = 0;
  uint32_t index_crc = 0;
  Digest digest{};  // SHA-256 of everything before `end`
};

// `<first lsn, 20 digits>.seg`
std::string SegmentName(Lsn first);
// nullopt: not a segment's name.
std::optional<Lsn> ParseSegmentName(std::string_view name);

// kSegmentHeaderSize bytes.
std::string EncodeSegmentHeader(const SegmentHeader& header);
// kUnsupportedFormat, or kCorruption naming `path`.
Result<SegmentHeader> DecodeSegmentHeader(std::string_view file, const std::string& path);

// kSegmentTrailerSize bytes.
std::string EncodeSegmentTrailer(const SegmentTrailer& trailer, uint32_t salt);
// nullopt when `file` doesn't end with a trailer that fits it: it isn't sealed (or no longer looks
// so).
std::optional<SegmentTrailer> DecodeSegmentTrailer(std::string_view file, uint32_t salt);
// The same from the last kSegmentTrailerSize bytes of a file of `file_size` bytes.
std::optional<SegmentTrailer> DecodeSegmentTrailer(std::string_view trailer, uint64_t file_size,
                                                   uint32_t salt);

}  // namespace millrace::log_internal
