#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "engine/log/segment_files.h"
#include "engine/log/segment_writer.h"

namespace millrace::log_internal {

// What is done to segments beside the commit path, on a thread of its own: sealing the one that is
// full (a digest of 256 MB takes 130 ms) and preparing the file of the next. Without the thread
// (`background` false) sealing is done in the caller and nothing is prepared ahead.
//
// The methods belong to the appender. At most one segment is being sealed: Seal waits for the one
// before.
class Maintainer {
 public:
  // Called on the maintainer's thread, or in Seal.
  using Sealed = std::function<void(const std::shared_ptr<SegmentWriter>&, const Status&)>;
  Maintainer(SegmentFiles* files, Sealed on_sealed, bool background);
  // Abandons what was not begun.
  ~Maintainer();

  void Seal(std::shared_ptr<SegmentWriter> writer);
  // Waits until nothing is being sealed.
  void Finish();

  // Lets preparing the next file, of `next_size`, keep pace with the active segment's filling: it
  // begins at a quarter and is done at three quarters. Cheap: to be called after every append.
  void Pace(uint64_t end, uint64_t capacity, uint64_t next_size);
  // Prepares all of a file of `size` as soon as possible.
  void PrepareNow(uint64_t size);
  // What has been prepared up to now, if anything.
  std::optional<PreparedFile> Take();

 private:
  void Run();
  void SealNow(const std::shared_ptr<SegmentWriter>& writer);
  void SetGoal(uint64_t size, uint64_t zeroed);
  bool WantsPreparing() const;
  // On the thread, without the lock: `preparing_` keeps others off `prepared_`.
  Status PrepareStep(uint64_t size);

  SegmentFiles* const files_;
  const Sealed on_sealed_;
  const bool background_;
  // Of who seals. After a segment that could not be sealed none is: recovery takes an unsealed one
  // before a sealed one for damage.
  bool seal_failed_ = false;
  uint64_t paced_goal_ = 0;  // the appender's own: the last goal it has set

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::shared_ptr<SegmentWriter> sealing_;
  bool preparing_ = false;
  PreparedFile prepared_;
  uint64_t goal_size_ = 0;
  uint64_t goal_zeroed_ = 0;
  std::thread thread_;
};

}  // namespace millrace::log_internal
