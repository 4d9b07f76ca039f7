// The process that kill_test.cc kills: opens a database, writes to it from several threads and says
// on its standard output what was acknowledged. Dies at the fault point that MILLRACE_FAULT names.
//
//   engine_kill_writer DIRECTORY NAME ATTEMPTS_EACH
//
// A line is "id lsn records cells\n", written before anything else is answered to that writer.
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
  TableSpec spec;
  spec.name = name;
  spec.schema.hash = {"pk", ValueType::kString};
  spec.schema.range = KeyAttribute{"sk", ValueType::kString};
  spec.stream = StreamViewType::kNewAndOldImages;
  IndexSpec index;
  index.name = "by_sk";
  index.schema = {{spec.schema.range.value()}, {spec.schema.hash}};
  spec.indexes.push_back(index);
  return database->CreateTable(spec).value();
}

void Acknowledge(const std::string& id, const CommitRequest& request, const CommitResult& result) {
  if (!result.status.ok() || result.lsn == Lsn()) return;
  const std::string line = id + " " + std::to_string(result.lsn.value()) + " " +
                           std::to_string(request.writes.size()) + " " +
                           std::to_string(request.cells.size()) + "\n";
  MILLRACE_CHECK(write(STDOUT_FILENO, line.data(), line.size()) ==
                 static_cast<ssize_t>(line.size()));
}

int Run(const std::string& directory, const std::string& name, int attempts) {
  ArmFaultPointsFromEnvironment();
  DatabaseOptions options;
  options.directory = directory;
  options.log_segment_size = 32 * 1024;
  options.log_disk_reserve = 0;
  options.write_buffer_size = 64 * 1024;
  const std::unique_ptr<Database> database = Database::Open(options).value();
  const std::vector<TableRef> tables = {OpenTable(database.get(), "a"),
                                        OpenTable(database.get(), "b")};
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&, i] {
      Random random(std::hash<std::string>()(name) + static_cast<uint64_t>(i));
      for (int n = 0; n < attempts; ++n) {
        const std::string id = name + "w" + std::to_string(i) + "n" + std::to_string(n);
        CommitRequest request;
        MakeAttempt(tables, WritersOptions(), id, &random, &request);
        Acknowledge(id, request, database->CommitAndWait(request));
        if (i == 0 && n % 20 == 10) MILLRACE_CHECK(database->Flush().ok());
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  return database->Close().ok() ? 0 : 1;
}

}  // namespace
}  // namespace millrace::testing

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: engine_kill_writer DIRECTORY NAME ATTEMPTS_EACH\n", stderr);
    return 2;
  }
  return millrace::testing::Run(argv[1], argv[2], std::atoi(argv[3]));
}
