#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/cdc/pipeline_runner.h"
#include "connectors/cdc/verify_directory.h"
#include "streams/retention.h"

// CDC pipelines: a table's change log as gzip JSON lines in a directory of this machine, each
// record exactly once whatever is killed when (pipeline.h says how). Typed calls, no JSON.
//
// Definitions and progress are cells of the database; a restart goes on where the last commit was.
namespace millrace {

struct CdcOptions {
  std::string region;
  size_t pipelines_max = 64;  // each has a thread and some 4 MB
  std::function<void(const std::string&)> report = [](const std::string&) {};
};

struct PipelineDescription {
  PipelineProgress progress;
  uint64_t lag_commits = 0;  // not read yet, of all tables
  uint64_t lag_records = 0;  // of the table, in no listed file yet
  bool lag_is_more = false;  // so far behind that they were not counted to the end
  int64_t lag_micros = 0;    // age of the oldest of them
};

// Thread-safe. Create, Update and Delete wait for a commit, Delete also for the step under way,
// Verify as long as reading everything takes: not for request threads. Stopped before
// Database::Close.
class CdcService final : public LogPinSource {
 public:
  // All pointers outlive it. Errors: kIo, kCorruption, kUnsupportedFormat.
  static Result<std::unique_ptr<CdcService>> Start(Database* database, FileSystem* file_system,
                                                   const Clock* clock, CdcOptions options);
  ~CdcService() override;
  // What is not in a finished file is read again after the next start.
  void Stop();

  // Errors: kInvalidParameterValue (limits, a directory in use, images that were not stored: with
  // the command that would store them), kResourceConflict (the name is taken), kResourceNotFound
  // (table), kLimitExceeded, kIo.
  Result<PipelineDescription> Create(const PipelineSpec& spec);
  Result<PipelineDescription> Describe(std::string_view name) const;  // kResourceNotFound
  std::vector<PipelineDescription> List() const;                      // by name
  Result<PipelineDescription> Update(std::string_view name, const PipelineChange& change);
  // Its last state. The files stay where they are.
  Result<PipelineDescription> Delete(std::string_view name);
  // The directory against its manifest, and both against the log as far as it reaches back.
  Result<CdcVerifyReport> Verify(std::string_view name,
                                 const std::function<bool()>& cancelled) const;

  // The log is kept from each pipeline's cursor on, also of one that is paused. What is trimmed all
  // the same (the pins are bounded) becomes a gap, in the manifest and in the description.
  std::vector<LogPin> Pins() override;
  Status OnOverrun(const LogPin&, Lsn) override { return Status::Ok(); }

 private:
  struct Entry {
    std::unique_ptr<PipelineRunner> runner;
    uint64_t definition_version = 0;
  };
  CdcService(Database* database, FileSystem* file_system, const Clock* clock, CdcOptions options);
  Status Load();
  Status LoadOne(const Cell& cell);
  Result<PipelineDefinition> Resolve(const PipelineSpec& spec) const;
  Status CheckDirectoryIsFree(const std::string& directory) const;
  Result<Lsn> StartAfter(const Table& table, const PipelineDefinition& definition) const;
  PipelineDescription DescribeOf(const PipelineProgress& progress) const;
  Result<PipelineProgress> ProgressOf(std::string_view name) const;
  std::unique_ptr<PipelineRunner> MakeRunner(PipelineDefinition definition, CdcProgress progress,
                                             uint64_t version) const;

  Database* const database_;
  FileSystem* const file_system_;
  const Clock* const clock_;
  const CdcOptions options_;
  std::mutex admin_mutex_;    // one change of the definitions at a time
  mutable std::mutex mutex_;  // of the map; held briefly
  std::map<std::string, Entry, std::less<>> pipelines_;
  bool stopped_ = false;
};

}  // namespace millrace
