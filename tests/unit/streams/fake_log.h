#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/log/commit_log.h"

namespace millrace {

// A commit log in memory, cut into segments of a few frames so that trimming shows. Bytes of a
// frame live as long as a cursor stands on it, as those of a mapped segment do. Single-threaded.
class FakeLog final : public CommitLog {
 public:
  explicit FakeLog(size_t frames_per_segment = 4) : frames_per_segment_(frames_per_segment) {}

  // Changes the bytes of a frame's entries in place.
  void Tamper(Lsn lsn, const std::function<void(std::string*)>& change);
  // Returned by all cursors so far.
  int frames_read() const { return frames_read_; }

  Status Append(const std::vector<LogFrame>& frames) override;
  Status Sync() override { return Status::Ok(); }
  Status SyncNow() override { return Status::Ok(); }
  Lsn last_lsn() const override { return Lsn(first_ + frames_.size() - 1); }
  Lsn durable_lsn() const override { return last_lsn(); }
  Lsn first_lsn() const override { return Lsn(first_); }
  std::unique_ptr<LogCursor> NewCursor(Lsn from) override;
  Result<Lsn> FindTime(int64_t micros) override;
  Result<uint64_t> Trim(Lsn keep_from, int64_t time_micros) override;
  std::vector<SegmentInfo> Segments() const override;
  Status Close() override { return Status::Ok(); }

 private:
  friend class FakeCursor;
  struct Frame {
    int64_t time_micros;
    uint32_t entry_count;
    std::shared_ptr<std::string> entries;
  };
  size_t frames_per_segment_;
  uint64_t first_ = 1;
  std::vector<Frame> frames_;
  int frames_read_ = 0;
};

}  // namespace millrace
