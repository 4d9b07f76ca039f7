#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/file_system.h"
#include "engine/log/commit_log.h"
#include "engine/log/segment_writer.h"

namespace millrace::log_internal {

constexpr std::string_view kPreparedName = "next.pre";

// A file with its blocks reserved, that will become a segment.
struct PreparedFile {
  std::unique_ptr<WritableFile> file;
  uint64_t size = 0;
  uint64_t zeroed = 0;  // bytes from the front that were written with zeros and synced
};

// Makes segment files. Thread-safe as far as only one file is prepared at a time.
//
// Blocks are reserved, so that a full disk is met here and not when a frame is written; and written
// with zeros where there is time for it: fdatasync of a write into a block that was only reserved
// must also commit the file system's journal, and takes about twice as long.
class SegmentFiles {
 public:
  SegmentFiles(FileSystem* file_system, const LogOptions& options)
      : file_system_(file_system), options_(options) {}

  // Error: kDiskFull when less than the reserve would stay free; nothing is left behind then.
  Result<PreparedFile> Prepare(uint64_t size);
  // Writes and syncs the next `bytes` zeros.
  Status ZeroMore(PreparedFile* prepared, uint64_t bytes);
  // Writes the header, and gives the file its name durably: a `.seg` file has a whole header
  // whenever the power goes.
  Result<std::unique_ptr<SegmentWriter>> Begin(PreparedFile prepared, const SegmentHeader& header);
  // Removes a prepared file that no one will use. Best effort: the next Open does it too.
  void Discard();

  // The size of the segment after one of `previous` bytes (0: none): a new log begins small, for
  // small stores, and doubles.
  uint64_t SizeAfter(uint64_t previous) const;

 private:
  std::string PreparedPath() const;

  FileSystem* const file_system_;
  const LogOptions options_;
};

}  // namespace millrace::log_internal
