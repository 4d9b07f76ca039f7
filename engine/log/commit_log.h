#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/file_system.h"
#include "engine/base/status.h"
#include "engine/base/strong_id.h"

// The commit log of a group: a directory of preallocated segments `<first lsn, 20 digits>.seg` holding frames, each one commit. Entries are opaque
// here: a kind, a partition (what the segment's index is by) and bytes. Grammar in FORMAT.md.
//
// Invariants: lsn is dense from 1. A frame is durable before its lsn is returned by `durable_lsn()`. A torn last frame is cut at recovery; an invalid frame
// with a valid one after it, a gap, or a log shorter than what `durable.page` says was acknowledged is kCorruption, and the log does not open.
namespace millrace {

struct LogEntry {
  uint8_t kind = 0;
  uint64_t partition = 0;  // 0: not in any partition's index
  std::string_view bytes;
};

// One commit to append. The bytes are those between a frame's header and the next frame: made by AppendLogEntry.
struct LogFrame {
  int64_t commit_time_micros = 0;
  uint32_t entry_count = 0;
  std::string_view entries;
};
// `length u32 | kind u8 | partition u64 | bytes`.
void AppendLogEntry(uint8_t kind, uint64_t partition, std::string_view bytes, std::string* entries);
constexpr size_t kLogEntryHeaderSize = 13;

// A frame read in place from a mapped segment; valid while its LogCursor holds the segment (until the cursor's next Next).
struct FrameView {
  Lsn lsn;
  int64_t commit_time_micros = 0;
  uint32_t entry_count = 0;
  std::string_view entries;
};
// Takes one entry off the front of a frame's entries; false at the end. The bytes were checked when the frame was.
bool TakeLogEntry(std::string_view* entries, LogEntry* entry);

struct LogOptions {
  std::string directory;
  uint64_t segment_size = uint64_t{256} << 20;  // bytes
  bool sync = true;      // false: no fdatasync on the commit path ("os" durability); weaker, and the durable page is not advanced by it
  uint64_t disk_reserve = uint64_t{64} << 20;   // bytes: a new segment is refused (kDiskFull) when less than this would stay free
};

// A position in the log to read forward from. Single-threaded; many may exist. Holds at most one segment mapped, which therefore outlives trimming.
class LogCursor {
 public:
  virtual ~LogCursor() = default;
  // The next frame with lsn <= `limit`; nullopt when there is none yet. Error: kTrimmedDataAccess when the frames there were trimmed, kCorruption.
  virtual Result<std::optional<FrameView>> Next(Lsn limit) = 0;
  // The next frame that holds an entry of `partition`, skipping others through the segments' indexes where they are sealed (frames may
  // still need skipping by the caller). Same results as Next.
  virtual Result<std::optional<FrameView>> NextOf(uint64_t partition, Lsn limit) = 0;
  // What Next would return first, whether or not it exists yet.
  virtual Lsn position() const = 0;
};

struct SegmentInfo {
  Lsn first;
  Lsn last;  // 0 while active and empty
  int64_t first_time_micros = 0;
  int64_t last_time_micros = 0;
  uint64_t bytes = 0;
  bool sealed = false;
};

// Appending and Sync belong to one thread, the committer's; everything else is thread-safe.
class CommitLog {
 public:
  virtual ~CommitLog() = default;

  // Writes the frames in order, giving them the lsns that follow `last_lsn()`; seals and begins segments as needed. The bytes are not durable before
  // Sync. After any error the log is stopped: every later Append and Sync fails with it.
  virtual Status Append(const std::vector<LogFrame>& frames) = 0;
  // fdatasync (nothing at `sync` = false), then advances durable_lsn and the durable page. Never retried after an error.
  virtual Status Sync() = 0;
  // fdatasync whatever the option; called before a state that rests on the log is made durable elsewhere. From any thread.
  virtual Status SyncNow() = 0;

  virtual Lsn last_lsn() const = 0;     // appended
  virtual Lsn durable_lsn() const = 0;  // readers must not pass this one (at sync = false: appended)
  virtual Lsn first_lsn() const = 0;    // oldest still there

  // Reads from `from` on (frames below first_lsn(): the first Next says kTrimmedDataAccess).
  virtual std::unique_ptr<LogCursor> NewCursor(Lsn from) = 0;
  // The first lsn whose commit time is >= `micros`; last_lsn() + 1 when none is.
  virtual Result<Lsn> FindTime(int64_t micros) = 0;

  // Unlinks sealed segments all of whose frames are below `keep_from` and older than `time_micros`. Returns the bytes freed.
  virtual Result<uint64_t> Trim(Lsn keep_from, int64_t time_micros) = 0;
  virtual std::vector<SegmentInfo> Segments() const = 0;
  // Syncs and writes the clean-close mark, so that the next Open need not scan. No calls after it.
  virtual Status Close() = 0;

  // Opens or creates. `applied` is the highest lsn that the state built from this log holds durably: a log that ends below it has lost
  // acknowledged bytes and is refused.
  static Result<std::unique_ptr<CommitLog>> Open(FileSystem* file_system, const LogOptions& options, Lsn applied);
};

}  // namespace millrace
