#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/limits.h"
#include "engine/base/status.h"
#include "engine/base/strong_id.h"
#include "engine/database.h"

// When the log's segments may go. A segment's file is unlinked when all of its records are older
// than the retention (24 h: no stream shows them any more), state on disk no longer needs it, and
// nobody has pinned it. Pins are bounded: one that holds back more than its share is overrun, and
// its owner is told, so that what it hasn't read becomes a recorded gap and never silently
// vanishes.
namespace millrace {

// Somebody still has to read the log from here on: a consumer behind, an archive.
struct LogPin {
  std::string owner;
  Lsn keep_from;
};

// Asked for its pins on the thread that calls Retention::Run, each time anew.
class LogPinSource {
 public:
  virtual ~LogPinSource() = default;
  virtual std::vector<LogPin> Pins() = 0;
  // The log below `keep_from` is about to be freed although `pin` asked for more. Record the gap:
  // after the return it may be gone.
  virtual Status OnOverrun(const LogPin& pin, Lsn keep_from) = 0;
};

struct RetentionOptions {
  int64_t retention_micros = kStreamRetentionMicros;
  // A pin holds nothing older than this, nor when the log is larger than this.
  int64_t pin_age_micros_max = 7 * kStreamRetentionMicros;
  uint64_t pin_log_bytes_max = uint64_t{64} << 30;
};

// What the bounds make of the pins; pure. `bound` is the lsn below which no pin counts.
struct TrimPlan {
  Lsn keep_from;
  std::vector<size_t> overrun;  // indexes of pins that asked for more than the bound
};
TrimPlan PlanTrim(const std::vector<LogPin>& pins, Lsn bound, Lsn end);
// The first lsn that pins may hold: of the first segment that is young enough and within the size,
// counted from the newest.
Lsn PinBound(const std::vector<SegmentInfo>& segments, int64_t oldest_micros, uint64_t bytes_max);

struct RetentionReport {
  uint64_t bytes_freed = 0;
  Lsn first_lsn;  // of the log afterwards
  std::vector<LogPin> overrun;
};

// No thread of its own: a timer of the caller's calls Run, one call at a time.
class Retention {
 public:
  // All outlive it.
  Retention(Database* database, const Clock* clock, std::vector<LogPinSource*> sources,
            RetentionOptions options = {});

  // Errors: of a source that could not record its gap (nothing is freed then), of
  // Database::TrimLog.
  Result<RetentionReport> Run();

 private:
  Lsn Bound(int64_t now_micros) const;

  Database* database_;
  const Clock* clock_;
  std::vector<LogPinSource*> sources_;
  RetentionOptions options_;
};

}  // namespace millrace
