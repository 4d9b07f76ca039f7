#include "server/cli/progress.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace millrace {
namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;
constexpr int64_t kRedrawNanos = kNanosPerSecond / 10;
constexpr size_t kBarCells = 24;
constexpr size_t kLineWidthMax = 79;
// The time left is a guess until something has been measured.
constexpr int64_t kGuessAfterNanos = kNanosPerSecond;

std::string MinutesText(int64_t seconds) {
  char text[32];
  if (seconds >= 3600) {
    std::snprintf(text, sizeof(text), "%ld:%02ld:%02ld", static_cast<long>(seconds / 3600),
                  static_cast<long>(seconds / 60 % 60), static_cast<long>(seconds % 60));
  } else {
    std::snprintf(text, sizeof(text), "%ld:%02ld", static_cast<long>(seconds / 60),
                  static_cast<long>(seconds % 60));
  }
  return text;
}

}  // namespace

std::string ProgressLine(std::string_view what, uint64_t done, std::optional<uint64_t> total,
                         std::string_view text, int64_t elapsed_nanos, size_t width) {
  std::string line(what);
  if (total) {
    const double part =
        *total == 0 ? 1 : std::min(1.0, static_cast<double>(done) / static_cast<double>(*total));
    const auto full = static_cast<size_t>(part * kBarCells);
    char percent[8];
    std::snprintf(percent, sizeof(percent), "%3d%%", static_cast<int>(part * 100));
    line += " [" + std::string(full, '#') + std::string(kBarCells - full, '.') + "] " + percent;
  }
  if (!text.empty()) line.append("  ").append(text);
  if (total && done > 0 && done < *total && elapsed_nanos >= kGuessAfterNanos) {
    const double each = static_cast<double>(elapsed_nanos) / static_cast<double>(done);
    const double left = each * static_cast<double>(*total - done) / kNanosPerSecond;
    line += "  " + MinutesText(static_cast<int64_t>(left) + 1) + " left";
  }
  return line.substr(0, width);
}

ProgressBar::ProgressBar(const Terminal& terminal, const Clock* clock, std::string what,
                         std::optional<uint64_t> total)
    : shown_(terminal.error),
      clock_(clock),
      what_(std::move(what)),
      total_(total),
      // A line that wraps cannot be drawn over. The last column is left free: some wrap there.
      width_(std::min(kLineWidthMax, terminal.width - 1)),
      started_nanos_(clock->MonotonicNanos()) {}

ProgressBar::~ProgressBar() {
  Clear();
}

void ProgressBar::Set(uint64_t done, std::string_view text) {
  if (!shown_) return;
  const int64_t now = clock_->MonotonicNanos();
  if (drawn_ && now - drawn_nanos_ < kRedrawNanos) return;
  const std::string line = ProgressLine(what_, done, total_, text, now - started_nanos_, width_);
  std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
  std::fflush(stderr);
  drawn_nanos_ = now;
  drawn_ = true;
}

void ProgressBar::Clear() {
  if (!drawn_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  drawn_ = false;
}

}  // namespace millrace
