#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/base/strong_id.h"
#include "triggers/trigger_types.h"

// Functions and mappings as cells of the database (FORMAT.md, section Trigger cells).
namespace millrace {

constexpr std::string_view kFunctionCellPrefix = "function/";      // + name
constexpr std::string_view kMappingCellPrefix = "mapping/";        // + uuid
constexpr std::string_view kCheckpointCellPrefix = "checkpoint/";  // + uuid / shard
std::string FunctionCellKey(std::string_view name);
std::string MappingCellKey(std::string_view uuid);
std::string CheckpointCellKey(std::string_view uuid, ShardIndex shard);

struct FunctionCell {
  FunctionSpec spec;
  std::string digest;
  int64_t last_modified_micros = 0;
};

struct MappingCell {
  std::string uuid;
  MappingSpec spec;  // function: its name; event_source: the stream's ARN
  TableId table;     // ids are never reused: a table made again under the name is another one
  std::string table_name;
  std::string stream_label;
  int64_t last_modified_micros = 0;
};

std::string EncodeFunctionCell(const FunctionCell& cell);
std::string EncodeMappingCell(const MappingCell& cell);
// Errors: kUnsupportedFormat (a newer version), kCorruption.
Result<FunctionCell> DecodeFunctionCell(std::string_view bytes);
Result<MappingCell> DecodeMappingCell(std::string_view bytes);

}  // namespace millrace
