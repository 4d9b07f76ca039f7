#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/base/strong_id.h"
#include "engine/model/schema.h"

// What a CDC pipeline is told, and what it is: definitions without any I/O.
namespace millrace {

enum class CdcStart : uint8_t {
  kLatest = 0,       // commits after the pipeline was made
  kTrimHorizon = 1,  // the oldest record of the table that the log still has
};
std::string_view WireName(CdcStart start);

constexpr uint64_t kRollBytesMin = 1024;
constexpr uint64_t kRollBytesMax = uint64_t{1} << 30;
constexpr uint64_t kRollBytesDefault = uint64_t{64} << 20;
constexpr uint32_t kRollSecondsMax = 24 * 3600;
constexpr uint32_t kRollSecondsDefault = 60;
constexpr uint32_t kCompressionLevelMax = 12;  // libdeflate's
constexpr size_t kPipelineNameMax = 64;

// As asked for.
struct PipelineSpec {
  std::string name;
  std::string table;      // its name
  std::string directory;  // absolute, on the server's machine; absent or empty
  bool snapshot = false;  // the items that exist come first; then `start` does not apply
  CdcStart start = CdcStart::kLatest;
  // The images to write. Absent: what the table's stream stores, or NEW_IMAGE when it has none.
  std::optional<StreamViewType> view;
  // A file is finished when it has about this many bytes, or when its first record was read this
  // long ago, whichever comes first.
  uint64_t roll_bytes = kRollBytesDefault;
  uint32_t roll_seconds = kRollSecondsDefault;
  uint32_t compression_level = 1;
  bool paused = false;
};

// Limits and shapes. Error: kInvalidParameterValue, with what is allowed.
Status CheckPipelineSpec(const PipelineSpec& spec);

bool NeedsOldImage(StreamViewType view);

// A definition as it is stored: the spec with every name made definite. It follows the table's id:
// a table deleted and made again under the same name is another source.
struct PipelineDefinition {
  std::string id;  // uuid; a pipeline deleted and made again is another one
  PipelineSpec spec;
  TableId table;
  std::string table_uuid;
  StreamViewType view = StreamViewType::kNewImage;
  Lsn start_after;  // the first commit read is the next one
  int64_t created_micros = 0;
};

// What may be changed while it runs.
struct PipelineChange {
  std::optional<uint64_t> roll_bytes;
  std::optional<uint32_t> roll_seconds;
  std::optional<bool> paused;
};

// `<table>.<after>-<through>.jsonl.gz`: lsns in 20 digits, records of commits after the first up
// to and including the second. While a snapshot runs several files may have one range, so they are
// numbered: `<table>.<after>-<through>.s<6 digits or more>.jsonl.gz`. Sorted as text, the names of
// a pipeline are in the order of the files (up to a million files of a snapshot). Of a table's name
// the first 180 characters, so that a file may have it; a dot in front, which would hide the files
// from globs, is an underscore.
std::string CdcFileName(std::string_view table, Lsn after, Lsn through,
                        std::optional<uint64_t> snapshot_file);

constexpr std::string_view kManifestName = "manifest.jsonl";
// The file being written. The dot keeps it out of globs; there is at most one, and a torn one is
// overwritten.
constexpr std::string_view kOpenFileName = ".open.jsonl.gz";

// When the file at hand is finished. Pure: times are monotonic nanoseconds and come with the call,
// so a wall clock that steps back changes nothing.
class FileRoll {
 public:
  FileRoll(uint64_t bytes, uint32_t seconds) { Change(bytes, seconds); }
  // Takes effect for the file at hand too.
  void Change(uint64_t bytes, uint32_t seconds) {
    bytes_ = bytes;
    nanos_ = int64_t{seconds} * 1'000'000'000;
  }
  void Opened(int64_t now_nanos) { opened_nanos_ = now_nanos; }
  void Closed() { opened_nanos_.reset(); }
  bool Full(uint64_t bytes) const { return opened_nanos_.has_value() && bytes >= bytes_; }
  bool Due(int64_t now_nanos) const { return now_nanos >= deadline_nanos(); }
  // INT64_MAX: nothing is open, nothing is due.
  int64_t deadline_nanos() const {
    return opened_nanos_.has_value() ? *opened_nanos_ + nanos_ : INT64_MAX;
  }

 private:
  uint64_t bytes_ = 0;
  int64_t nanos_ = 0;
  std::optional<int64_t> opened_nanos_;
};

}  // namespace millrace
