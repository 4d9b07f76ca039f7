#pragma once

#include <algorithm>
#include <chrono>
#include <thread>

namespace millrace {

/// Waits until `predicate()` is true, for at most `deadline`; whether it became true.
///
/// For conditions that no event announces: a child process gone, a file unlinked, a server's
/// counter seen from outside. Where the code under test offers an event, wait for that instead.
/// This is the only place where a test pauses (the tidy test refuses sleeps elsewhere). The
/// predicate runs on the calling thread, at least once, and once more after the deadline has
/// passed, so that a machine that stalls for the whole wait doesn't fail a test whose condition
/// holds.
template <typename Predicate>
bool Eventually(std::chrono::milliseconds deadline, Predicate&& predicate) {
  constexpr std::chrono::milliseconds kFirstPause{1};
  constexpr std::chrono::milliseconds kLongestPause{20};
  const auto end = std::chrono::steady_clock::now() + deadline;
  auto pause = kFirstPause;
  while (std::chrono::steady_clock::now() < end) {
    if (predicate()) return true;
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, kLongestPause);
  }
  return predicate();
}

}  // namespace millrace
