// Measures triggers over a database of its own: commit to handler, backlog, spawn to entry. Prints
// one JSON object a line: {"name": ..., "value": ..., "unit": ...}.
//
//   bench_triggers [--data DIR] [--seconds N] [--records N] [--only
//   latency|backlog|lanes|effects|spawn]
#include <fcntl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/fault_point.h"
#include "engine/database.h"
#include "tests/bench/bench_program.h"
#include "triggers/trigger_service.h"

namespace millrace {
namespace {

using bench::Must;
using bench::Options;
using bench::Print;

constexpr int kWritesPerSecond = 1000;  // of the open loop

int64_t Now() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

// Runs callbacks on the committer's thread: they only count.
class InlineQueue final : public CompletionQueue {
 public:
  void Post(std::vector<Completion> completions) override {
    for (Completion& completion : completions) completion.callback(std::move(completion.result));
  }
};

class Bench {
 public:
  explicit Bench(const Options& options) : options_(options) {
    std::filesystem::remove_all(options.data);
    std::filesystem::create_directories(options.data);
    DatabaseOptions database;
    database.directory = options.data + "/data";
    database_ = Must(Database::Open(database));
    sandbox_.store_directory = options.data + "/functions";
    spawner_ = Must(MakeSandboxSpawner(sandbox_));
    TriggerOptions triggers;
    triggers.sandbox = ProbeSandbox(sandbox_);
    triggers.scope.region = "local";
    service_ = Must(TriggerService::Start(database_.get(), spawner_.get(), &clock_, triggers));
  }
  ~Bench() {
    service_->Stop();
    service_.reset();
    spawner_.reset();
    const Status status = database_->Close();
    MILLRACE_CHECK(status.ok(), status.ToString());
    database_.reset();
    std::filesystem::remove_all(options_.data);
  }

  void MakeTable(const std::string& name) {
    TableSpec spec;
    spec.name = name;
    spec.schema.hash = {"pk", ValueType::kString};
    spec.stream = StreamViewType::kNewImage;
    table_ = Must(database_->CreateTable(spec));
  }
  void MakeFunction(const std::string& name, const std::string& mode, uint32_t processes = 1) {
    FunctionSpec spec;
    spec.name = name;
    spec.executable =
        std::filesystem::read_symlink("/proc/self/exe").parent_path() / "bench_trigger_handler";
    spec.environment = {{"MODE", mode}};
    spec.processes = processes;
    spec.timeout_seconds = 60;
    Must(service_->CreateFunction(spec));
  }
  std::string MakeMapping(const std::string& function, uint32_t batch_size) {
    MappingSpec spec;
    spec.function = function;
    spec.event_source = table_->spec.name;
    spec.batch_size = batch_size;
    spec.starting_position = StartingPosition::kTrimHorizon;
    return Must(service_->CreateEventSourceMapping(spec)).uuid;
  }
  // An item of 1 KB; `bench` is the clock now.
  void Write(int key, bool flush, std::function<void()> done) {
    const std::string pk = "key" + std::to_string(key);
    Value::Map map;
    map.emplace_back("bench", Value::OfNumber(Number::FromInt(flush ? 0 : Now())));
    if (flush) map.emplace_back("flush", Value::Bool(true));
    map.emplace_back("payload", Value::String(payload_));
    map.emplace_back("pk", Value::String(pk));
    CommitRequest request;
    request.writes.emplace_back();
    request.writes[0].table = table_;
    request.writes[0].key.pk = pk;
    request.writes[0].item = EncodeItem(Value::OfMap(std::move(map)));
    database_->Commit(std::move(request), &queue_, [done = std::move(done)](CommitResult result) {
      MILLRACE_CHECK(result.status.ok(), result.status.ToString());
      done();
    });
  }
  void WriteAndWait(int key, bool flush) {
    std::promise<void> done;
    Write(key, flush, [&done] { done.set_value(); });
    done.get_future().wait();
  }
  // The first line of the function that begins so, from `*cursor` on.
  std::string AwaitLine(const std::string& function, const std::string& begin, uint64_t* cursor) {
    for (;;) {
      const LogPage page = Must(service_->Logs(function, *cursor));
      for (size_t i = 0; i < page.lines.size(); ++i) {
        ++*cursor;
        if (page.lines[i].text.rfind(begin, 0) == 0) return page.lines[i].text;
      }
      *cursor = page.next;
      std::promise<void> more;
      service_->AwaitLogs(function, *cursor, [&more] { more.set_value(); });
      more.get_future().wait();
    }
  }
  void DeleteMapping(const std::string& uuid) { Must(service_->DeleteEventSourceMapping(uuid)); }

