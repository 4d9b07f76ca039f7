#include "triggers/job.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "engine/base/check.h"

namespace millrace {
namespace {

constexpr std::chrono::seconds kWatcherPatience{60};

}  // namespace

std::string_view WireName(JobState state) {
  switch (state) {
    case JobState::kRunning:
      return "RUNNING";
    case JobState::kSucceeded:
      return "SUCCEEDED";
    case JobState::kFailed:
      return "FAILED";
    case JobState::kStopped:
      return "STOPPED";
  }
  return "";
}

Job::Job(JobDescription description, const Clock* clock)
    : clock_(clock),
      stop_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      description_(std::move(description)) {
  MILLRACE_CHECK(stop_fd_ >= 0, "eventfd");
}

Job::~Job() {
  close(stop_fd_);
}

bool Job::stopped() const {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

bool Job::WaitFor(int64_t nanos) const {
  pollfd stop{stop_fd_, POLLIN, 0};
  poll(&stop, 1, static_cast<int>((nanos + 999'999) / 1'000'000));
  return !stopped();
}

void Job::Update(const std::function<void(JobDescription*)>& change) {
  const std::lock_guard lock(mutex_);
  change(&description_);
}

bool Job::Say(JobLine line) {
  std::unique_lock lock(mutex_);
  const bool read = read_.wait_for(lock, kWatcherPatience,
                                   [this] { return stopped_ || output_.size() < kOutputMax; });
  if (!read) {
    description_.message = "Nobody has read its output for a minute.";
    lock.unlock();
    Stop();
    return false;
  }
  if (stopped_) return false;
  output_.push_back(std::move(line));
  return true;
}

JobDescription Job::Describe() const {
  const std::lock_guard lock(mutex_);
  return description_;
}

JobOutput Job::Read(uint64_t cursor, size_t limit) {
  const std::lock_guard lock(mutex_);
  while (first_ < cursor && !output_.empty()) {
    output_.pop_front();
    ++first_;
  }
  JobOutput output;
  const size_t count = std::min(limit, output_.size());
  output.lines.assign(output_.begin(), output_.begin() + static_cast<std::ptrdiff_t>(count));
  output.next = first_ + count;
  read_.notify_all();
  return output;
}

void Job::Stop() {
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  stopped_ = true;
  const uint64_t one = 1;
  MILLRACE_CHECK(write(stop_fd_, &one, sizeof one) == sizeof one, "eventfd");
  read_.notify_all();
}

void Job::Finish(const Status& status) {
  const std::lock_guard lock(mutex_);
  description_.ended_micros = clock_->WallMicros();
  if (stopped_) {
    description_.state = JobState::kStopped;
  } else if (status.ok()) {
    description_.state = JobState::kSucceeded;
  } else {
    description_.state = JobState::kFailed;
    description_.message = status.message();
  }
}

// Those that have ended and whose thread has, beyond what is kept, are forgotten.
void JobRunner::Reap() {
  size_t finished = 0;
  for (const Running& running : jobs_) finished += running.job->Describe().ended_micros != 0;
  for (size_t i = 0; i < jobs_.size() && finished > kKeptMax;) {
    if (jobs_[i].job->Describe().ended_micros == 0) {
      ++i;
      continue;
    }
    jobs_[i].thread.join();
    jobs_.erase(jobs_.begin() + static_cast<std::ptrdiff_t>(i));
    --finished;
  }
}

Result<JobDescription> JobRunner::Start(JobDescription description, Work work) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return Status(ErrorCode::kUnavailable, "The server is stopping.");
  Reap();
  size_t running = 0;
  for (const Running& other : jobs_) {
    const JobDescription there = other.job->Describe();
    if (there.ended_micros != 0) continue;
    ++running;
    if (there.kind == description.kind && there.source == description.source) {
      return Status(ErrorCode::kResourceConflict, "The " + there.kind + " " + there.id + " of " +
                                                      there.source + " is still running.");
    }
  }
  if (running >= kRunningMax) {
    return Status(ErrorCode::kThrottling,
                  std::to_string(kRunningMax) + " jobs are running: wait for one, or stop one.");
  }
  description.id = description.kind + "-" + std::to_string(++started_);
  description.started_micros = clock_->WallMicros();
  auto job = std::make_shared<Job>(description, clock_);
  jobs_.push_back(
      {job, std::thread([job, work = std::move(work)] { job->Finish(work(job.get())); })});
  return description;
}

std::shared_ptr<Job> JobRunner::Find(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  for (const Running& running : jobs_) {
    if (running.job->Describe().id == id) return running.job;
  }
  return nullptr;
}

std::vector<JobDescription> JobRunner::List() const {
  const std::lock_guard lock(mutex_);
  std::vector<JobDescription> list;
  for (const Running& running : jobs_) list.push_back(running.job->Describe());
  return list;
}

void JobRunner::Stop() {
  std::vector<Running> jobs;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    jobs.swap(jobs_);
  }
  for (const Running& running : jobs) running.job->Stop();
  for (Running& running : jobs) running.thread.join();
}

}  // namespace millrace
