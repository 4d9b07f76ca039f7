#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/log/commit_log.h"

// The bytes of one frame (grammar: FORMAT.md, "Commit log").
//
// Two checksums: the header's, seeded with the segment's salt, proves that the log itself wrote
// this header here, even where the entries behind it are damaged, and cannot be forged by a client
// that stores frame-like bytes in an item; the entries' says that the entries are whole.
namespace millrace::log_internal {

constexpr size_t kFrameHeaderSize = 40;

struct FrameHeader {
  uint32_t length = 0;  // bytes of the frame, header included; 0: nothing was written here
  uint32_t crc = 0;     // of the header
  Lsn lsn;
  // The highest lsn known to be on disk when the frame was written. It tells, after a power cut, a
  // torn group (never acknowledged: no frame says it was durable) from damage to what had been
  // acknowledged.
  Lsn durable_before;
  int64_t commit_time_micros = 0;
  uint32_t entry_count = 0;
  uint32_t entries_crc = 0;
};

constexpr Lsn Plus(Lsn lsn, uint64_t n) {
  return Lsn(lsn.value() + n);
}
constexpr Lsn Before(Lsn lsn) {
  return Lsn(lsn.value() - 1);
}

inline size_t FrameSize(const LogFrame& frame) {
  return kFrameHeaderSize + frame.entries.size();
}

// Appends the frame's bytes. CHECKs that its entries are `entry_count` well-formed ones.
void AppendFrame(const LogFrame& frame, Lsn lsn, Lsn durable_before, uint32_t salt,
                 std::string* out);

// Without any check; `p` has kFrameHeaderSize bytes.
FrameHeader LoadFrameHeader(const char* p);

// The header at the front of `bytes`; nullopt when it isn't one that was written with this salt or
// the frame doesn't end within `bytes`.
std::optional<FrameHeader> CheckedFrameHeader(std::string_view bytes, uint32_t salt);

// `frame` starts with the header `header`.
std::string_view EntriesOf(const FrameHeader& header, const char* frame);
bool EntriesAreWhole(const FrameHeader& header, const char* frame);

}  // namespace millrace::log_internal
