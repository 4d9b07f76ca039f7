#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "connectors/cdc/file_digest.h"
#include "connectors/cdc/pipeline_spec.h"
#include "engine/base/status.h"
#include "engine/base/strong_id.h"
#include "streams/log_gap.h"

// The cells of a pipeline (bytes in FORMAT.md): its definition, which people change, and its
// progress, which the pipeline changes.
namespace millrace {

constexpr std::string_view kPipelineCellPrefix = "cdc/pipeline/";
constexpr std::string_view kCdcProgressCellPrefix = "cdc/progress/";
std::string PipelineCellKey(std::string_view name);
std::string CdcProgressCellKey(std::string_view id);

enum class SnapshotPhase : uint8_t { kNone = 0, kRunning = 1, kComplete = 2, kAborted = 3 };
std::string_view WireName(SnapshotPhase phase);

// How far a pipeline is.
struct CdcState {
  uint64_t manifest_bytes = 0;  // of the manifest that are settled; 0: it isn't begun
  Lsn cursor;   // every record up to this commit is in a listed file, or none of the pipeline's
  Lsn through;  // where the manifest's last line ends: at most `cursor`
  SnapshotPhase snapshot = SnapshotPhase::kNone;
  // While the snapshot runs: items with storage keys up to this one have been written, as of
  // `cursor`; of the others nothing was. Empty: none has.
  std::string frontier;
  uint64_t snapshot_files = 0;
  uint64_t files = 0;
  uint64_t records = 0;  // lines, those of the snapshot too
  uint64_t snapshot_records = 0;
  uint64_t bytes = 0;  // of the files
  uint64_t uncompressed_bytes = 0;
  LogGaps gaps;                     // each is a line of the manifest
  uint64_t incomplete_records = 0;  // whose image before the write was asked for and not stored
  int64_t last_file_micros = 0;     // when the last file was listed
  bool ended = false;               // the table was deleted, and everything written
};

// A line of the manifest that has been decided on. Whoever finds it finishes it.
struct PendingLine {
  std::string file_name;  // empty: the line has no file
  FileDigest file;
  std::string line;
  CdcState after;  // the state once it is in the manifest
};

struct CdcProgress {
  CdcState state;
  std::optional<PendingLine> pending;
};

std::string EncodePipelineCell(const PipelineDefinition& definition);
std::string EncodeProgressCell(const CdcProgress& progress);
// Errors: kCorruption, kUnsupportedFormat.
Result<PipelineDefinition> DecodePipelineCell(std::string_view bytes);
Result<CdcProgress> DecodeProgressCell(std::string_view bytes);

}  // namespace millrace
