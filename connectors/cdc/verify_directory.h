#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/cdc/manifest.h"
#include "engine/base/status.h"
#include "engine/json/json.h"

// Checks the files of a pipeline: that each file of the manifest is there with its size, digest,
// counts and ranges; that the lines' ranges join without a gap; that every line is a record of the
// shard and the range that it says, in order, none twice. With a CdcLogCheck also that they are the
// log's records, byte for byte, and all of them.
namespace millrace {

struct CdcProblems {
  static constexpr size_t kShownMax = 20;
  uint64_t count = 0;
  std::vector<std::string> shown;  // the first ones, as sentences
  void Add(std::string text) {
    if (count++ < kShownMax) shown.push_back(std::move(text));
  }
};

struct CdcVerifyReport {
  ManifestHeader header;
  Lsn through;  // of the last line
  uint64_t files = 0;
  uint64_t records = 0;  // lines, those of the snapshot too
  uint64_t snapshot_records = 0;
  uint64_t bytes = 0;
  uint64_t gaps = 0;      // ranges that were trimmed before they were read: recorded, no problem
  uint64_t unlisted = 0;  // files that the manifest does not name
  bool snapshot_complete = false;
  bool ended = false;
  // With the log: the first commit that it still has, and the records compared.
  std::optional<Lsn> log_from;
  uint64_t log_records = 0;
  CdcProblems problems;
};

// One line of a file, valid during the call.
struct CdcLine {
  const ManifestFile* file = nullptr;
  std::string_view text;
  JsonValue json;
  bool snapshot = false;
  ShardIndex shard;
  Position position;
};

// What looks on while a directory is read. An error ends the verification.
class CdcLineVisitor {
 public:
  virtual ~CdcLineVisitor() = default;
  virtual Status Begin(const ManifestHeader& header, CdcVerifyReport* report) = 0;
  virtual Status OnLine(const CdcLine& line) = 0;
  virtual Status OnFileEnd(const ManifestFile& file) = 0;
  virtual Status OnNote(const ManifestNote& note) = 0;
};

struct CdcVerifyOptions {
  std::function<bool()> cancelled;
  std::string id;  // of the pipeline that the directory must belong to; empty: any
  std::optional<uint64_t> manifest_bytes;  // read no further: what follows is being written
  CdcLineVisitor* log = nullptr;
};

// Errors: kResourceNotFound (no manifest there), kCorruption (a manifest that cannot be read),
// kUnsupportedFormat, kIo, kUnavailable (cancelled). What is wrong with files is in the report.
Result<CdcVerifyReport> VerifyCdcDirectory(const std::string& directory,
                                           const CdcVerifyOptions& options);

}  // namespace millrace
