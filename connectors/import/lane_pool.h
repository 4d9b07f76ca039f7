#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "connectors/import/batch_sender.h"
#include "connectors/import/write_batch.h"
#include "engine/base/status.h"

namespace millrace {

// One connection to the server. Used by one thread.
class ImportConnection {
 public:
  struct Reply {
    int http_status = 0;
    std::string body;
  };
  virtual ~ImportConnection() = default;
  // Error: kUnavailable, with the reason: nobody answered.
  virtual Result<Reply> BatchWriteItem(std::string_view body) = 0;
};
using ImportConnector = std::function<std::unique_ptr<ImportConnection>()>;

struct LaneTotals {
  uint64_t written = 0;     // items
  uint64_t superseded = 0;  // items that a later line of the same batch replaced
  uint64_t retries = 0;
};

// Several connections, each sending its batches one after the other. Whoever pushes sees to it that
// all items of a key go to one lane: then they are written in the order in which they were pushed.
// Memory is bounded: a lane queues kQueueMax batches. Pushed by one thread.
class LanePool {
 public:
  LanePool(const ImportConnector& connect, size_t lanes, KeySchema schema,
           BatchSender::Options options);
  ~LanePool();
  LanePool(const LanePool&) = delete;
  LanePool& operator=(const LanePool&) = delete;

  size_t size() const { return lanes_.size(); }
  // Takes the batch and leaves an empty one; false when the lane is full.
  bool Push(size_t lane, WriteBatch* batch);
  // Until a lane has ended a batch, or the time is over.
  void Wait(std::chrono::milliseconds timeout);
  // Everything pushed is written, refused, or failed.
  bool idle() const;
  // Of the oldest thing that is not ended yet; null when idle.
  std::optional<Mark> oldest() const;
  LaneTotals totals() const;
  // Since the last call.
  std::vector<RefusedItem> TakeRefused();
  // Why a lane gave up: nothing more is sent then.
  Status failure() const;
  // Ends the threads: what is under way gets its answer, what is queued is dropped, and no wait
  // goes on. Idempotent.
  void Stop();

  static constexpr size_t kQueueMax = 4;

 private:
  struct Lane {
    std::deque<WriteBatch> queue;  // the first is under way
    std::condition_variable wake;
    std::thread thread;
  };
  void Run(size_t index);
  void SendBatch(ImportConnection* connection, BatchSender* sender, Lane* lane);

  const ImportConnector connect_;
  const KeySchema schema_;
  const BatchSender::Options options_;
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  uint64_t endings_ = 0;
  bool stopping_ = false;
  Status failure_;
  LaneTotals totals_;
  std::vector<RefusedItem> refused_;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace millrace
