#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/clock.h"
#include "server/cli/terminal.h"

namespace millrace {

// One line on stderr that says how far something is, drawn over itself ten times a second at most;
// gone when it ends. Only on a terminal: where stderr is a file or a pipe, nothing is written.
//
//   ProgressBar bar(context.terminal, clock, "importing", bytes);
//   bar.Set(done, "12,345 items");
class ProgressBar {
 public:
  // `total` in the unit of Set's `done`; without one, only the text is shown.
  ProgressBar(const Terminal& terminal, const Clock* clock, std::string what,
              std::optional<uint64_t> total);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void Set(uint64_t done, std::string_view text);
  // Takes the line away, for other output; the next Set draws it again.
  void Clear();

 private:
  const bool shown_;
  const Clock* const clock_;
  const std::string what_;
  const std::optional<uint64_t> total_;
  const size_t width_;
  const int64_t started_nanos_;
  int64_t drawn_nanos_ = 0;
  bool drawn_ = false;
};

// The line itself, at most `width` columns: "importing [####......]  42%  12,345 items  0:07 left".
std::string ProgressLine(std::string_view what, uint64_t done, std::optional<uint64_t> total,
                         std::string_view text, int64_t elapsed_nanos, size_t width);

}  // namespace millrace
