// The handler of bench_triggers. MODE=noop reads one attribute of each record; MODE=latency takes
// two times of each record at entry, from the commit's time (taken just before the log is written)
// and from the writer's clock in the attribute `bench` (before the commit was asked for), and
// prints their percentiles when a record says `flush`; MODE=entry prints its clock at entry.
#include <millrace/handler.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

int64_t Now() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

class BenchHandler {
 public:
  explicit BenchHandler(std::string mode) : mode_(std::move(mode)) {}

  millrace::Status operator()(const millrace::RecordBatch& batch, millrace::Invocation& call) {
    const int64_t entry = Now();
    const auto entry_wall = std::chrono::system_clock::now();
    if (mode_ == "entry") Print("ENTRY " + std::to_string(entry));
    for (const millrace::Record record : batch) {
      const millrace::Image image = record.new_image();
      const int64_t written = image.GetInt("bench").value_or(0);
      sum_ += written;
      if (mode_ == "effects") {
        call.Put("effects", millrace::ItemBuilder()
                                .Set("pk", image.GetString("pk").value_or("?"))
                                .Set("written", written));
      }
      if (mode_ == "latency" && written > 0) {
        from_call_.push_back(entry - written);
        from_commit_.push_back(
            std::chrono::nanoseconds(entry_wall - record.approximate_creation_time()).count());
      }
      if (image.Has("flush")) Flush();
    }
    return millrace::Status::Ok();
  }

 private:
  static void Print(const std::string& line) {
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
  }
  void Flush() {
    if (from_call_.empty()) return Print("LATENCY 0 0 0 0 0");
    Print("LATENCY " + std::to_string(from_call_.size()) + Percentiles(&from_commit_) +
          Percentiles(&from_call_));
  }
  static std::string Percentiles(std::vector<int64_t>* samples) {
    std::sort(samples->begin(), samples->end());
    const size_t n = samples->size();
    return " " + std::to_string((*samples)[n / 2]) + " " + std::to_string((*samples)[n * 99 / 100]);
  }

  std::string mode_;
  std::vector<int64_t> from_call_;    // nanoseconds
  std::vector<int64_t> from_commit_;  // nanoseconds
  int64_t sum_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const char* mode = std::getenv("MODE");
  return millrace::RunHandler(argc, argv, BenchHandler(mode == nullptr ? "noop" : mode));
}
