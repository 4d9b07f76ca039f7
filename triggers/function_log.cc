#include "triggers/function_log.h"

#include <algorithm>
#include <utility>

#include "engine/model/utf8.h"

namespace millrace {

void FunctionLog::Add(int64_t time_micros, std::string_view text) {
  std::map<WaiterId, Wake> waiters;
  {
    const std::lock_guard lock(mutex_);
    lines_.push_back({time_micros, RepairUtf8(text, kLogLineSizeMax)});
    bytes_ += lines_.back().text.size();
    while (lines_.size() > lines_max_ || (bytes_ > bytes_max_ && lines_.size() > 1)) {
      bytes_ -= lines_.front().text.size();
      lines_.pop_front();
      ++first_;
    }
    waiters.swap(waiters_);
  }
  for (const auto& [id, wake] : waiters) wake();
}

LogPage FunctionLog::Read(uint64_t from, size_t limit) const {
  const std::lock_guard lock(mutex_);
  LogPage page;
  const uint64_t begin = std::clamp(from, first_, EndLocked());
  page.skipped = from < first_ ? first_ - from : 0;
  const uint64_t stop = begin + std::min<uint64_t>(limit, EndLocked() - begin);
  for (uint64_t i = begin; i < stop; ++i) page.lines.push_back(lines_[i - first_]);
  page.next = stop;
  return page;
}

uint64_t FunctionLog::end() const {
  const std::lock_guard lock(mutex_);
  return EndLocked();
}

FunctionLog::WaiterId FunctionLog::Await(uint64_t from, Wake wake) {
  Wake now;
  WaiterId id = 0;
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || EndLocked() > from) {
      now = std::move(wake);
    } else {
      if (waiters_.size() >= kWaitersMax) {
        now = std::move(waiters_.begin()->second);
        waiters_.erase(waiters_.begin());
      }
      id = ++last_waiter_;
      waiters_.emplace(id, std::move(wake));
    }
  }
  if (now) now();
  return id;
}

void FunctionLog::Cancel(WaiterId id) {
  const std::lock_guard lock(mutex_);
  waiters_.erase(id);
}

void FunctionLog::Close() {
  std::map<WaiterId, Wake> waiters;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    waiters.swap(waiters_);
  }
  for (const auto& [id, wake] : waiters) wake();
}

std::shared_ptr<FunctionLog> FunctionLogs::Open(std::string_view name) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<FunctionLog>& log = logs_[std::string(name)];
  if (log == nullptr) log = std::make_shared<FunctionLog>(lines_max_, bytes_max_);
  return log;
}

std::shared_ptr<FunctionLog> FunctionLogs::Find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto at = logs_.find(name);
  return at == logs_.end() ? nullptr : at->second;
}

void FunctionLogs::Remove(std::string_view name) {
  std::shared_ptr<FunctionLog> log;
  {
    const std::lock_guard lock(mutex_);
    const auto at = logs_.find(name);
    if (at == logs_.end()) return;
    log = std::move(at->second);
    logs_.erase(at);
  }
  log->Close();
}

void FunctionLogs::Close() {
  std::map<std::string, std::shared_ptr<FunctionLog>, std::less<>> logs;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    logs = logs_;
  }
  for (const auto& [name, log] : logs) log->Close();
}

bool FunctionLogs::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

}  // namespace millrace
