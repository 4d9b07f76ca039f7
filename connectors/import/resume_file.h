#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connectors/import/byte_source.h"
#include "connectors/import/write_batch.h"
#include "engine/base/file_system.h"
#include "engine/base/status.h"

namespace millrace {

// How far an import is, kept in a file so that the next run goes on there. Everything before `mark`
// is in the table; of what lies behind it some may be: it is written again, in order, so that in
// the end each key has the item of its last line all the same.
struct ImportState {
  std::string table_id;  // a table made anew under the name is another one
  std::string format;
  std::vector<std::pair<std::string, FileIdentity>> files;
  Mark mark;
  uint64_t refused = 0;  // by the server
};

// One JSON object (FORMAT.md). Pure.
std::string EncodeImportState(const ImportState& state);
// Error: kValidation.
Result<ImportState> DecodeImportState(std::string_view json);

// Can it be written? Better known before the first item is. Errors: kIo,
// kDiskFull, with what to do.
Status TryImportState(FileSystem* files, const std::string& path);
// Replaces the file as a whole, through one beside it that is renamed: a process killed at any
// point leaves the old state or the new one. Errors: kIo, kDiskFull.
Status SaveImportState(FileSystem* files, const std::string& path, const ImportState& state);
// Null when there is no such file. Errors: kIo; kValidation when it is none of ours.
Result<std::optional<ImportState>> LoadImportState(FileSystem* files, const std::string& path);

}  // namespace millrace
