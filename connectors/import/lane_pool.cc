#include "connectors/import/lane_pool.h"

#include <signal.h>

#include <utility>

namespace millrace {

LanePool::LanePool(const ImportConnector& connect, size_t lanes, KeySchema schema,
                   BatchSender::Options options)
    : connect_(connect), schema_(std::move(schema)), options_(std::move(options)) {
  for (size_t i = 0; i < lanes; ++i) lanes_.push_back(std::make_unique<Lane>());
  // Signals are for the thread that reads: they end its wait for input.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (size_t i = 0; i < lanes; ++i) lanes_[i]->thread = std::thread([this, i] { Run(i); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LanePool::~LanePool() {
  Stop();
}

void LanePool::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  for (const auto& lane : lanes_) lane->wake.notify_all();
  for (const auto& lane : lanes_) {
    if (lane->thread.joinable()) lane->thread.join();
  }
}

bool LanePool::Push(size_t lane, WriteBatch* batch) {
  {
    const std::lock_guard lock(mutex_);
    if (lanes_[lane]->queue.size() >= kQueueMax) return false;
    lanes_[lane]->queue.push_back(std::exchange(*batch, WriteBatch()));
  }
  lanes_[lane]->wake.notify_one();
  return true;
}

void LanePool::Wait(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  const uint64_t before = endings_;
  ended_.wait_for(lock, timeout, [this, before] { return endings_ != before; });
}

bool LanePool::idle() const {
  const std::lock_guard lock(mutex_);
  for (const auto& lane : lanes_) {
    if (!lane->queue.empty()) return false;
  }
  return true;
}

std::optional<Mark> LanePool::oldest() const {
  const std::lock_guard lock(mutex_);
  std::optional<Mark> oldest;
  for (const auto& lane : lanes_) {
    if (lane->queue.empty()) continue;
    const Mark& first = lane->queue.front().first();
    if (!oldest || first < *oldest) oldest = first;
  }
  return oldest;
}

LaneTotals LanePool::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

std::vector<RefusedItem> LanePool::TakeRefused() {
  const std::lock_guard lock(mutex_);
  return std::exchange(refused_, {});
}

Status LanePool::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void LanePool::Run(size_t index) {
  Lane* const lane = lanes_[index].get();
  const std::unique_ptr<ImportConnection> connection = connect_();
  Random random(SystemRandom());
  std::unique_lock lock(mutex_);
  for (;;) {
    lane->wake.wait(lock, [this, lane] { return stopping_ || !lane->queue.empty(); });
    if (stopping_ || !failure_.ok()) return;
    // Stays in the queue while it is under way, where nobody else touches it: push_back moves no
    // element of a deque.
    const WriteBatch* const batch = &lane->queue.front();
    BatchSender sender(batch, &schema_, &options_, &random);
    lock.unlock();
    SendBatch(connection.get(), &sender, lane);
    lock.lock();
  }
}

// Returns when the batch has ended, or must be given up.
void LanePool::SendBatch(ImportConnection* connection, BatchSender* sender, Lane* lane) {
  using Kind = BatchSender::Action::Kind;
  BatchSender::Action action = sender->Start();
  for (;;) {
    if (action.kind == Kind::kSend) {
      const Result<ImportConnection::Reply> reply = connection->BatchWriteItem(action.body);
      action = reply.ok() ? sender->OnReply(reply->http_status, reply->body)
                          : sender->OnNoAnswer(reply.status());
      continue;
    }
    std::unique_lock lock(mutex_);
    if (action.kind == Kind::kWait) {
      lane->wake.wait_for(lock, std::chrono::milliseconds(action.wait_ms),
                          [this] { return stopping_ || !failure_.ok(); });
      if (stopping_ || !failure_.ok()) return;
      lock.unlock();
      action = sender->OnWaited();
      continue;
    }
    ++endings_;
    if (action.kind == Kind::kFail) {
      if (failure_.ok()) failure_ = action.failure;
    } else {
      const WriteBatch& batch = lane->queue.front();
      totals_.written += batch.Live().size() - sender->refused().size();
      totals_.superseded += batch.superseded();
      refused_.insert(refused_.end(), sender->refused().begin(), sender->refused().end());
      lane->queue.pop_front();
    }
    totals_.retries += sender->retries();
    lock.unlock();
    ended_.notify_all();
    return;
  }
}

}  // namespace millrace