  void Latency();
  // Fills the table's log, then lets the function of this mode handle all of it; records/s.
  double Backlog(const std::string& table, const std::string& mode, int records,
                 uint32_t batch_size, uint32_t processes = 1);
  void Spawn();

 private:
  Options options_;
  SandboxOptions sandbox_;
  SystemClock clock_;
  InlineQueue queue_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Spawner> spawner_;
  std::unique_ptr<TriggerService> service_;
  TableRef table_;
  std::string payload_ = std::string(990, 'x');
};

// Ticks `per_second` times until `total` were counted; calls `tick` once for each, late ones too.
template <typename Tick>
void OpenLoop(int per_second, int total, Tick tick) {
  const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  const itimerspec every{{0, 1'000'000'000 / per_second}, {0, 1'000'000'000 / per_second}};
  MILLRACE_CHECK(timer >= 0 && timerfd_settime(timer, 0, &every, nullptr) == 0);
  for (int i = 0; i < total;) {
    uint64_t ticks = 0;
    MILLRACE_CHECK(read(timer, &ticks, sizeof ticks) == sizeof ticks);
    for (; ticks > 0 && i < total; --ticks) tick(i++);
  }
  close(timer);
}

// What the disk takes to sync as the log does it: 1.2 KB at a time, into blocks that were written
// before.
class SyncProbe {
 public:
  SyncProbe(const std::string& path, int samples)
      : fd_(open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600)) {
    MILLRACE_CHECK(fd_ >= 0, path);
    for (int i = 0; i < samples; ++i) WriteAt(i);
    MILLRACE_CHECK(fsync(fd_) == 0);
  }
  ~SyncProbe() { close(fd_); }
  void Sample() {
    WriteAt(static_cast<int>(samples_.size()));
    const int64_t start = Now();
    MILLRACE_CHECK(fdatasync(fd_) == 0);
    samples_.push_back(Now() - start);
  }
  void PrintPercentiles() {
    std::sort(samples_.begin(), samples_.end());
    const size_t n = samples_.size();
    Print("fdatasync_p50", static_cast<double>(samples_[n / 2]) / 1000, "us");
    Print("fdatasync_p99", static_cast<double>(samples_[n * 99 / 100]) / 1000, "us");
  }

 private:
  void WriteAt(int i) const {
    const auto size = static_cast<ssize_t>(bytes_.size());
    MILLRACE_CHECK(pwrite(fd_, bytes_.data(), bytes_.size(), i * size) == size);
  }

