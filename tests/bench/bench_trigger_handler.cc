// The handler of bench_triggers. MODE=noop reads one attribute of each record; MODE=latency
// compares the writer's clock in the attribute `bench` with its own at entry, and prints
// percentiles when a record says `flush`; MODE=entry prints its clock at entry.
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

  millrace::Status operator()(const millrace::RecordBatch& batch, millrace::Invocation&) {
    const int64_t entry = Now();
    if (mode_ == "entry") Print("ENTRY " + std::to_string(entry));
    for (const millrace::Record record : batch) {
      const millrace::Image image = record.new_image();
      const int64_t written = image.GetInt("bench").value_or(0);
      sum_ += written;
      if (mode_ == "latency" && written > 0) samples_.push_back(entry - written);
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
    std::sort(samples_.begin(), samples_.end());
    const size_t n = samples_.size();
    if (n == 0) return Print("LATENCY 0 0 0");
    Print("LATENCY " + std::to_string(n) + " " + std::to_string(samples_[n / 2]) + " " +
          std::to_string(samples_[n * 99 / 100]));
  }

  std::string mode_;
  std::vector<int64_t> samples_;
  int64_t sum_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const char* mode = std::getenv("MODE");
  return millrace::RunHandler(argc, argv, BenchHandler(mode == nullptr ? "noop" : mode));
}
