// The process that kill_test.cc kills: opens a database, writes to it from several threads and says
// on its standard output what was acknowledged. Dies at the fault point that MILLRACE_FAULT names.
//
//   engine_kill_writer DIRECTORY NAME ATTEMPTS_EACH KIND
//
// KIND is what the writers do beside small commits: "small" nothing, "transactions" of 100 items,
// "drops" of a table that is filled and dropped again and again. A line is "id lsn records
// cells\n", written before anything else is answered to that writer.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/fault_point.h"
#include "engine/base/random.h"
#include "engine/database.h"
#include "writers.h"

namespace millrace::testing {
namespace {

TableRef OpenTable(Database* database, const std::string& name) {
  if (const TableRef table = database->FindTable(name)) return table;
  TableSpec spec = IndexedSpec(name);
  spec.stream = StreamViewType::kNewAndOldImages;
  return database->CreateTable(spec).value();
}

// Fills a table of its own, and drops it.
void Drop(Database* database, const std::string& id, Random* random) {
  const std::vector<TableRef> tables = {OpenTable(database, "dropped")};
  WritersOptions options;
  options.keys = 100;
  options.transaction_one_in = 1;
  for (int i = 0; i < 4; ++i) {
    CommitRequest request;
    MakeAttempt(tables, options, id + "d" + std::to_string(i), random, &request);
    static_cast<void>(database->CommitAndWait(std::move(request)));
  }
  MILLRACE_CHECK(database->DeleteTable("dropped").ok());
}

void Acknowledge(const std::string& id, const CommitRequest& request, const CommitResult& result) {
  if (!result.status.ok() || result.lsn == Lsn()) return;
  const std::string line = id + " " + std::to_string(result.lsn.value()) + " " +
                           std::to_string(request.writes.size()) + " " +
                           std::to_string(request.cells.size()) + "\n";
  MILLRACE_CHECK(write(STDOUT_FILENO, line.data(), line.size()) ==
                 static_cast<ssize_t>(line.size()));
}

int Run(const std::string& directory, const std::string& name, int attempts,
        const std::string& kind) {
  ArmFaultPointsFromEnvironment();
  DatabaseOptions options;
  options.directory = directory;
  options.log_segment_size = kind == "transactions" ? 256 * 1024 : 32 * 1024;
  options.log_disk_reserve = 0;
  options.write_buffer_size = 64 * 1024;
  const std::unique_ptr<Database> database = Database::Open(options).value();
  const std::vector<TableRef> tables = {OpenTable(database.get(), "a"),
                                        OpenTable(database.get(), "b")};
  WritersOptions mix;
  mix.keys = 60;
  mix.transaction_one_in = kind == "transactions" ? 3 : 0;
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&, i] {
      Random random(std::hash<std::string>()(name) + static_cast<uint64_t>(i));
      for (int n = 0; n < attempts; ++n) {
        const std::string id = name + "w" + std::to_string(i) + "n" + std::to_string(n);
        CommitRequest request;
        const Attempt attempt = MakeAttempt(tables, mix, id, &random, &request);
        Acknowledge(attempt.id, request, database->CommitAndWait(request));
        if (i == 0 && n % 20 == 10) MILLRACE_CHECK(database->Flush().ok());
        if (i == 1 && kind == "drops") Drop(database.get(), id, &random);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  return database->Close().ok() ? 0 : 1;
}

}  // namespace
}  // namespace millrace::testing

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fputs("usage: engine_kill_writer DIRECTORY NAME ATTEMPTS_EACH KIND\n", stderr);
    return 2;
  }
  return millrace::testing::Run(argv[1], argv[2], std::atoi(argv[3]), argv[4]);
}
