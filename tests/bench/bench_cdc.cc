// Measures CDC pipelines over a database of its own. Prints one JSON object a line:
// {"name": ..., "value": ..., "unit": ...}.
//
//   bench_cdc [--data DIR] [--seconds N] [--records N] [--only backlog|lag]
//
// backlog: records/s of one pipeline, which is one thread, over a log of 1 KB items with both
// images (and the seconds of CPU that its thread took for a million). lag: the age of the oldest
// record that is in no listed file, sampled during an open loop of 10,000 writes/s with files of 1
// s.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "connectors/cdc/cdc_service.h"
#include "engine/base/check.h"
#include "engine/base/random.h"
#include "engine/database.h"
#include "tests/bench/bench_program.h"

namespace millrace {
namespace {

using bench::Must;
using bench::Options;
using bench::Print;

constexpr int kWritesPerSecond = 10'000;  // of the open loop
constexpr int kTicksPerSecond = 200;
constexpr int kKeys = 20'000;

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class InlineQueue final : public CompletionQueue {
 public:
  void Post(std::vector<Completion> completions) override {
    for (Completion& completion : completions) completion.callback(std::move(completion.result));
  }
};

// Calls `tick` at each tick of a clock until it returns false.
template <typename Tick>
void EachTick(Tick tick) {
  const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  const itimerspec every{{0, 1'000'000'000 / kTicksPerSecond},
                         {0, 1'000'000'000 / kTicksPerSecond}};
  MILLRACE_CHECK(timer >= 0 && timerfd_settime(timer, 0, &every, nullptr) == 0);
  uint64_t ticks = 0;
  do {
    MILLRACE_CHECK(read(timer, &ticks, sizeof ticks) == sizeof ticks);
  } while (tick(ticks));
  close(timer);
}

class Bench {
 public:
  explicit Bench(const Options& options) : options_(options) {
    std::filesystem::remove_all(options.data);
    std::filesystem::create_directories(options.data);
    DatabaseOptions database;
    database.directory = options.data + "/data";
    database_ = Must(Database::Open(database));
    CdcOptions cdc;
    cdc.region = "local";
    service_ = Must(CdcService::Start(database_.get(), FileSystem::Posix(), &clock_, cdc));
    TableSpec spec;
    spec.name = "bench";
    spec.schema.hash = {"pk", ValueType::kString};
    spec.stream = StreamViewType::kNewAndOldImages;
    table_ = Must(database_->CreateTable(spec));
  }
  ~Bench() {
    service_.reset();
    const Status status = database_->Close();
    MILLRACE_CHECK(status.ok(), status.ToString());
    database_.reset();
    std::filesystem::remove_all(options_.data);
  }

  void Backlog();
  void Lag();

 private:
  // An item of 1 KB in eight attributes, as data is: words and numbers that differ.
  std::string Item(const std::string& pk) {
    static constexpr const char* kWords[] = {"departed", "delayed",  "arrived",   "gate",
                                             "terminal", "carrier",  "cancelled", "weather",
                                             "boarding", "security", "diverted",  "taxi"};
    Value::Map map;
    map.emplace_back(
        "count",
        Value::OfNumber(Number::FromInt(static_cast<int64_t>(random_.Uniform(1'000'000)))));
    for (int i = 0; i < 6; ++i) {
      std::string text;
      while (text.size() < 155) {
        text += kWords[random_.Uniform(std::size(kWords))];
        text += random_.OneIn(3) ? std::to_string(random_.Uniform(100'000)) : std::string(" ");
      }
      map.emplace_back("detail" + std::to_string(i), Value::String(text));
    }
    map.emplace_back("pk", Value::String(pk));
    return EncodeItem(Value::OfMap(std::move(map)));
  }
  void Write(int key) {
    CommitRequest request;
    request.writes.emplace_back();
    request.writes[0].table = table_;
    request.writes[0].key.pk = "key" + std::to_string(key % kKeys);
    request.writes[0].item = Item(request.writes[0].key.pk);
    ++in_flight_;
    database_->Commit(std::move(request), &queue_, [this](CommitResult result) {
      MILLRACE_CHECK(result.status.ok(), result.status.ToString());
      --in_flight_;
    });
    while (in_flight_ > 4000) std::this_thread::yield();
  }
  void AwaitWrites() {
    while (in_flight_ > 0) std::this_thread::yield();
  }

  const Options options_;
  SystemClock clock_;
  InlineQueue queue_;
  Random random_{1};
  std::atomic<int> in_flight_{0};
  std::unique_ptr<Database> database_;
  std::unique_ptr<CdcService> service_;
  TableRef table_;
};

void Bench::Backlog() {
  // The first write of each key has no image before it: those are not counted.
  for (int i = 0; i < kKeys; ++i) Write(i);
  AwaitWrites();
  PipelineSpec spec;
  spec.name = "backlog";
  spec.table = "bench";
  spec.directory = options_.data + "/backlog";
  spec.paused = true;
  Must(service_->Create(spec));
  for (int i = 0; i < options_.records; ++i) Write(i);
  AwaitWrites();
  const double cpu = CpuSeconds();
  const auto start = std::chrono::steady_clock::now();
  PipelineChange resume;
  resume.paused = false;
  Must(service_->Update("backlog", resume));
  const auto total = static_cast<uint64_t>(options_.records);
  uint64_t bytes = 0;
  uint64_t tick = 0;
  EachTick([&](uint64_t) {
    // Asking reads of the log what waits: seldom enough not to count.
    if (++tick % 20 != 0) return true;
    const PipelineProgress progress = Must(service_->Describe("backlog")).progress;
    bytes = progress.cell.uncompressed_bytes;
    return progress.cell.records + progress.open_records < total;
  });
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  Print("cdc_backlog_records_per_second", static_cast<double>(total) / seconds, "records/s");
  Print("cdc_backlog_records_per_cpu_second", static_cast<double>(total) / (CpuSeconds() - cpu),
        "records/s");
  Print("cdc_backlog_uncompressed", static_cast<double>(bytes) / seconds / 1e6, "MB/s");
  Must(service_->Delete("backlog"));
}

void Bench::Lag() {
  PipelineSpec spec;
  spec.name = "lag";
  spec.table = "bench";
  spec.directory = options_.data + "/lag";
  spec.roll_seconds = 1;
  Must(service_->Create(spec));
  std::vector<double> lags;
  int written = 0;
  const int total = options_.seconds * kWritesPerSecond;
  uint64_t tick = 0;
  EachTick([&](uint64_t ticks) {
    for (uint64_t i = 0; i < ticks * (kWritesPerSecond / kTicksPerSecond); ++i) Write(written++);
    if (++tick % 10 != 0) return written < total;
    const PipelineProgress progress = Must(service_->Describe("lag")).progress;
    if (progress.oldest_open_micros != 0) {
      lags.push_back(static_cast<double>(clock_.WallMicros() - progress.oldest_open_micros) / 1e6);
    }
    return written < total;
  });
  AwaitWrites();
  std::sort(lags.begin(), lags.end());
  MILLRACE_CHECK(!lags.empty());
  Print("cdc_lag_p50", lags[lags.size() / 2], "s");
  Print("cdc_lag_max", lags.back(), "s");
  Must(service_->Delete("lag"));
}

}  // namespace
}  // namespace millrace

int main(int argc, char** argv) {
  const auto options =
      millrace::bench::ParseOptions(argc, argv, {"/tmp/millrace-bench-cdc", 20, 400'000, ""});
  millrace::Bench bench(options);
  if (options.Wants("backlog")) bench.Backlog();
  if (options.Wants("lag")) bench.Lag();
  return 0;
}
