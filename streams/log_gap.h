#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/strong_id.h"
#include "engine/log/commit_log.h"

namespace millrace {

// Commits of the log that were trimmed before a reader of some of its records came to them. Which
// they are is all that is known: how many records they had for that reader, if any, can't be, for
// nobody has read them.
struct LogGap {
  Lsn after;
  Lsn through;
  int64_t before_micros = 0;  // the first commit that is left was at this time; 0: not recorded

  bool operator==(const LogGap&) const = default;
};

// What a reader has met.
struct LogGaps {
  uint64_t count = 0;
  LogGap last;  // of them; through 0: it was not recorded where (by a version that only counted)

  // One that overlaps the last one is the same, met again by a reader that went back, and the log
  // may be trimmed further by now.
  void Add(const LogGap& gap);
  bool operator==(const LogGaps&) const = default;
};

// Of a reader to whom the log said kTrimmedDataAccess when it asked for `unread`: the log begins at
// `first` now, which is greater.
LogGap GapBefore(const CommitLog& log, Lsn unread, Lsn first);

// In cells: `gaps u64 | last gap: after lsn u64, through lsn u64, before microseconds i64`.
void PutGaps(const LogGaps& gaps, std::string* out);
bool TakeGaps(std::string_view* in, LogGaps* gaps);

}  // namespace millrace
