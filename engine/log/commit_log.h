#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/file_system.h"
#include "engine/base/status.h"
#include "engine/base/strong_id.h"

// The commit log of a group: a directory of preallocated segments `<first lsn, 20 digits>.seg`
// holding frames, each one commit. Entries are opaque here: a kind, a partition (what the segment's
// index is by) and bytes. Grammar in FORMAT.md.
//
// Invariants: lsn is dense from 1. A frame is durable before its lsn is returned by
// `durable_lsn()`. A torn end of frames that were never acknowledged is cut at recovery; a damaged
// or missing frame that had been acknowledged, a gap, or a log shorter than what `durable.page`
// says was on disk is kCorruption, and the log does not open.
namespace millrace {

struct LogEntry {
  uint8_t kind = 0;
  uint64_t partition = 0;  // 0: not in any partition's index
  std::string_view bytes;
};

// One commit to append. The bytes are those between a frame's header and the next frame: made by
// AppendLogEntry.
struct LogFrame {
  int64_t commit_time_micros = 0;
  uint32_t entry_count = 0;
  std::string_view entries;
};
// `length u32 | kind u8 | partition u64 | bytes`.
void AppendLogEntry(uint8_t kind, uint64_t partition, std::string_view bytes, std::string* entries);
constexpr size_t kLogEntryHeaderSize = 13;

// A frame read in place from a mapped segment; valid while its LogCursor holds the segment (until
// the cursor's next Next).
struct FrameView {
  Lsn lsn;
  int64_t commit_time_micros = 0;
  uint32_t entry_count = 0;
  std::string_view entries;
};
// Takes one entry off the front of a frame's entries; false at the end. The bytes were checked when
// the frame was.
bool TakeLogEntry(std::string_view* entries, LogEntry* entry);

// Of one Append, in bytes of all its frames.
constexpr uint64_t kLogGroupSizeMax = uint64_t{1} << 31;

struct LogOptions {
  std::string directory;
  // Bytes, at most 2^31. The first segments are smaller (from 16 MB, doubling); one whose group is
  // larger is as large as it.
  uint64_t segment_size = uint64_t{256} << 20;
  // false: no fdatasync on the commit path ("os" durability); weaker, and the durable page is not
  // advanced by it.
  bool sync = true;
  // Bytes: a new segment is refused (kDiskFull) when less than this would stay free.
  uint64_t disk_reserve = uint64_t{64} << 20;
  // Whose log it is; a segment of another group is refused.
  uint32_t group = 0;
  // false: no thread; segments are sealed within Append and no file is prepared ahead, so that the
  // operations on the file system come in a repeatable order.
  bool background = true;
};

// A position in the log to read forward from. Single-threaded; many may exist. Holds at most one
// segment mapped, which therefore outlives trimming; may outlive the log itself.
class LogCursor {
 public:
  virtual ~LogCursor() = default;
  // The next frame with lsn <= `limit`; nullopt when there is none yet. Error: kTrimmedDataAccess
  // when the frames there were trimmed, kCorruption; the cursor then stays where it was.
  virtual Result<std::optional<FrameView>> Next(Lsn limit) = 0;
  // The next frame that holds an entry of `partition`, skipping the others through the segments'
  // indexes. It passes over what it skips: position() is then behind `limit` (or the durable lsn),
  // and a mere reader of a quiet partition keeps no segment back. Same results as Next.
  virtual Result<std::optional<FrameView>> NextOf(uint64_t partition, Lsn limit) = 0;
  // What Next would return first, whether or not it exists yet.
  virtual Lsn position() const = 0;
};

struct SegmentInfo {
  Lsn first;
  Lsn last;  // 0 while active and empty
  int64_t first_time_micros = 0;
  int64_t last_time_micros = 0;  // the highest: the wall clock may have stepped back
  uint64_t bytes = 0;
  bool sealed = false;
};

// Appending and Sync belong to one thread, the committer's; everything else is thread-safe.
class CommitLog {
 public:
  virtual ~CommitLog() = default;

  // Writes the frames in order, giving them the lsns that follow `last_lsn()`; all of them go into
  // one segment, a new one if need be. The bytes are not durable before Sync. After an error the
  // log is stopped: every later Append and Sync fails with it. Two errors leave it as it was, with
  // nothing written: kDiskFull when a new segment is needed and the disk has no room for it (a
  // later Append succeeds once there is), and kValidation for more than kLogGroupSizeMax.
  virtual Status Append(const std::vector<LogFrame>& frames) = 0;
  // fdatasync (nothing at `sync` = false), then advances durable_lsn and the durable page. Never
  // retried after an error.
  virtual Status Sync() = 0;
  // fdatasync whatever the option; called before a state that rests on the log is made durable
  // elsewhere. From any thread.
  virtual Status SyncNow() = 0;

  virtual Lsn last_lsn() const = 0;  // appended
  virtual Lsn durable_lsn()
      const = 0;                      // readers must not pass this one (at sync = false: appended)
  virtual Lsn first_lsn() const = 0;  // oldest still there

  // Reads from `from` on (frames below first_lsn(): the first Next says kTrimmedDataAccess). 0 is
  // the same as 1.
  virtual std::unique_ptr<LogCursor> NewCursor(Lsn from) = 0;
  // The first lsn still there whose commit time is >= `micros`; last_lsn() + 1 when none is.
  virtual Result<Lsn> FindTime(int64_t micros) = 0;

  // Unlinks sealed segments, oldest first, all of whose frames are below `keep_from` and older than
  // `time_micros`; the newest segment stays. Returns the bytes freed.
  virtual Result<uint64_t> Trim(Lsn keep_from, int64_t time_micros) = 0;
  virtual std::vector<SegmentInfo> Segments() const = 0;
  // Syncs and writes the clean-close mark, so that the next Open need not scan. No calls after it,
  // but by cursors.
  virtual Status Close() = 0;

  // Opens or creates. `applied` is the highest lsn that the state built from this log holds
  // durably: a log that ends below it has lost acknowledged bytes and is refused. Errors:
  // kCorruption and kUnsupportedFormat, with the directory left as it was, kIo, kDiskFull. The
  // caller sees to it that nobody else has the directory open.
  static Result<std::unique_ptr<CommitLog>> Open(FileSystem* file_system, const LogOptions& options,
                                                 Lsn applied);
};

struct LogVerification {
  uint64_t segments = 0;  // sealed ones: the others have no digest yet
  uint64_t frames = 0;    // in them
};
// Reads every sealed segment of a log's directory and compares its digest, its frames' checksums,
// their lsns and its index's. For audits; may be called while the log is open. Error: kCorruption
// names the first that is wrong.
Result<LogVerification> VerifyLog(FileSystem* file_system, const std::string& directory);

}  // namespace millrace