  const int fd_;
  const std::string bytes_ = std::string(1200, 'x');
  std::vector<int64_t> samples_;
};

// Commits, and for comparison the disk alone, in turns of a second: what a disk takes changes from
// minute to minute, most of all at the 99th percentile.
void Bench::Latency() {
  MakeTable("latency");
  MakeFunction("latency", "latency");
  const std::string uuid = MakeMapping("latency", 100);
  uint64_t cursor = 0;
  AwaitLine("latency", "[millrace]", &cursor);
  SyncProbe disk(options_.data + "/fdatasync", options_.seconds * kWritesPerSecond);
  for (int turn = 0; turn < options_.seconds; ++turn) {
    OpenLoop(kWritesPerSecond, kWritesPerSecond, [&disk](int) { disk.Sample(); });
    OpenLoop(kWritesPerSecond, kWritesPerSecond - 1,
             [&](int i) { Write(turn * kWritesPerSecond + i, false, [] {}); });
    WriteAndWait(-1, false);  // behind all others in the queue
  }
  disk.PrintPercentiles();
  WriteAndWait(0, true);
  uint64_t samples = 0;
  double commit_p50 = 0;
  double commit_p99 = 0;
  double call_p50 = 0;
  double call_p99 = 0;
  while (samples == 0) {
    const std::string line = AwaitLine("latency", "LATENCY ", &cursor);
    MILLRACE_CHECK(std::sscanf(line.c_str(), "LATENCY %lu %lf %lf %lf %lf", &samples, &commit_p50,
                               &commit_p99, &call_p50, &call_p99) == 5);
  }
  Print("commit_to_handler_samples", static_cast<double>(samples), "records");
  Print("commit_to_handler_p50", commit_p50 / 1000, "us");
  Print("commit_to_handler_p99", commit_p99 / 1000, "us");
  Print("call_to_handler_p50", call_p50 / 1000, "us");
  Print("call_to_handler_p99", call_p99 / 1000, "us");
  DeleteMapping(uuid);
}

double Bench::Backlog(const std::string& table, const std::string& mode, int records,
                      uint32_t batch_size, uint32_t processes) {
  MakeTable(table);
  MakeFunction(table, mode, processes);
  std::mutex mutex;
  std::condition_variable changed;
  int done = 0;
  for (int i = 0; i < records; ++i) {
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return i - done < 4000; });
    }
    Write(i, false, [&] {
      const std::lock_guard lock(mutex);
      if (++done % 1000 == 0) changed.notify_one();
    });
  }
  WriteAndWait(0, false);
  const uint64_t total = static_cast<uint64_t>(records) + 1;
  const int64_t start = Now();
  const std::string uuid = MakeMapping(table, batch_size);
  const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  itimerspec every{{0, 5'000'000}, {0, 5'000'000}};
  MILLRACE_CHECK(timer >= 0 && timerfd_settime(timer, 0, &every, nullptr) == 0);
  uint64_t ticks = 0;
  while (Must(service_->GetEventSourceMapping(uuid)).records_finished < total) {
    MILLRACE_CHECK(read(timer, &ticks, sizeof ticks) == sizeof ticks);
  }
  const double seconds = static_cast<double>(Now() - start) / 1e9;
  close(timer);
  DeleteMapping(uuid);
  return static_cast<double>(total) / seconds;
}

void Bench::Spawn() {
  MakeTable("spawn");
  MakeFunction("entry", "entry");
  WriteAndWait(1, false);
  std::vector<double> samples;
  uint64_t cursor = 0;
  for (int i = 0; i < 9; ++i) {
    const int64_t start = Now();
    const std::string uuid = MakeMapping("entry", 1);
    const std::string line = AwaitLine("entry", "ENTRY ", &cursor);
    samples.push_back(static_cast<double>(std::stoll(line.substr(6)) - start) / 1e6);
    DeleteMapping(uuid);
    const Status status = service_->DeleteFunction("entry");  // and its process
    MILLRACE_CHECK(status.ok(), status.ToString());
    cursor = 0;
    MakeFunction("entry", "entry");
  }
  std::sort(samples.begin(), samples.end());
  Print("spawn_to_entry", samples[samples.size() / 2], "ms");
}

}  // namespace
}  // namespace millrace

int main(int argc, char** argv) {
  const auto options = millrace::bench::ParseOptions(
      argc, argv, {"/tmp/millrace-bench-triggers", 45, 1'000'000, ""});
  millrace::Bench bench(options);
  if (options.Wants("latency")) bench.Latency();
  if (options.Wants("backlog")) {
    const double rate = bench.Backlog("backlog", "noop", options.records, 1000);
    millrace::bench::Print("backlog_records_per_second", rate, "records/s");
  }
  if (options.Wants("lanes")) {  // a lane for each of the table's four shards
    const double rate = bench.Backlog("lanes", "noop", options.records, 1000, 2);
    millrace::bench::Print("lanes_records_per_second", rate, "records/s");
  }
  if (options.Wants("effects")) {
    bench.MakeTable("effects");
    const double rate = bench.Backlog("causes", "effects", options.records / 4, 100);
    millrace::bench::Print("effects_records_per_second", rate, "records/s");
  }
  if (options.Wants("spawn")) bench.Spawn();
  return 0;
}
