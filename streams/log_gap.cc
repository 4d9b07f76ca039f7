#include "streams/log_gap.h"

#include <algorithm>
#include <vector>

#include "engine/base/coding.h"

namespace millrace {

void LogGaps::Add(const LogGap& gap) {
  if (count > 0 && gap.after < last.through) {
    last.after = std::min(last.after, gap.after);
    if (gap.through > last.through) {
      last.through = gap.through;
      last.before_micros = gap.before_micros;
    }
    return;
  }
  ++count;
  last = gap;
}

LogGap GapBefore(const CommitLog& log, Lsn unread, Lsn first) {
  const std::vector<SegmentInfo> left = log.Segments();
  // Another one begins the log when it was trimmed further meanwhile.
  const bool same = !left.empty() && left.front().first == first;
  return {Lsn(unread.value() - 1), Lsn(first.value() - 1),
          same ? left.front().first_time_micros : 0};
}

void PutGaps(const LogGaps& gaps, std::string* out) {
  PutLittle(out, gaps.count);
  PutLittle(out, gaps.last.after.value());
  PutLittle(out, gaps.last.through.value());
  PutLittle(out, gaps.last.before_micros);
}

bool TakeGaps(std::string_view* in, LogGaps* gaps) {
  uint64_t after = 0;
  uint64_t through = 0;
  if (!TakeLittle(in, &gaps->count) || !TakeLittle(in, &after) || !TakeLittle(in, &through) ||
      !TakeLittle(in, &gaps->last.before_micros)) {
    return false;
  }
  gaps->last.after = Lsn(after);
  gaps->last.through = Lsn(through);
  return true;
}

}  // namespace millrace
