#include "triggers/function_log.h"

#include <algorithm>

#include "engine/model/utf8.h"

namespace millrace {

void FunctionLog::Add(int64_t time_micros, std::string_view text) {
  lines_.push_back({time_micros, RepairUtf8(text, kLogLineSizeMax)});
  bytes_ += lines_.back().text.size();
  while (lines_.size() > lines_max_ || (bytes_ > bytes_max_ && lines_.size() > 1)) {
    bytes_ -= lines_.front().text.size();
    lines_.pop_front();
    ++first_;
  }
}

LogPage FunctionLog::Read(uint64_t from, size_t limit) const {
  LogPage page;
  const uint64_t begin = std::clamp(from, first_, end());
  page.skipped = from < first_ ? first_ - from : 0;
  const uint64_t stop = begin + std::min<uint64_t>(limit, end() - begin);
  for (uint64_t i = begin; i < stop; ++i) page.lines.push_back(lines_[i - first_]);
  page.next = stop;
  return page;
}

}  // namespace millrace
