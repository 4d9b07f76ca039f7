#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "connectors/cdc/file_digest.h"
#include "connectors/cdc/pipeline_spec.h"
#include "engine/base/status.h"
#include "engine/json/json.h"
#include "engine/model/position.h"

// The manifest of a pipeline's directory: one JSON object a line (FORMAT.md, "CDC files"). Its
// first line says whose directory it is. Each other line says what happened to a range of commits,
// and begins (`after`) where the one before it ended (`through`): what no line speaks of was not
// written yet. A file that no line names is not there yet, whatever the directory shows; a last
// line without an end isn't there either.
namespace millrace {

struct ManifestHeader {
  std::string name;
  std::string id;
  std::string region;
  std::string table_name;
  TableId table;
  std::string table_uuid;
  StreamViewType view = StreamViewType::kNewImage;
  bool snapshot = false;
  Lsn through;  // the first line's `after`
  int64_t created_micros = 0;
};

// A shard's part of a file. The positions are those of its stream records, ascending; zeros when
// there are none.
struct ManifestShard {
  ShardIndex shard;
  uint64_t records = 0;  // of the stream
  uint64_t snapshot_records = 0;
  Position first;
  Position last;
};

struct ManifestFile {
  std::string name;
  Lsn after;
  Lsn through;
  uint64_t records = 0;  // lines
  uint64_t snapshot_records = 0;
  uint64_t uncompressed_bytes = 0;
  FileDigest digest;
  std::vector<ManifestShard> shards;  // those that have any
};

struct ManifestNote {
  enum class Kind : uint8_t {
    kSnapshotComplete = 0,  // every item that existed after commit `through` has been written
    kSnapshotAborted = 1,   // the table was deleted before that
    kGap = 2,               // the log of these commits was trimmed before it was read
    kEnd = 3,               // the table was deleted: nothing follows
  };
  Kind kind = Kind::kGap;
  Lsn after;
  Lsn through;
};
std::string_view WireName(ManifestNote::Kind kind);

using ManifestLine = std::variant<ManifestHeader, ManifestFile, ManifestNote>;
// With the line's end.
std::string RenderManifestLine(const ManifestLine& line);
// Error: kCorruption, without saying which line. kUnsupportedFormat: of a newer version.
Result<ManifestLine> ParseManifestLine(std::string_view text, JsonParser* parser);

}  // namespace millrace
