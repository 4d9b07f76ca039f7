#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

#include "engine/base/file_system.h"
#include "engine/base/status.h"
#include "engine/log/segment.h"

namespace millrace::log_internal {

// Writes one segment: frames at its end, then, once, its footer. One thread appends; when it has
// stopped for good, another may seal. Sync may be called by any thread at any time.
class SegmentWriter {
 public:
  // `capacity`: bytes reserved for the file.
  SegmentWriter(std::shared_ptr<Segment> segment, std::unique_ptr<WritableFile> file,
                uint64_t capacity);

  const std::shared_ptr<Segment>& segment() const { return segment_; }
  uint64_t capacity() const { return capacity_; }

  // Whether frames of `frame_bytes` leave room for the footer, grown by at most `index_bytes`: a
  // footer must never be what finds the disk full.
  bool Fits(uint64_t frame_bytes, uint64_t index_bytes) const;
  // The bytes of whole frames whose lsns follow the segment's last; visible to cursors at once
  // (they stop at the durable lsn).
  Status Append(std::string_view frames);
  // Fails for ever once it has failed: the kernel may have dropped what it could not write, and
  // would say yes the second time.
  Status Sync();

  // Syncs the frames, then writes, syncs and cuts the file after the footer. Fails, and writes
  // nothing, after a failed Sync.
  Status Seal();

 private:
  Status WriteFooter(SegmentTrailer* trailer, uint64_t* file_size);

  const std::shared_ptr<Segment> segment_;
  const std::unique_ptr<WritableFile> file_;
  const uint64_t capacity_;

  std::mutex sync_mutex_;
  Status sync_failure_;
};

// The file size that a segment needs to hold a group of such frames alone.
uint64_t SegmentSizeFor(uint64_t frame_bytes, uint64_t index_bytes);

}  // namespace millrace::log_internal
