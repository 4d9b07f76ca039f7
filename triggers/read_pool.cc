#include "triggers/read_pool.h"

#include <utility>

namespace millrace {

std::optional<GetReplyFrame> AnswerGet(const Database& database, const GetFrame& get,
                                       bool cached_only) {
  GetReplyFrame reply;
  reply.request_id = get.request_id;
  Status status(ErrorCode::kResourceNotFound,
                "Requested resource not found: Table: " + get.table_name + " not found");
  if (const TableRef table = database.FindTable(get.table_name)) {
    Result<ItemKey> key = KeyOfKeyMap(table->spec.schema, ItemView(get.key).value());
    status = key.status();
    if (status.ok()) {
      Result<bool> found = database.Get(*table, *key, &reply.item, cached_only);
      status = found.status();
      if (cached_only && status.Is(ErrorCode::kUnavailable)) return std::nullopt;
      reply.found = found.ok() && *found;
    }
  }
  if (!status.ok()) {
    reply.error_code = InfoOf(status.code()).name;
    reply.error_message = status.message();
  }
  if (!reply.found) reply.item.clear();
  return reply;
}

void ReadPool::Submit(std::function<void()> read) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  queue_.push_back(std::move(read));
  if (queue_.size() > idle_ && threads_.size() < kThreads) {
    threads_.emplace_back([this] { Run(); });
  }
  wake_.notify_one();
}

void ReadPool::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void ReadPool::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    --idle_;
    if (queue_.empty()) return;
    const std::function<void()> read = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    read();
    lock.lock();
  }
}

}  // namespace millrace
