// Measures the native client against a running server: GetItem of 1 KB items that are cached, one
// at a time and many in flight. Prints one JSON object a line: {"name": ..., "value": ...,
// "unit": ...}.
//
//   bench_client ENDPOINT [--table T] [--seconds N] [--in-flight N] [--items N]
//
// The table (pk: S) must be there.
#include <millrace/client.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <future>
#include <string>
#include <vector>

#include "engine/base/check.h"
#include "tests/bench/bench_program.h"

namespace millrace {
namespace {

using bench::Print;
using Clock = std::chrono::steady_clock;

struct Options {
  std::string endpoint;
  std::string table = "bench";
  int seconds = 5;
  int in_flight = 64;
  int items = 1000;
};

GetItem RequestOf(const Options& options, uint64_t n) {
  GetItem request;
  request.table = options.table;
  request.key.Set("pk", "key" + std::to_string(n % static_cast<uint64_t>(options.items)));
  return request;
}

void Fill(Client* client, const Options& options) {
  std::vector<std::future<Result<Item>>> writes;
  for (int i = 0; i < options.items; ++i) {
    PutItem put;
    put.table = options.table;
    put.item.Set("pk", "key" + std::to_string(i)).Set("payload", std::string(1000, 'x'));
    writes.push_back(client->PutAsync(put));
  }
  for (auto& write : writes) {
    const Result<Item> done = write.get();
    MILLRACE_CHECK(done.ok(), done.status().ToString());
  }
}

void OneAtATime(Client* client, const Options& options) {
  std::vector<double> micros;
  const auto end = Clock::now() + std::chrono::seconds(options.seconds);
  for (uint64_t n = 0; Clock::now() < end; ++n) {
    const GetItem request = RequestOf(options, n);
    const auto begin = Clock::now();
    const Result<Item> item = client->Get(request);
    micros.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
    MILLRACE_CHECK(item.ok() && !item->empty(), item.status().ToString());
  }
  std::sort(micros.begin(), micros.end());
  Print("client_get_p50", micros[micros.size() / 2], "us");
  Print("client_get_p99", micros[micros.size() * 99 / 100], "us");
}

// Each answer starts the next request.
struct Flight {
  Client* client;
  const Options& options;
  Clock::time_point end;
  uint64_t started = 0;  // on the client's thread, once the first are out
  uint64_t answered = 0;
  int open = 0;
  std::promise<void> landed;

  void Next() {
    client->GetAsync(RequestOf(options, started++), [this](Result<Item> item) {
      MILLRACE_CHECK(item.ok() && !item->empty(), item.status().ToString());
      ++answered;
      if (answered % 64 != 0 || Clock::now() < end) {
        if (!over) return Next();
      } else {
        over = true;
      }
      if (--open == 0) landed.set_value();
    });
  }
  bool over = false;
};

void ManyInFlight(Client* client, const Options& options) {
  const auto begin = Clock::now();
  Flight flight{
      client, options, begin + std::chrono::seconds(options.seconds), 0, 0, options.in_flight, {}};
  // From a callback, so that only the client's thread touches the flight.
  client->GetAsync(RequestOf(options, 0), [&flight, &options](const Result<Item>&) {
    for (int i = 0; i < options.in_flight; ++i) flight.Next();
  });
  flight.landed.get_future().wait();
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  Print("client_get_in_flight_" + std::to_string(options.in_flight),
        static_cast<double>(flight.answered) / seconds, "requests/s");
}

int Main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr,
                 "usage: bench_client ENDPOINT [--table T] [--seconds N] [--in-flight N]\n");
    return 2;
  }
  Options options;
  options.endpoint = argv[1];
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--table") options.table = argv[i + 1];
    if (name == "--seconds") options.seconds = std::atoi(argv[i + 1]);
    if (name == "--in-flight") options.in_flight = std::atoi(argv[i + 1]);
    if (name == "--items") options.items = std::atoi(argv[i + 1]);
  }
  ClientOptions connect;
  connect.endpoint = options.endpoint;
  auto client = Client::Connect(std::move(connect));
  MILLRACE_CHECK(client.ok(), client.status().ToString());
  Fill(client->get(), options);
  OneAtATime(client->get(), options);
  ManyInFlight(client->get(), options);
  return 0;
}

}  // namespace
}  // namespace millrace

int main(int argc, char** argv) {
  return millrace::Main(argc, argv);
}
