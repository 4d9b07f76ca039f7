#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "triggers/trigger_types.h"

namespace millrace {

// The last lines of a function, bounded in lines and bytes; a line's cursor is its number, from 0,
// and a cursor past the oldest kept says how many are gone. Used by one thread.
class FunctionLog {
 public:
  FunctionLog(size_t lines_max, size_t bytes_max) : lines_max_(lines_max), bytes_max_(bytes_max) {}

  void Add(int64_t time_micros, std::string_view text);
  LogPage Read(uint64_t from, size_t limit) const;
  uint64_t end() const { return first_ + lines_.size(); }

 private:
  size_t lines_max_;
  size_t bytes_max_;
  std::deque<LogLine> lines_;
  uint64_t first_ = 0;  // number of lines_.front()
  size_t bytes_ = 0;
};

}  // namespace millrace
